// SPDX-License-Identifier: Apache-2.0
// Ledger: the view of the chain and, over it, the denials that were heard but have no entry yet. Whatever the order,
// loss or repetition: a denial that was heard is applied until an entry says otherwise.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "ledger/view.hpp"

namespace sekimori {

class Ledger {
  public:
    // A statement with an author's good signature, from anywhere. Only a denial takes effect here, at once, and once an
    // id: one that has its entry already is old news. Errors: refused (no denial), malformed.
    [[nodiscard]] Status hear(const Statement& statement);
    // The next entry of the chain places this statement. Errors: exists (it has an entry), as apply().
    [[nodiscard]] Status enter(const Statement& statement);

    // What counts now.
    [[nodiscard]] const View& view() const noexcept { return overlaid_ ? *overlaid_ : chain_; }
    [[nodiscard]] const std::vector<Statement>& pending() const noexcept { return pending_; }
    [[nodiscard]] bool entered(const StatementId& id) const { return entered_.contains(id); }

    // Fills in what blobs say. Absent people are left out.
    void describe(const PersonId& id, const PersonBlob& blob);
    void describe(const PersonId& id, const Hash& account, const AccountBlob& blob);

  private:
    void overlay();
    View chain_;
    std::optional<View> overlaid_;  // chain_ + pending_; none while nothing is pending
    std::vector<Statement> pending_;
    std::set<StatementId> entered_;
};

}  // namespace sekimori
