// SPDX-License-Identifier: Apache-2.0
// Entry: gives a statement its place. Signed by the sequencer; each names the hash of the one before.
#pragma once

#include "ledger/fleet_view.hpp"

namespace sekimori {

inline constexpr std::uint8_t kEntryFormat = 1;

struct Entry {
    std::uint8_t fmt{kEntryFormat};
    LedgerId ledger;
    std::uint32_t epoch{1};  // of the sequencer's key
    std::uint64_t seq{};     // from 1, without a gap
    Hash previous{};         // zero for the first
    Hash statement{};        // SignedStatement::hash()
    std::uint64_t time{};    // wall ms, never below the one before: a lower one counts as that
    static constexpr auto kFields = std::tuple{
        field<1>(&Entry::fmt),      field<2>(&Entry::ledger),    field<3>(&Entry::epoch), field<4>(&Entry::seq),
        field<5>(&Entry::previous), field<6>(&Entry::statement), field<7>(&Entry::time)};
};

struct SignedEntry {
    Bytes bytes;
    crypto::Signature signature{};
    static constexpr auto kFields = std::tuple{field<1>(&SignedEntry::bytes, 1024), field<2>(&SignedEntry::signature)};
    [[nodiscard]] Hash hash() const noexcept;
};

// Where the chain stands.
struct ChainHead {
    std::uint64_t seq{0};
    Hash hash{};
    std::uint64_t time{};
};

[[nodiscard]] Result<SignedEntry> sign_entry(const Entry& entry, const crypto::SigningKey& sequencer);
// Is it this sequencer's, of this ledger and epoch, whatever its place? Errors: mismatch, malformed, unsupported.
[[nodiscard]] Result<Entry> check_entry(const SignedEntry& sealed, const Sequencer& sequencer, const LedgerId& ledger);
// Verifies that `sealed` follows `head` and places `statement`. Errors: mismatch, malformed, unsupported.
[[nodiscard]] Result<Entry> open_entry(const SignedEntry& sealed, const Sequencer& sequencer, const LedgerId& ledger,
                                       const ChainHead& head, const Hash& statement);

}  // namespace sekimori
