// SPDX-License-Identifier: Apache-2.0
// The transcript: what a card signs. Every part is length-prefixed (u32, big-endian), so no two different transcripts
// have the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/factor.hpp"
#include "core/ids.hpp"
#include "core/instant.hpp"

namespace sekimori {

enum class Purpose : std::uint8_t { authenticate, enrol, presence };

using Nonce = std::array<std::uint8_t, 32>;  // made by the broker, used once, 30 s at most

struct Transcript {
    Purpose purpose{};
    LedgerId ledger;
    std::string service;
    TerminalId terminal;
    PersonId person;
    std::string account;
    CardId card;
    CardSlot slot{};
    TransactionId transaction;
    Nonce nonce{};
    Millis time{};  // wall

    [[nodiscard]] std::vector<std::uint8_t> bytes() const;
};

}  // namespace sekimori
