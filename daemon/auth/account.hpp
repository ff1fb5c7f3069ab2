// SPDX-License-Identifier: Apache-2.0
// The account phase (house.md 6): whether an account may be used now, by a handle that brings a grant or by one that
// brings none. This is where an ssh key, a NOPASSWD or a cron job meets the ledger.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/policy.hpp"
#include "core/verdict.hpp"
#include "daemon/auth/origin.hpp"

namespace sekimori::daemon {

enum class GrantState : std::uint8_t {
    none,
    valid,
    invalid
};  // invalid: unknown, expired, for another account or service
enum class PersonStanding : std::uint8_t {
    nobody,      // the account belongs to no person
    active,      // at least one active person
    none_active  // all of its persons are suspended or gone
};
enum class GrantHeld : std::uint8_t { no, yes };  // the account has a pending or bound grant on this machine

struct AccountFacts {
    std::string_view service;
    GrantState grant{GrantState::none};
    PersonStanding person{PersonStanding::nobody};
    PersonStanding grantee{PersonStanding::nobody};  // standing of the one person whom the grant names
    GrantHeld held{GrantHeld::no};
    Origin origin{Origin::remote};
};

// success stands for "allowed".
[[nodiscard]] Reason decide_account(const AccountFacts& facts, const Policy& policy);

}  // namespace sekimori::daemon
