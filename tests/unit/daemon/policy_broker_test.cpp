// SPDX-License-Identifier: Apache-2.0
// Which policy the broker goes by when the ledger's cannot be read: one of a later version, after a downgrade.
#include "tests/unit/daemon/auth_rig.hpp"

namespace sekimori::daemon {
namespace {

class PolicyOfTheLedger : public AuthRig {
  protected:
    void load(const std::string& text) {
        ASSERT_TRUE(store->load_policy(text, {}, by));
        broker->refresh_policy();
    }
    [[nodiscard]] bool lets_in() const { return !allowed(broker->policy, {"login", {}, ""}).empty(); }
};

constexpr const char* kGood = R"({"rules":[{"allow":["card+finger"]}]})";
constexpr const char* kLater = R"({"schema":2,"rules":[{"allow":["card+finger+retina"]}]})";

TEST_F(PolicyOfTheLedger, WithoutOneTheDefaultHolds) { EXPECT_TRUE(lets_in()); }

TEST_F(PolicyOfTheLedger, OneThatCannotBeReadIsNotReplacedByTheDefault) {
    load(kLater);
    EXPECT_FALSE(lets_in());
    load(kGood);
    EXPECT_TRUE(lets_in());
}

TEST_F(PolicyOfTheLedger, OneThatCannotBeReadLeavesTheOneBeforeIt) {
    load(R"({"profile":"mynumber","rules":[{"allow":["card+finger"]}]})");
    load(kLater);
    EXPECT_TRUE(lets_in());
    EXPECT_EQ(broker->policy.profile, Profile::mynumber);
}

}  // namespace
}  // namespace sekimori::daemon
