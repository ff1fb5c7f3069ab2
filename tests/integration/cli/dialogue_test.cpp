// SPDX-License-Identifier: Apache-2.0
// Writing verbs: the dialogue on its own socket, with secrets, files, signals and deaths.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "protocol/schema.hpp"
#include "tests/integration/cli/fake_service.hpp"
#include "tests/integration/cli/private_bus.hpp"
#include "tests/integration/cli/process.hpp"

namespace sekimori::cli_test {
namespace {

using nlohmann::json;
constexpr Millis kPatience{20000};

const std::vector<std::string> kEnrolCard{"enrol", "card", "yamada", "--json"};
const std::vector<std::string> kEnrolFinger{"enrol", "finger", "yamada", "--finger", "left-thumb"};

wire::CommandDone done(const json& answer) { return {wire::CommandResult::done, answer.dump()}; }

// Asks for a PIN and tells it in the answer: only a test does that.
void ask_for_pin(const std::string& verb, const json& arguments, Channel dialogue, UniqueFd /*file*/) {
    wire::Prompt prompt;
    prompt.serial = 1;
    prompt.style = wire::PromptStyle::echo_off;
    prompt.id = MessageId::enter_pin;
    ASSERT_TRUE(dialogue.send(prompt));
    const auto answer = dialogue.receive_as<wire::Answer>(kPatience);
    if (!answer) return;
    static_cast<void>(dialogue.send(
        done({{"schema", 1}, {"verb", verb}, {"arguments", arguments}, {"pin", std::string(answer->text.view())}})));
}

class CliDialogue : public ::testing::Test {
  protected:
    PrivateBus bus;
    Script script;
};

TEST_F(CliDialogue, APinComesFromStandardInput) {
    script.command = ask_for_pin;
    const FakeService service(bus.address(), script);
    Process command(bus.address(), kEnrolCard, Process::Input::open);
    command.write("1234\n");
    EXPECT_EQ(command.exit_code(), 0);
    const json answer = json::parse(command.out());
    EXPECT_EQ(answer["pin"], "1234");
    EXPECT_EQ(answer["verb"], "card.enrol");
    EXPECT_EQ(answer["arguments"], json::parse(R"({"login":"yamada","timeout":60})"));
}

TEST_F(CliDialogue, OrFromADescriptor) {
    script.command = ask_for_pin;
    const FakeService service(bus.address(), script);
    auto line = kEnrolCard;
    line.insert(line.end(), {"--pin-fd", "9"});
    Process command(bus.address(), line, Process::Input::at_end, "56789");
    EXPECT_EQ(command.exit_code(), 0);
    EXPECT_EQ(json::parse(command.out())["pin"], "56789");
}

TEST_F(CliDialogue, NoPinIsAUsageErrorAndCancels) {
    std::promise<ErrorCode> seen;
    script.command = [&](const std::string&, const json&, Channel dialogue, UniqueFd) {
        wire::Prompt prompt;
        prompt.serial = 1;
        prompt.style = wire::PromptStyle::echo_off;
        prompt.id = MessageId::enter_pin;
        ASSERT_TRUE(dialogue.send(prompt));
        const auto answer = dialogue.receive(kPatience);
        seen.set_value(answer ? ErrorCode::internal : answer.error().code);
    };
    const FakeService service(bus.address(), script);
    Process command(bus.address(), kEnrolCard);
    EXPECT_EQ(command.exit_code(), 2);
    EXPECT_EQ(seen.get_future().get(), ErrorCode::gone);
}

// A script that drives the finger waits on these lines.
TEST_F(CliDialogue, StagesAreFlushedAsTheyCome) {
    std::promise<void> go_on;
    auto gate = go_on.get_future().share();
    script.command = [gate](const std::string&, const json& arguments, Channel dialogue, UniqueFd) {
        EXPECT_EQ(arguments.at("accept_notice"), true) << "in lab mode the notice counts as accepted";
        ASSERT_TRUE(dialogue.send(wire::Progress{wire::ProgressEvent::ready, 0, 5, MessageId::none}));
        gate.wait();
        ASSERT_TRUE(dialogue.send(wire::Progress{wire::ProgressEvent::stage, 1, 5, MessageId::none}));
        ASSERT_TRUE(dialogue.send(done({{"schema", 1}})));
    };
    const FakeService service(bus.address(), script);
    Process command(bus.address(), kEnrolFinger);
    EXPECT_EQ(command.line(), "ready\n");
    go_on.set_value();
    EXPECT_EQ(command.line(), "stage 1/5\n");
    EXPECT_EQ(command.line(), "done\n");
    EXPECT_EQ(command.exit_code(), 0);
}

TEST_F(CliDialogue, ASignalCancels) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        std::promise<ErrorCode> seen;
        script.command = [&](const std::string&, const json&, Channel dialogue, UniqueFd) {
            ASSERT_TRUE(dialogue.send(wire::Progress{wire::ProgressEvent::ready, 0, 5, MessageId::none}));
            const auto rest = dialogue.receive(kPatience);
            seen.set_value(rest ? ErrorCode::internal : rest.error().code);
        };
        const FakeService service(bus.address(), script);
        Process command(bus.address(), kEnrolFinger);
        EXPECT_EQ(command.line(), "ready\n");
        command.signal(number);
        EXPECT_EQ(command.exit_code(), 1);
        EXPECT_EQ(seen.get_future().get(), ErrorCode::gone);
    }
}

TEST_F(CliDialogue, ABrokerThatDiesIsThree) {
    script.command = [](const std::string&, const json&, Channel, UniqueFd) {};
    const FakeService service(bus.address(), script);
    Process command(bus.address(), {"card", "revoke", "c", "--reason", "lost"});
    EXPECT_EQ(command.exit_code(), 3);
}

TEST_F(CliDialogue, OutsideTheLabTheNoticeIsNeeded) {
    script.lab = Script::Lab::no;
    script.command = [](const std::string&, const json&, Channel dialogue, UniqueFd) {
        ASSERT_TRUE(dialogue.send(done({{"schema", 1}})));
    };
    const FakeService service(bus.address(), script);
    Process refused(bus.address(), kEnrolFinger);
    EXPECT_EQ(refused.exit_code(), 2);
    auto line = kEnrolFinger;
    line.emplace_back("--accept-notice");
    Process accepted(bus.address(), line);
    EXPECT_EQ(accepted.exit_code(), 0);
}

TEST_F(CliDialogue, ABackupIsWrittenThroughTheDescriptor) {
    script.command = [](const std::string& verb, const json&, Channel dialogue, UniqueFd file) {
        EXPECT_EQ(verb, "backup");
        ASSERT_EQ(write(file.get(), "sealed", 6), 6);
        ASSERT_TRUE(dialogue.send(done({{"schema", 1}, {"bytes", 6}})));
    };
    const FakeService service(bus.address(), script);
    std::string folder = (std::filesystem::temp_directory_path() / "sekimori-cli-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    Process command(bus.address(), {"backup", folder + "/b", "--json"});
    EXPECT_EQ(command.exit_code(), 0) << command.err();
    EXPECT_EQ(std::filesystem::file_size(folder + "/b"), 6U);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sekimori::cli_test
