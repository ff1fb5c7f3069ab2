// SPDX-License-Identifier: Apache-2.0
// Reading verbs over the bus, and everything that can be missing there.
#include <gtest/gtest.h>
#include <signal.h>

#include <future>

#include "tests/integration/cli/fake_service.hpp"
#include "tests/integration/cli/private_bus.hpp"
#include "tests/integration/cli/process.hpp"

namespace sekimori::cli_test {
namespace {

using nlohmann::json;

TEST(CliBus, WithoutABusItIsThree) {
    Process command("unix:path=/nonexistent/bus", {"status", "--json"});
    EXPECT_EQ(command.exit_code(), 3);
    EXPECT_EQ(json::parse(command.out())["error"]["code"], "unreachable");
}

TEST(CliBus, WithoutABrokerItIsThree) {
    const PrivateBus bus;
    Process status(bus.address(), {"status"});
    EXPECT_EQ(status.exit_code(), 3);
    EXPECT_EQ(status.out(), "");
    EXPECT_NE(status.err(), "");
    Process enrol(bus.address(), {"enrol", "finger", "a", "--finger", "left-thumb"});
    EXPECT_EQ(enrol.exit_code(), 3);
}

TEST(CliBus, AUsageErrorNeedsNoBus) {
    Process command("unix:path=/nonexistent/bus", {"card", "revoke", "x"});
    EXPECT_EQ(command.exit_code(), 2);
}

TEST(CliBus, AQueryGoesThereAndBack) {
    const PrivateBus bus;
    Script script;
    script.query = [](const std::string& verb, const json& arguments) -> Result<std::string> {
        return json{{"schema", 1}, {"verb", verb}, {"arguments", arguments}}.dump();
    };
    const FakeService service(bus.address(), script);
    Process command(bus.address(), {"person", "show", "山田", "--json"});
    EXPECT_EQ(command.exit_code(), 0);
    EXPECT_EQ(json::parse(command.out()),
              json::parse(R"({"schema":1,"verb":"person.show","arguments":{"login":"山田"}})"));
}

TEST(CliBus, TheBrokersErrorIsTheCommands) {
    const PrivateBus bus;
    Script script;
    script.query = [](const std::string&, const json&) -> Result<std::string> {
        return fail(ErrorCode::not_found, R"({"code":"not_found","message":"No such person.","hint":"h"})");
    };
    const FakeService service(bus.address(), script);
    Process command(bus.address(), {"person", "show", "x", "--json"});
    EXPECT_EQ(command.exit_code(), 1);
    EXPECT_EQ(json::parse(command.out()),
              json::parse(R"({"error":{"code":"not_found","message":"No such person.","hint":"h"}})"));
}

// polkit asks somebody, who never answers: the caller may still give up.
TEST(CliBus, ASignalEndsACallThatHangs) {
    const PrivateBus bus;
    Script script;
    script.answers = Script::Answers::never;
    const FakeService service(bus.address(), script);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        Process command(bus.address(), {"status"});
        command.signal(number);
        const int code = command.exit_code();
        // Before the program is ready for signals, one simply ends it.
        EXPECT_TRUE(code == 1 || code == -1) << code;
    }
}

}  // namespace
}  // namespace sekimori::cli_test
