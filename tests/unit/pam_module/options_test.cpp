// SPDX-License-Identifier: Apache-2.0
#include "pam_module/options.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "pam_module/offline.hpp"

namespace sekimori::pam {
namespace {

Result<Options> parse(const std::vector<const char*>& arguments) { return parse_options(arguments); }

TEST(Options, Defaults) {
    const auto options = parse({});
    ASSERT_TRUE(options);
    EXPECT_FALSE(options->intent);
    EXPECT_EQ(options->trial, wire::Trial::no);
    EXPECT_EQ(options->language, Language::en);
    EXPECT_EQ(options->socket, "/run/sekimori/auth.sock");
}

TEST(Options, All) {
    const auto options = parse({"intent=elevate", "socket=/a/b", "lang=ja", "observe"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->intent, wire::Intent::elevate);
    EXPECT_EQ(options->trial, wire::Trial::observe);
    EXPECT_EQ(options->language, Language::ja);
    EXPECT_EQ(options->socket, "/a/b");
}

TEST(Options, Intents) {
    using wire::Intent;
    const std::pair<const char*, Intent> known[] = {{"intent=login", Intent::login},
                                                    {"intent=unlock", Intent::unlock},
                                                    {"intent=elevate", Intent::elevate},
                                                    {"intent=boot", Intent::boot},
                                                    {"intent=application", Intent::application}};
    for (const auto& [argument, intent] : known) {
        const auto options = parse({argument});
        ASSERT_TRUE(options) << argument;
        EXPECT_EQ(options->intent, intent) << argument;
    }
}

TEST(Options, TheLastOneHolds) {
    const auto options = parse({"lang=ja", "lang=en"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->language, Language::en);
}

TEST(Options, Bad) {
    const std::string too_long = "socket=/" + std::string(108, 'x');
    for (const char* bad :
         {"", "debug", "Observe", "observe=1", "intent", "intent=", "intent=administer", "intent=login ", "socket",
          "socket=", "socket=relative", "lang=", "lang=de", "lang=JA", too_long.c_str(), "timeout=1"}) {
        const auto options = parse({"observe", bad});
        ASSERT_FALSE(options) << bad;
        EXPECT_EQ(options.error().code, ErrorCode::invalid_argument) << bad;
    }
    EXPECT_FALSE(parse({nullptr}));
}

TEST(OfflineList, Lines) {
    EXPECT_TRUE(lists("cron root\n", "cron", "root"));
    EXPECT_TRUE(lists("  cron\t root   # why\n\n#\n", "cron", "root"));
    EXPECT_TRUE(lists("atd daemon\ncron root", "cron", "root"));
    EXPECT_FALSE(lists("# cron root\n", "cron", "root"));
    EXPECT_FALSE(lists("cron rooted\n", "cron", "root"));
    EXPECT_FALSE(lists("", "cron", "root"));
    EXPECT_FALSE(lists("cron root\n", "", ""));
    EXPECT_FALSE(lists("cron root\r\n", "cron", "root"));
}

TEST(OfflineList, OneBadLineMakesItVoid) {
    EXPECT_FALSE(lists("cron root\ncron\n", "cron", "root"));
    EXPECT_FALSE(lists("cron root extra\ncron root\n", "cron", "root"));
}

}  // namespace
}  // namespace sekimori::pam
