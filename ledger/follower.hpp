// SPDX-License-Identifier: Apache-2.0
// Follower: one who follows a chain that somebody else orders, over a way that loses, repeats, reorders and lies.
// Nothing is believed but signatures; a denial counts when it is heard, everything else with its entry and all before
// it.
//
// Property (house 5), tested over random schedules: whatever the order, loss, repetition and restarts, the denials
// known, but for those that their authors may not say any more by the chain, are a subset of the denials applied; and
// once caught up the view is that of the chain and nothing else.
#pragma once

#include "core/freshness.hpp"
#include "ledger/chain.hpp"
#include "ledger/fleet_records.hpp"

namespace sekimori {

enum class News : std::uint8_t { fresh, known };

// What may wait for its entry: of one author as much as an office denies in a day, of all together as many as a
// terminal's reserve has slots, a part of which is for what is said at the terminal itself. Each is applied again over
// each entry. What is more takes effect with its entry.
inline constexpr std::size_t kMostWaitingOfOne = 256;
inline constexpr std::size_t kMostWaiting = 1024;

class Follower {
  public:
    // `chain`: what is there already, verified; empty at first. It outlives the follower.
    Follower(Root root, Chain& chain) : root_(std::move(root)), chain_(chain) {}

    struct HeardDenial {
        Verified denial;
        News news{};
    };
    // A statement from anywhere. Only a denial is taken. Its author is judged by what was placed, as that of an entry
    // is: which denials count hangs on the chain and on what was heard, and not on the order in which it was, so that a
    // restart, which hears the reserve in any order, loses none. A key whose end was heard and has no entry yet can
    // still deny here; it grants nothing. Errors: refused (a grant, or not its author's to say), mismatch (nobody who
    // is known here signed it: it may still come with its entry), full (so many wait already), malformed, unsupported.
    [[nodiscard]] Result<HeardDenial> hear(const SignedStatement& statement);

    struct TakenEntry {
        Verified placed;
        News news{};  // known: a denial that was in force here before its entry
    };
    // An entry and its statement. On an error nothing changed. Errors: exists (the one that is there: repeated),
    // gone (entries before it are missing), corrupt (it does not follow, or does not verify), mismatch (the sequencer
    // signed another entry for a place that is taken: a fork).
    [[nodiscard]] Result<TakenEntry> take(const Link& link);

    // Errors: mismatch (not the sequencer's, or of another epoch), malformed, unsupported.
    [[nodiscard]] Result<Beat> open_beat(const SignedRecord& sealed) const;
    // How the chain here stands to it.
    [[nodiscard]] Holds holds(const Beat& beat) const;
    // Of a terminal of this fleet. Errors: mismatch (unknown terminal, or not its signature), malformed, unsupported.
    [[nodiscard]] Result<Acknowledgement> open_ack(const SignedRecord& sealed) const;

    // What counts.
    [[nodiscard]] const View& view() const noexcept { return chain_.ledger.view(); }

  private:
    [[nodiscard]] Status judge_place(const Link& link) const;
    Root root_;
    Chain& chain_;
};

}  // namespace sekimori
