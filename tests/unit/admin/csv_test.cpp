// SPDX-License-Identifier: Apache-2.0
#include "admin/csv.hpp"

#include <gtest/gtest.h>

namespace sekimori::admin {
namespace {

using Records = std::vector<Record>;

Records fields_of(const std::string& text) {
    Records records;
    for (const Line& line : parse_csv(text).value_or(std::vector<Line>{})) records.push_back(line.fields);
    return records;
}

TEST(Csv, Fields) {
    EXPECT_EQ(fields_of("a,b\nc,d"), (Records{{"a", "b"}, {"c", "d"}}));
    EXPECT_EQ(fields_of("a,b\r\n\r\nc,\r\n"), (Records{{"a", "b"}, {"c", ""}}));
    EXPECT_EQ(fields_of(""), Records{});
}

TEST(Csv, Quotes) {
    EXPECT_EQ(fields_of("\"a,b\",\"say \"\"no\"\"\"\n"), (Records{{"a,b", "say \"no\""}}));
    EXPECT_EQ(fields_of("\"two\nlines\",x"), (Records{{"two\nlines", "x"}}));
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
    EXPECT_EQ(decode_text("\x8E").error().code, "malformed") << "half a character at the end";
    EXPECT_EQ(decode_text("\x8E\x52\x93\x63,\x85\x40").error().code, "malformed") << "one that does not exist";
    using std::string_literals::operator""s;
    EXPECT_EQ(decode_text("\xFF\xFE"
                          "a\0b\0"s)
                  .error()
                  .code,
              "malformed")
        << "UTF-16";
    EXPECT_EQ(decode_text("a\0b"s).error().code, "malformed");
}

TEST(Csv, ARecordKnowsItsLine) {
    const auto lines = parse_csv("a\r\n\r\n\"two\nlines\"\r\nb\r\n");
    ASSERT_TRUE(lines);
    EXPECT_EQ(*lines, (std::vector<Line>{{1, {"a"}}, {3, {"two\nlines"}}, {5, {"b"}}}));
}

TEST(Csv, WhatIsWrittenIsRead) {
    const Record fields{"plain", "a,b", "say \"no\"", "two\nlines", ""};
    EXPECT_EQ((*parse_csv(csv_line(fields)))[0].fields, fields);
    EXPECT_EQ(csv_field("=SUM(A1)"), "\"'=SUM(A1)\"") << "a spreadsheet would calculate it";
    for (const std::string text :
         {"=1", "+1", "-1", "@x", "\tx", "\rx", "\n=1", "＝1", "＠x", "'=1", "''", "'x", "x"}) {
        const std::string written = csv_field(text);
        if (text != "x") EXPECT_TRUE(written.starts_with("\"'")) << written;
        EXPECT_EQ(csv_plain((*parse_csv(written))[0].fields[0]), text);
    }
}

TEST(Csv, TooManyLines) {
    std::string text;
    for (int i = 0; i < 200'002; ++i) text += "a\n";
    EXPECT_EQ(parse_csv(text).error().code, "too_large");
}

}  // namespace
}  // namespace sekimori::admin
