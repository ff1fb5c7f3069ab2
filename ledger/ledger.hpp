// SPDX-License-Identifier: Apache-2.0
// Ledger: the view of the chain with the denials that were heard but have no entry yet. Whatever the order, loss or
// repetition: a denial that was heard is applied until an entry says otherwise. Denials commute and repeating one
// changes nothing, so that one view serves: what waits for its entry is applied again over each entry that comes.
#pragma once

#include <vector>

#include "ledger/view.hpp"

namespace sekimori {

class Ledger {
  public:
    Ledger() = default;
    // As an earlier one was: its view, and what had its entry (ledger/image.hpp).
    Ledger(View view, SharedSet<StatementId> entered) : view_(std::move(view)), entered_(std::move(entered)) {}

    // A statement with an author's good signature, from anywhere. Only a denial takes effect here, at once, and once an
    // id: one that has its entry already is old news. Errors: refused (no denial), malformed.
    [[nodiscard]] Status hear(const Statement& statement);
    // The next entry of the chain places this statement. Errors: exists (it has an entry), as apply().
    [[nodiscard]] Status enter(const Statement& statement);

    // What counts now.
    [[nodiscard]] const View& view() const noexcept { return view_; }
    [[nodiscard]] const std::vector<Statement>& pending() const noexcept { return pending_; }
    [[nodiscard]] bool entered(const StatementId& id) const { return entered_.contains(id); }
    [[nodiscard]] const SharedSet<StatementId>& entered() const noexcept { return entered_; }

    // Fills in what blobs say. Absent people are left out.
    void describe(const PersonId& id, const PersonBlob& blob);
    void describe(const PersonId& id, const Hash& account, const AccountBlob& blob);
    void describe(const PersonId& id, const Hash& details, const DetailsBlob& blob);

  private:
    View view_;
    std::vector<Statement> pending_;
    SharedSet<StatementId> entered_;
};

}  // namespace sekimori
