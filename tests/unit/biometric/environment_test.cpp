// SPDX-License-Identifier: Apache-2.0
#include "biometric/worker/environment.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace sekimori::biometric {
namespace {

class Environment : public ::testing::Test {
  protected:
    void SetUp() override {
        for (const char* name : names) setenv(name, "x", 1);
    }
    void TearDown() override {
        for (const char* name : names) unsetenv(name);
    }
    static constexpr std::array names{"FP_VIRTUAL_IMAGE", "FP_VIRTUAL_DEVICE", "FP_DRIVERS_WHITELIST",
                                      "G_MESSAGES_DEBUG", "LIBUSB_DEBUG",      "MY_FP_VIRTUAL_IMAGE"};
};

TEST_F(Environment, OutsideTheLabNothingSteersTheLibraries) {
    const auto gone = scrub_environment(LabMode::off);
    EXPECT_EQ(gone.size(), 5U);
    EXPECT_EQ(getenv("FP_VIRTUAL_IMAGE"), nullptr);
    EXPECT_EQ(getenv("FP_VIRTUAL_DEVICE"), nullptr);
    EXPECT_EQ(getenv("G_MESSAGES_DEBUG"), nullptr);
    EXPECT_STREQ(getenv("MY_FP_VIRTUAL_IMAGE"), "x");  // not theirs
}

TEST_F(Environment, TheLabKeepsItsVirtualSensorsOnly) {
    EXPECT_EQ(scrub_environment(LabMode::on).size(), 3U);
    EXPECT_STREQ(getenv("FP_VIRTUAL_IMAGE"), "x");
    EXPECT_EQ(getenv("FP_DRIVERS_WHITELIST"), nullptr);
}

TEST(Hardening, NoDumpNoPrivileges) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        rlimit core{};
        const bool hard = harden().has_value() && getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 &&
                          prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
        _exit(hard ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace sekimori::biometric
