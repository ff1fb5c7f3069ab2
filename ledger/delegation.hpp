// SPDX-License-Identifier: Apache-2.0
// Who may author what. The authority may say everything; a delegated key what its role allows, while the delegation is
// in force. Pure: the view decides, and neither a server nor the sequencer is asked.
#pragma once

#include "ledger/view.hpp"

namespace sekimori {

// The table: may this role say a statement of this type at all?
[[nodiscard]] bool may_author(AdminRole role, StatementType type) noexcept;

// May the author of this statement, as far as `view` knows, say it? `at`: wall ms, when the chain says that it is said
// (the time of its entry, or without one that of the head). The date that it bears is its author's word: it can only
// make it later. Errors: refused.
[[nodiscard]] Status check_author(const View& view, const Statement& statement, std::uint64_t at);

// Verifies a statement against the authors whom `view` knows, and that its author may say it. The first statement of a
// ledger has an author whom no view knows: open_statement() with the authority's key. Errors: mismatch (by nobody
// known, or the signature is not good), refused (not theirs to say, or not any more), malformed, unsupported.
[[nodiscard]] Result<Statement> open_authored(const SignedStatement& sealed, const View& view, const LedgerId& ledger,
                                              std::uint64_t at);

}  // namespace sekimori
