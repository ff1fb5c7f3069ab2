// SPDX-License-Identifier: Apache-2.0
// Suspensions, one by one: a terminal that was delegated to the help desk may suspend, and an officer has to stand by
// it. What nobody confirms stays suspended, and is listed. Parts of apply() (view.hpp).
#pragma once

#include "ledger/view.hpp"

namespace sekimori {

void note_suspension(View& view, const Statement& statement, const ActBody& body);
// What was suspended works again.
void end_suspensions(View& view, const Statement& statement, const ActBody& body);
// Errors: not_found, refused (the key or the person that suspended, or an id that several suspensions have: it is not
// guessed which one somebody stands by).
[[nodiscard]] Status confirm_suspension(View& view, const Statement& statement, const ConfirmBody& body);

// Had this key nothing but a help desk's delegation when it said something? Judged by what is known now: a delegation
// that was taken back since counts for nothing. The authority is nobody's help desk.
[[nodiscard]] bool only_helpdesk(const FleetView& view, const KeyId& author, Millis issued);
// In force by the word of a help desk alone.
[[nodiscard]] std::vector<SuspensionKey> unconfirmed(const View& view);
// When this key suspended, whatever became of it.
[[nodiscard]] std::vector<Millis> suspensions_by(const View& view, const KeyId& author);

}  // namespace sekimori
