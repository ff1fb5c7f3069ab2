// SPDX-License-Identifier: Apache-2.0
// The parts of apply() that are about roles and what stands in for a factor for a while, and about what the personnel
// office says (person_entry.cpp); and what all parts need.
#pragma once

#include "ledger/bodies.hpp"
#include "ledger/view.hpp"

namespace sekimori {

template <class IdType>
[[nodiscard]] IdType subject_of(const Statement& statement) {
    return IdType{statement.subject};
}
[[nodiscard]] inline Millis to_millis(std::uint64_t ms) { return Millis{static_cast<Millis::rep>(ms)}; }
[[nodiscard]] inline bool gone(const View& view, const PersonId& person) {
    const auto at = view.persons.find(person);
    return at == view.persons.end() || at->second.record.state == PersonState::gone;
}

[[nodiscard]] Status set_role(View& view, const Statement& statement, const RoleBody& body);
[[nodiscard]] Status add_secret(View& view, const Statement& statement, const SecretBody& body);
[[nodiscard]] Status add_exemption(View& view, const Statement& statement, const ExemptionBody& body);
[[nodiscard]] Status add_break_glass(View& view, const Statement& statement, const BreakGlassBody& body);
// Whether two administrators other than the person stand for it: as the chain knows their roles, and not as the author
// says.
[[nodiscard]] bool two_administrators(const View& view, const By& by, const PersonId& person);
// Would a withdrawal of this id take something back? What it means must not hang on who came first.
[[nodiscard]] bool given(const View& view, const StatementId& id);
void withdraw_fallback(View& view, const StatementId& id);
[[nodiscard]] Status add_details(View& view, const Statement& statement, const DetailsBody& body);

}  // namespace sekimori
