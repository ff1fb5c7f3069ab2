// SPDX-License-Identifier: Apache-2.0
#include "pam_module/intent.hpp"

#include <gtest/gtest.h>

namespace sekimori::pam {
namespace {

constexpr uid_t kRoot = 0, kSomebody = 1000;

TEST(Intent, OfServicesThatOpenASession) {
    for (const char* service : {"login", "gdm-password", "lightdm", "sshd", "cron", "systemd-user", "", "sudox", "sud"})
        EXPECT_EQ(usual_intent(service, kRoot), wire::Intent::login) << service;
}

TEST(Intent, OfServicesThatBindNoSession) {
    for (const char* service : {"sudo", "sudo-i", "su", "su-l", "runuser", "runuser-l", "polkit-1"})
        EXPECT_EQ(usual_intent(service, kRoot), wire::Intent::elevate) << service;
}

TEST(Intent, WithoutRootsRightsItIsALocker) {
    for (const char* service : {"xscreensaver", "i3lock", "login", "sudo", ""})
        EXPECT_EQ(usual_intent(service, kSomebody), wire::Intent::unlock) << service;
}

}  // namespace
}  // namespace sekimori::pam
