// SPDX-License-Identifier: Apache-2.0
#include "ledger/view_fallbacks.hpp"

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

bool two_administrators(const View& view, const By& by, const PersonId& person) {
    const auto administers = [&](const std::optional<PersonId>& id) {
        if (!id || *id == person) return false;
        const auto at = view.persons.find(*id);
        return at != view.persons.end() && at->second.record.roles.has(Role::administrator);
    };
    return administers(by.person) && administers(by.second) && *by.person != *by.second;
}

Status set_role(View& view, const Statement& statement, const RoleBody& body) {
    const auto at = view.persons.find(subject_of<PersonId>(statement));
    if (at == view.persons.end()) return fail(ErrorCode::not_found, "role: nobody has this id");
    at->second.record.roles = Roles::from_bits(body.roles);
    return {};
}

Status add_secret(View& view, const Statement& statement, const SecretBody& body) {
    const auto good = counts(view, statement);
    if (!good) return tl::unexpected<Error>(good.error());
    if (!*good) return {};
    const auto person = subject_of<PersonId>(statement);
    // One of a kind: the new one takes the place of the old.
    std::erase_if(view.secrets, [&](const auto& item) {
        return item.second.record.person == person && item.second.record.use == body.use;
    });
    SecretRecord record{.id = statement.id,
                        .person = person,
                        .use = body.use,
                        .issued_at = to_millis(statement.issued_at),
                        .until = to_millis(statement.expires_at),
                        .by = body.by.person};
    view.secrets.emplace(statement.id, SecretEntry{record, statement.blob});
    return {};
}

Status add_exemption(View& view, const Statement& statement, const ExemptionBody& body) {
    const auto good = counts(view, statement);
    if (!good) return tl::unexpected<Error>(good.error());
    if (!*good) return {};
    const auto person = subject_of<PersonId>(statement);
    std::erase_if(view.exemptions, [&](const auto& item) { return item.second.record.person == person; });
    ExemptionRecord record{.id = statement.id,
                           .person = person,
                           .issued_at = to_millis(statement.issued_at),
                           .until = to_millis(statement.expires_at),
                           .by = body.by.person,
                           .second = body.by.second};
    view.exemptions.emplace(statement.id, ExemptionEntry{record, statement.blob});
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
    view.secrets.erase(id);
    view.exemptions.erase(id);
    if (const auto at = view.break_glass.find(id); at != view.break_glass.end()) at->second.record.used = true;
}

}  // namespace sekimori
