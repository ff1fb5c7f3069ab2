// SPDX-License-Identifier: Apache-2.0
// Ledger: the view of the chain, and over it the denials that were heard but have no entry yet. Whatever the order,
// loss or repetition: a denial that was heard is applied until an entry says otherwise.
//
// Two views. placed() is what the entries make, the same for everybody who has them, whatever else they heard: who may
// say what has or wants an entry is judged by it alone, or else whoever heard of a revocation early could not follow
// the entries before it. view() is what counts: the same with the denials laid over it. Whatever opens or refuses asks
// that one.
//
// A statement is known by its hash. Its id is its author's choice, and another may choose the same.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ledger/view.hpp"

namespace sekimori {

class Ledger {
  public:
    Ledger() = default;
    // As an earlier one was: its view, and what had its entry (ledger/image.hpp).
    Ledger(View view, SharedSet<Hash> entered) : placed_(std::move(view)), entered_(std::move(entered)) {}

    // A denial that has no entry yet.
    struct Waiting {
        Hash hash{};
        Statement statement;
    };

    // A statement with an author's good signature, from anywhere, and its hash. Only a denial takes effect here, at
    // once, and once: one that has its entry already is old news. Errors: refused (no denial), malformed.
    [[nodiscard]] Status hear(const Statement& statement, const Hash& hash);
    // The next entry of the chain places this statement. Errors: exists (it has an entry), as apply().
    [[nodiscard]] Status enter(const Statement& statement, const Hash& hash);
    // Gives up the denials that wait and of which this is true: nobody may say them any more.
    void forget(const std::function<bool(const Statement&)>& over);

    // What counts now. Another one after each change.
    [[nodiscard]] const View& view() const noexcept { return over_ ? *over_ : placed_; }
    [[nodiscard]] const View& placed() const noexcept { return placed_; }
    [[nodiscard]] const std::vector<Waiting>& pending() const noexcept { return pending_; }
    [[nodiscard]] bool waits(const Hash& statement) const;
    [[nodiscard]] bool entered(const Hash& statement) const { return entered_.contains(statement); }
    [[nodiscard]] const SharedSet<Hash>& entered() const noexcept { return entered_; }

    // Fills in what blobs say. Absent people are left out.
    void describe(const PersonId& id, const PersonBlob& blob);
    void describe(const PersonId& id, const Hash& account, const AccountBlob& blob);
    void describe(const PersonId& id, const Hash& details, const DetailsBlob& blob);
    // The time of its entry, for what has its time from there and not from its author: a policy, a terminal.
    // Precondition: `statement` was entered just now.
    void note_time(const Statement& statement, Millis placed);

  private:
    void lay_over();
    void each_view(const auto& change) {
        change(placed_);
        if (over_) change(*over_);
    }
    View placed_;
    std::optional<View> over_;  // none while nothing waits
    std::vector<Waiting> pending_;
    SharedSet<Hash> entered_;
};

}  // namespace sekimori
