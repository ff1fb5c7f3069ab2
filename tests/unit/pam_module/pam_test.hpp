// SPDX-License-Identifier: Apache-2.0
// What the tests of the module alone share: its two builds, and a scripted broker for each test.
#pragma once

#include "tests/unit/pam_module/host.hpp"

namespace sekimori::test {

// The two builds of the module: the one that is installed, and one whose patience is a second.
inline const std::string kModule = SEKIMORI_PAM_MODULE;
inline const std::string kHastyModule = SEKIMORI_PAM_HASTY_MODULE;

struct PamTest : testing::Test {
    TempDir directory;
    FakeBroker broker{directory.file("auth.sock")};
};

}  // namespace sekimori::test
