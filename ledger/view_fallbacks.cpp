// SPDX-License-Identifier: Apache-2.0
#include "ledger/view_fallbacks.hpp"

#include "ledger/view_index.hpp"

namespace sekimori {
namespace {

// Something that is given to a person for a while. True: it counts; what was withdrawn before it came, or came for
// somebody who is gone, does not.
Result<bool> counts(const View& view, const Statement& statement) {
    const auto id = subject_of<PersonId>(statement);
    if (!view.persons.contains(id)) return fail(ErrorCode::not_found, "statement: nobody has this id");
    return !view.withdrawn.contains(statement.id) && !gone(view, id);
}

}  // namespace

bool given(const View& view, const StatementId& id) {
    return view.fleet.admin_keys.contains(id) || view.fleet.extensions.contains(id) || view.secrets.contains(id) ||
           view.exemptions.contains(id) || view.break_glass.contains(id) || view.media.contains(id);
}

bool two_administrators(const View& view, const By& by, const PersonId& person) {
    const auto administers = [&](const std::optional<PersonId>& id) {
        if (!id || *id == person) return false;
        const auto at = view.persons.find(*id);
        return at != view.persons.end() && at->second.record.roles.has(Role::administrator);
    };
    return administers(by.person) && administers(by.second) && *by.person != *by.second;
}

Status set_role(View& view, const Statement& statement, const RoleBody& body) {
    PersonEntry* const person = view.persons.edit(subject_of<PersonId>(statement));
    if (person == nullptr) return fail(ErrorCode::not_found, "role: nobody has this id");
    person->record.roles = Roles::from_bits(body.roles);
    return {};
}

Status add_secret(View& view, const Statement& statement, const SecretBody& body) {
    const auto good = counts(view, statement);
    if (!good) return tl::unexpected<Error>(good.error());
    if (!*good) return {};
    const auto person = subject_of<PersonId>(statement);
    // One of a kind: the new one takes the place of the old.
    for (const auto& other : belongings<StatementId>(view, person, BelongingKind::secret))
        if (view.secrets.at(other).record.use == body.use) take_secret(view, other);
    SecretRecord record{.id = statement.id,
                        .person = person,
                        .use = body.use,
                        .issued_at = to_millis(statement.issued_at),
                        .until = to_millis(statement.expires_at),
                        .by = body.by.person};
    put_secret(view, {record, statement.blob});
    return {};
}

Status add_exemption(View& view, const Statement& statement, const ExemptionBody& body) {
    const auto good = counts(view, statement);
    if (!good) return tl::unexpected<Error>(good.error());
    if (!*good) return {};
    const auto person = subject_of<PersonId>(statement);
    for (const auto& other : belongings<StatementId>(view, person, BelongingKind::exemption))
        take_exemption(view, other);
    ExemptionRecord record{.id = statement.id,
                           .person = person,
                           .issued_at = to_millis(statement.issued_at),
                           .until = to_millis(statement.expires_at),
                           .by = body.by.person,
                           .second = body.by.second};
    put_exemption(view, {record, statement.blob});
    return {};
}

Status add_break_glass(View& view, const Statement& statement, const BreakGlassBody& body) {
    const auto good = counts(view, statement);
    if (!good) return tl::unexpected<Error>(good.error());
    const auto id = subject_of<PersonId>(statement);
    BreakGlassRecord record{.id = statement.id,
                            .person = id,
                            .terminal = body.terminal,
                            .issued_at = to_millis(statement.issued_at),
                            .until = to_millis(statement.expires_at),
                            .by = body.by.person,
                            .second = body.by.second,
                            .used = !*good || !two_administrators(view, body.by, id)};
    view.break_glass.emplace(statement.id, BreakGlassEntry{record, statement.blob});
    return {};
}

void withdraw_fallback(View& view, const StatementId& id) {
    take_secret(view, id);
    take_exemption(view, id);
    if (BreakGlassEntry* const ticket = view.break_glass.edit(id)) ticket->record.used = true;
}

}  // namespace sekimori
