// SPDX-License-Identifier: Apache-2.0
// sekimori-lab-login without a lab: stacks of Linux-PAM's own modules.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/lab/login/conversation.hpp"
#include "tests/lab/login/pam_names.hpp"
#include "tests/lab/login/phases.hpp"
#include "tests/sanitized.hpp"

namespace sekimori::lab::login {
namespace {

TEST(PamNames, AreThoseOfTheManual) {
    EXPECT_EQ(pam_name(PAM_SUCCESS), "PAM_SUCCESS");
    EXPECT_EQ(pam_name(PAM_AUTH_ERR), "PAM_AUTH_ERR");
    EXPECT_EQ(pam_name(PAM_AUTHINFO_UNAVAIL), "PAM_AUTHINFO_UNAVAIL");
    EXPECT_EQ(pam_name(PAM_USER_UNKNOWN), "PAM_USER_UNKNOWN");
    EXPECT_EQ(pam_name(PAM_MAXTRIES), "PAM_MAXTRIES");
    EXPECT_EQ(pam_name(PAM_CRED_ERR), "PAM_CRED_ERR");
    EXPECT_EQ(pam_name(PAM_IGNORE), "PAM_IGNORE");
    EXPECT_EQ(pam_name(PAM_INCOMPLETE), "PAM_INCOMPLETE");
    EXPECT_EQ(pam_name(-1), "-1");
    EXPECT_EQ(pam_name(99), "99");
}

// What is typed at std::cin, for as long as this lives.
class Typed {
  public:
    explicit Typed(const std::string& text) : text_(text), before_(std::cin.rdbuf(text_.rdbuf())) { std::cin.clear(); }
    ~Typed() {
        std::cin.rdbuf(before_);
        std::cin.clear();
    }
    Typed(const Typed&) = delete;
    Typed& operator=(const Typed&) = delete;
    Typed(Typed&&) = delete;
    Typed& operator=(Typed&&) = delete;

