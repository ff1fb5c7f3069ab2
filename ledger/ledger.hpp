// SPDX-License-Identifier: Apache-2.0
// Ledger: the view of the chain with the denials that were heard but have no entry yet. Whatever the order, loss or
// repetition: a denial that was heard is applied until an entry says otherwise. Denials commute and repeating one
// changes nothing, so that one view serves: what waits for its entry is applied again over each entry that comes.
//
// A statement is known by its hash. Its id is its author's choice, and another may choose the same.
#pragma once

#include <vector>

#include "ledger/view.hpp"

namespace sekimori {

class Ledger {
  public:
    Ledger() = default;
    // As an earlier one was: its view, and what had its entry (ledger/image.hpp).
    Ledger(View view, SharedSet<Hash> entered) : view_(std::move(view)), entered_(std::move(entered)) {}

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

    // What counts now.
    [[nodiscard]] const View& view() const noexcept { return view_; }
    [[nodiscard]] const std::vector<Waiting>& pending() const noexcept { return pending_; }
    [[nodiscard]] bool waits(const Hash& statement) const;
    [[nodiscard]] bool entered(const Hash& statement) const { return entered_.contains(statement); }
    [[nodiscard]] const SharedSet<Hash>& entered() const noexcept { return entered_; }

    // Fills in what blobs say. Absent people are left out.
    void describe(const PersonId& id, const PersonBlob& blob);
    void describe(const PersonId& id, const Hash& account, const AccountBlob& blob);
    void describe(const PersonId& id, const Hash& details, const DetailsBlob& blob);

  private:
    View view_;
    std::vector<Waiting> pending_;
    SharedSet<Hash> entered_;
};

}  // namespace sekimori
