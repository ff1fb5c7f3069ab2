// SPDX-License-Identifier: Apache-2.0
// With the library itself and modules that every machine has.
#include "pam_client/authenticate.hpp"

#include <gtest/gtest.h>
#include <security/pam_appl.h>

#include <fstream>
#include <vector>

#include "tests/sanitized.hpp"
#include "tests/temporary_folder.hpp"

namespace sekimori::pam {
namespace {

class Authenticate : public testing::Test {
  protected:
    void stack(const std::string& lines) { std::ofstream(folder.path("svc")) << lines; }
    Codes run() {
        return authenticate(
            {"svc", "tty9", directory.c_str()},
            {[this](std::string_view text) { told.emplace_back(text); },
             [this](std::string_view question, Echo echo) -> std::optional<SecureBytes> {
                 asked.emplace_back(question);
                 echoes.push_back(echo);
                 if (answer.empty()) return std::nullopt;
                 return SecureBytes(std::span(reinterpret_cast<const std::uint8_t*>(answer.data()), answer.size()));
             }});
    }

    test::TemporaryFolder folder;
    std::string directory{folder.path()};
    std::string answer{"hanako"};
    std::vector<std::string> told, asked;
    std::vector<Echo> echoes;
};

TEST_F(Authenticate, GrantedByBothPhasesAndSaysWho) {
    stack("auth required pam_permit.so\naccount required pam_permit.so\n");
    const Codes codes = run();
    EXPECT_TRUE(codes.granted());
    EXPECT_EQ(codes.user, "hanako");
    EXPECT_EQ(echoes, std::vector{Echo::on});  // nobody was named beforehand
}

TEST_F(Authenticate, OnePhaseIsNotEnough) {
    stack("auth required pam_permit.so\naccount required pam_deny.so\n");
    EXPECT_FALSE(run().granted());
    stack("auth required pam_deny.so\naccount required pam_permit.so\n");
    const Codes codes = run();
    EXPECT_FALSE(codes.granted());
    EXPECT_EQ(codes.account, PAM_ABORT);  // was not even asked
}

TEST_F(Authenticate, NoSuchServiceNoModuleNoDirectory) {
    const test::LeaksAllowed libpam_forgets_a_handler_it_could_not_load;
    EXPECT_FALSE(run().granted());
    stack("auth required pam_there_is_none.so\naccount required pam_permit.so\n");
    EXPECT_FALSE(run().granted());
    directory += "/none";
    EXPECT_FALSE(run().granted());
}

TEST_F(Authenticate, WhoDoesNotAnswerIsNobody) {
    answer.clear();
    // pam_unix, other than pam_permit, wants a name.
    stack("auth required pam_unix.so\naccount required pam_permit.so\n");
    const Codes codes = run();
    EXPECT_FALSE(codes.granted());
    EXPECT_EQ(codes.user, "");
    EXPECT_EQ(asked.size(), 1U);
}

TEST_F(Authenticate, WhatIsTypedForASecretIsNotEchoed) {
    answer = "nobody-of-this-name";
    stack("auth required pam_unix.so\naccount required pam_permit.so\n");
    EXPECT_FALSE(run().granted());
    EXPECT_EQ(echoes, (std::vector{Echo::on, Echo::off}));
}

TEST_F(Authenticate, TextsAreShown) {
    std::ofstream(folder.path("text")) << "good morning";
    stack("auth optional pam_echo.so file=" + folder.path("text") +
          "\nauth required pam_permit.so\naccount required pam_permit.so\n");
    EXPECT_TRUE(run().granted());
    EXPECT_EQ(told, std::vector<std::string>{"good morning"});
}

}  // namespace
}  // namespace sekimori::pam
