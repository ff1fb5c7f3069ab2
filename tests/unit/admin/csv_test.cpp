// SPDX-License-Identifier: Apache-2.0
#include "admin/csv.hpp"

#include <gtest/gtest.h>

#include "admin/verbs/person_import.hpp"

namespace sekimori::admin {
namespace {

using Records = std::vector<Record>;

TEST(Csv, Fields) {
    EXPECT_EQ(*parse_csv("a,b\nc,d"), (Records{{"a", "b"}, {"c", "d"}}));
    EXPECT_EQ(*parse_csv("a,b\r\n\r\nc,\r\n"), (Records{{"a", "b"}, {"c", ""}}));
    EXPECT_EQ(*parse_csv(""), Records{});
}

TEST(Csv, Quotes) {
    EXPECT_EQ(*parse_csv("\"a,b\",\"say \"\"no\"\"\"\n"), (Records{{"a,b", "say \"no\""}}));
    EXPECT_EQ(*parse_csv("\"two\nlines\",x"), (Records{{"two\nlines", "x"}}));
    EXPECT_EQ(parse_csv("a\"b").error().code, "malformed");
    EXPECT_EQ(parse_csv("\"a\"b").error().code, "malformed");
    EXPECT_EQ(parse_csv("\"a").error().code, "malformed");
}

TEST(Csv, Encodings) {
    EXPECT_EQ(*decode_text("\xEF\xBB\xBF山田"), "山田");
    EXPECT_EQ(*decode_text("山田"), "山田");
    EXPECT_EQ(*decode_text("\x8E\x52\x93\x63"), "山田");
    // Windows' own characters, which Shift_JIS proper has not: a personnel list is full of them.
    EXPECT_EQ(*decode_text("\xFB\xFC"), "髙");
    EXPECT_EQ(decode_text("\xff\xff").error().code, "malformed");
}

TEST(People, AreArgumentsOfPersonAdd) {
    const auto people = people_from({{"login", "name", "accounts", "min_fingers", "reason"},
                                     {"yamada", "山田 太郎", "yamada  counter", "1", "injury"},
                                     {"sato", "佐藤 花子", "", "", ""},
                                     {"ito", "伊藤", "", "2", ""}});
    ASSERT_TRUE(people);
    EXPECT_EQ((*people)[0], (Json{{"login", "yamada"},
                                  {"name", "山田 太郎"},
                                  {"accounts", {"yamada", "counter"}},
                                  {"min_fingers", 1},
                                  {"reason", "injury"}}));
    EXPECT_EQ((*people)[1], Json::parse(R"({"login":"sato","name":"佐藤 花子","accounts":["sato"]})"));
    EXPECT_FALSE((*people)[2].contains("min_fingers"));
}

TEST(People, ColumnsMayBeJapanese) {
    const auto people = people_from({{"氏名", "ログイン名"}, {"山田", "yamada"}});
    ASSERT_TRUE(people);
    EXPECT_EQ((*people)[0]["login"], "yamada");
}

TEST(People, TheWrongRecordIsNamed) {
    const std::vector<std::pair<Records, std::string>> wrong{
        {{{"login", "name"}}, "no person"},
        {{{"login", "birthday"}, {"a", "b"}}, "Record 1"},
        {{{"login", "name"}, {"a", "A"}, {"b"}}, "Record 3"},
        {{{"login", "name"}, {"", "A"}}, "Record 2"},
        {{{"login"}, {"a"}}, "Record 2"},
        {{{"login", "name", "min_fingers"}, {"a", "A", "1"}}, "reason"},
        {{{"login", "name", "min_fingers"}, {"a", "A", "10"}}, "1 to 9"},
        {{{"login", "name", "min_fingers"}, {"a", "A", "x"}}, "1 to 9"},
    };
    for (const auto& [records, part] : wrong) {
        const auto people = people_from(records);
        ASSERT_FALSE(people) << part;
        EXPECT_EQ(people.error().code, "malformed");
        EXPECT_NE(people.error().message.find(part), std::string::npos) << people.error().message;
    }
}

}  // namespace
}  // namespace sekimori::admin
