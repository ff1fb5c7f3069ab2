// SPDX-License-Identifier: Apache-2.0
// The personnel office's table: headings, digits and dates as they come.
#include "admin/personnel.hpp"

#include <gtest/gtest.h>

namespace sekimori::admin {
namespace {

Outcome<Personnel> table(const std::string& text, const ColumnMap& columns = {}) {
    return personnel_from(parse_csv(text).value_or(std::vector<Line>{}), columns);
}

TEST(Personnel, ATableAsItComes) {
    const auto people = table(
        "職員番号,氏名,フリガナ,所属名,任用区分,ユーザID,発令日,退職日,備考\r\n"
        "００１２３,髙橋　花子,ﾀｶﾊｼ ﾊﾅｺ,税務課 ,会計年度任用職員,ｔａｋａｈａｓｈｉ,令和８年４月１日,2027/3/31,x\r\n");
    ASSERT_TRUE(people) << people.error().message;
    ASSERT_EQ(people->rows.size(), 1U);
    EXPECT_EQ(people->rows[0], (Json{{"line", 2},
                                     {"staff_number", "00123"},
                                     {"name", "髙橋 花子"},
                                     {"kana", "タカハシ ハナコ"},
                                     {"section", "税務課"},
                                     {"employment", "会計年度任用職員"},
                                     {"login", "takahashi"},
                                     {"from", "2026-03-31T15:00:00Z"},
                                     {"leaves_at", "2027-03-31T15:00:00Z"}}));
    EXPECT_EQ(people->ignored, std::vector<std::string>{"備考"});
}

TEST(Personnel, EnglishColumnsAndSeveralAccounts) {
    const auto people = table("Login,Name,accounts,min_fingers,reason\nyamada,山田,yamada  counter,1,injury\n");
    ASSERT_TRUE(people) << people.error().message;
    EXPECT_EQ(people->rows[0]["accounts"], Json({"yamada", "counter"}));
    EXPECT_EQ(people->rows[0]["min_fingers"], 1);
    EXPECT_FALSE(table("login,name\na,A\n")->rows[0].contains("accounts"));
}

TEST(Personnel, OtherHeadingsAreMapped) {
    const auto columns = parse_columns("# ours\n庁内ＩＤ = login\n職員 氏名=name\n");
    ASSERT_TRUE(columns) << columns.error().message;
    const auto people = table("庁内ID,職員 氏名\nyamada,山田\n", *columns);
    ASSERT_TRUE(people) << people.error().message;
    EXPECT_EQ(people->rows[0]["login"], "yamada");
    EXPECT_EQ(parse_columns("x = birthday").error().code, "malformed");
    EXPECT_EQ(parse_columns("no equals").error().code, "malformed");
}

TEST(Personnel, TheWrongLineIsNamed) {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"login,name\n", "no person"},
        {"login,birthday\na,b\n", "needs columns"},
        {"name,login,ユーザーID\nA,a,b\n", "Line 1"},
        {"login,name\n\na,A\nb\n", "Line 4"},
        {"login,name\n,A\n", "Line 2"},
        {"login,name\na,　\n", "Line 2"},
        {"login,name,min_fingers\na,A,1\n", "reason"},
        {"login,name,min_fingers\na,A,10\n", "1 to 9"},
        {"login,name,from\na,A,2026-02-30\n", "no date"},
        {"login,name\na,\"A\nroot,B\"\n", "line break"},
        {"login,name\na,A\x1b[2J\n", "control character"},
    };
    for (const auto& [text, part] : wrong) {
        const auto people = table(text);
        ASSERT_FALSE(people) << text;
        EXPECT_EQ(people.error().code, "malformed");
        EXPECT_NE(people.error().message.find(part), std::string::npos) << people.error().message;
    }
}

TEST(Personnel, DatesOfThreeCalendars) {
    for (const char* text : {"2026-04-01", "2026/4/1", "20260401", "2026.4.1", "2026年4月1日", "令和8年4月1日",
                             "R8.4.1", "r08/04/01", "２０２６／４／１", " 2026-4-1 "})
        EXPECT_EQ(date_of(text).value_or("none"), "2026-04-01") << text;
    EXPECT_EQ(date_of("令和元年5月1日"), "2019-05-01");
    EXPECT_EQ(date_of("平成31年4月30日"), "2019-04-30");
    EXPECT_EQ(date_of("昭和64年1月7日"), "1989-01-07");
    for (const char* text : {"", "2026-13-01", "2026-02-29", "4/1/2026", "99999999999", "令和", "today", "2026-04"})
        EXPECT_FALSE(date_of(text)) << text;
}

// 髙 and 﨑 are other characters than 高 and 崎, and stand so in the family register.
TEST(Personnel, ANameKeepsItsCharacters) {
    EXPECT_EQ(spaced("髙﨑　　太郎 "), "髙﨑 太郎");
    EXPECT_EQ(spaced("神"), "神");
    EXPECT_EQ(normalized("　ＡＢＣ１２３ "), "ABC123");
}

}  // namespace
}  // namespace sekimori::admin