  private:
    std::istringstream text_;
    std::streambuf* before_;
};

struct Told {
    int code;
    std::vector<std::string> answers;  // "" where there is none
};
Told tell(Conversation& conversation, std::vector<pam_message> messages) {
    std::vector<const pam_message*> pointers;
    for (const pam_message& message : messages) pointers.push_back(&message);
    pam_response* responses = nullptr;
    const pam_conv conv = conversation.for_pam();
    Told told{conv.conv(static_cast<int>(pointers.size()), pointers.data(), &responses, conv.appdata_ptr), {}};
    for (std::size_t i = 0; responses != nullptr && i < messages.size(); ++i) {
        told.answers.emplace_back(responses[i].resp == nullptr ? "" : responses[i].resp);
        std::free(responses[i].resp);
    }
    std::free(responses);
    return told;
}

TEST(Conversation, AnswersALineAQuestion) {
    const Typed typed("1234\nsecond\n");
    Conversation conversation(nullptr, Conversation::Show::nothing);
    const auto told = tell(conversation, {{PAM_TEXT_INFO, "Tap or insert your staff card."},
                                          {PAM_PROMPT_ECHO_OFF, "PIN: "},
                                          {PAM_PROMPT_ECHO_ON, "Account: "}});
    EXPECT_EQ(told.code, PAM_SUCCESS);
    EXPECT_EQ(told.answers, (std::vector<std::string>{"", "1234", "second"}));
    EXPECT_EQ(conversation.prompts(),
              (std::vector<std::string>{"Tap or insert your staff card.", "PIN: ", "Account: "}));
}

TEST(Conversation, TheEndOfInputIsAFailedConversation) {
    const Typed typed("");
    Conversation conversation(nullptr, Conversation::Show::nothing);
    const auto told = tell(conversation, {{PAM_PROMPT_ECHO_OFF, "PIN: "}});
    EXPECT_EQ(told.code, PAM_CONV_ERR);
    EXPECT_TRUE(told.answers.empty()) << "nothing is left for the module to free";
    EXPECT_EQ(tell(conversation, {}).code, PAM_CONV_ERR);
}

class Stacks : public ::testing::Test {
  protected:
    void SetUp() override {
        folder = (std::filesystem::temp_directory_path() / "sekimori-stacks-XXXXXX").string();
        ASSERT_NE(mkdtemp(folder.data()), nullptr);
        write("open", "pam_permit.so", "pam_permit.so");
        write("closed", "pam_deny.so", "pam_permit.so");
        write("not-today", "pam_permit.so", "pam_deny.so");
        request = {folder, "open", "hanako", "", "", "", {"auth", "account", "open", "close"}};
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    void write(const char* name, const char* auth, const char* account) const {
        std::ofstream(folder + "/" + name)
            << "auth required " << auth << "\naccount required " << account << "\nsession required pam_permit.so\n";
    }
    // Exit code and standard output of the program.
    std::pair<int, std::string> program(const std::string& arguments) const {
        const std::string line = std::string(LOGIN_PROGRAM) + " " + arguments + " 2>/dev/null </dev/null";
        std::FILE* out = popen(line.c_str(), "r");
        std::string text;
        for (int c = 0; (c = std::fgetc(out)) != EOF;) text += static_cast<char>(c);
        const int status = pclose(out);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
    }
    std::string folder;
    Request request;
};

TEST_F(Stacks, EveryPhaseIsRunInOrder) {
    Conversation conversation(nullptr, Conversation::Show::nothing);
    int calls = 0;
    const Login login = log_in(request, conversation, nullptr, [&] { ++calls; });
    ASSERT_EQ(login.phases.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(login.phases[i].phase, request.phases[i]);
        EXPECT_EQ(login.phases[i].code, PAM_SUCCESS);
    }
    EXPECT_TRUE(login.granted());
    EXPECT_EQ(login.user, "hanako");
    EXPECT_EQ(calls, 1);
    EXPECT_LT(login.after_finger_ms, 0);
}

TEST_F(Stacks, TheFirstFailureIsTheLast) {
    Conversation conversation(nullptr, Conversation::Show::nothing);
    request.service = "closed";
    const Login closed = log_in(request, conversation, nullptr, {});
    ASSERT_EQ(closed.phases.size(), 1U);
    EXPECT_EQ(closed.phases[0].code, PAM_AUTH_ERR);
    EXPECT_FALSE(closed.granted());
    request.service = "not-today";
    const Login today = log_in(request, conversation, nullptr, {});
    ASSERT_EQ(today.phases.size(), 2U);
    EXPECT_EQ(today.phases[1].phase, "account");
    EXPECT_FALSE(today.granted());
}

TEST_F(Stacks, NoPhaseIsNoLogin) {
    Conversation conversation(nullptr, Conversation::Show::nothing);
    request.phases.clear();
    EXPECT_FALSE(log_in(request, conversation, nullptr, {}).granted());
    request.stacks = folder + "/none";
    request.phases = {"auth"};
    const test::LeaksAllowed libpam_forgets_a_handler_it_could_not_load;
    EXPECT_FALSE(log_in(request, conversation, nullptr, {}).granted());
}

TEST_F(Stacks, TheProgramTellsItByItsExitCode) {
    const std::string base = "--dir " + folder + " --stacks " + folder + " ";
    EXPECT_EQ(program(base + "open hanako"),
              (std::pair{0, std::string("auth PAM_SUCCESS\naccount PAM_SUCCESS\nsetcred PAM_SUCCESS\n"
                                        "open PAM_SUCCESS\nclose PAM_SUCCESS\n")}));
    EXPECT_EQ(program(base + "closed hanako"), (std::pair{1, std::string("auth PAM_AUTH_ERR\n")}));
    EXPECT_EQ(program(base + "--phases account not-today hanako").first, 1);
    const auto json = program(base + "--json open hanako");
    EXPECT_NE(json.second.find("\"granted\":true"), std::string::npos) << json.second;
    EXPECT_EQ(program(base).first, 2);
    EXPECT_EQ(program(base + "--phases lunch open").first, 2);
}

}  // namespace
}  // namespace sekimori::lab::login
