// SPDX-License-Identifier: Apache-2.0
#include "admin/failure.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "admin/dbus_broker.hpp"
#include "admin/text.hpp"

namespace sekimori::admin {
namespace {

TEST(Failure, ReadsTheBrokersWords) {
    EXPECT_EQ(failure_from_json(R"({"code":"exists","message":"taken","hint":"h"})"),
              (Failure{Exit::refused, "exists", "taken", "h"}));
    for (const char* nonsense : {"", "null", "[]", "{", R"({"code":7,"message":null})"}) {
        const Failure failure = failure_from_json(nonsense);
        EXPECT_EQ(failure.exit, Exit::refused) << nonsense;
        EXPECT_FALSE(failure.code.empty()) << nonsense;
        EXPECT_FALSE(failure.message.empty()) << nonsense;
    }
}

TEST(Failure, ErrorsOfTheBusHaveTheirExitCodes) {
    const struct {
        const char* name;
        const char* message;
        Exit exit;
        const char* code;
    } rows[] = {
        {"org.sekimori.Error.exists", R"({"code":"exists","message":"m","hint":""})", Exit::refused, "exists"},
        {"org.sekimori.Error.not_found", "no JSON", Exit::refused, "not_found"},
        {"org.freedesktop.DBus.Error.ServiceUnknown", "", Exit::unreachable, "unreachable"},
        {"org.freedesktop.DBus.Error.NameHasNoOwner", "", Exit::unreachable, "unreachable"},
        {"org.freedesktop.DBus.Error.NoReply", "", Exit::unreachable, "unreachable"},
        {"org.freedesktop.DBus.Error.Disconnected", "", Exit::unreachable, "unreachable"},
        {"org.freedesktop.DBus.Error.AccessDenied", "", Exit::refused, "refused"},
        {"org.freedesktop.DBus.Error.UnknownMethod", "", Exit::refused, "unsupported"},
    };
    for (const auto& row : rows) {
        const Failure failure = failure_from_bus(row.name, row.message);
        EXPECT_EQ(failure.exit, row.exit) << row.name;
        EXPECT_EQ(failure.code, row.code) << row.name;
    }
}

TEST(Failure, EnglishIsToldAsItIs) {
    EXPECT_EQ(told({Exit::refused, "not_found", "no person 'x'", ""}), "no person 'x'");
}

// The catalogue is the built one; gettext reads the environment once, so this runs in a process of its own.
TEST(FailureDeathTest, JapaneseHasASentenceBeforeTheBrokersWords) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto tell = [] {
        setenv("LC_ALL", "C.UTF-8", 1);
        setenv("LANGUAGE", "ja", 1);
        choose_language();
        const bool right =
            told({Exit::refused, "not_found", "no person 'x'", ""}) == "見つかりません。 (no person 'x')" &&
            told({Exit::refused, "card_suspended", "it is", ""}).starts_with("このカードは利用停止中です。") &&
            told({Exit::refused, "usage", "A verb is missing.", ""}) == "操作が指定されていません。" &&
            told({Exit::refused, "new", "of a newer broker", ""}) == "of a newer broker";
        std::_Exit(right ? 7 : 8);
    };
    EXPECT_EXIT(tell(), testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace sekimori::admin
