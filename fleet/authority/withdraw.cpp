// SPDX-License-Identifier: Apache-2.0
// What was given, taken back.
#include <algorithm>

#include "fleet/authority/office.hpp"

namespace sekimori::fleet {

// Every kind of statement that a withdrawal ends, and whose it is. Names of people are not in the chain.
std::optional<Office::Withdrawn> Office::given(const StatementId& id) const {
    const View& all = view();
    if (const auto at = all.fleet.admin_keys.find(id); at != all.fleet.admin_keys.end())
        return Withdrawn{"delegation", at->second.name, true};
    if (const auto at = all.fleet.extensions.find(id); at != all.fleet.extensions.end())
        return Withdrawn{"extension", to_hex(at->second.subject), true};
    if (const auto at = all.secrets.find(id); at != all.secrets.end())
        return Withdrawn{at->second.record.use == SecretUse::code ? "code" : "password", at->second.record.person.hex(),
                         true};
    if (const auto at = all.exemptions.find(id); at != all.exemptions.end())
        return Withdrawn{"exemption", at->second.record.person.hex(), true};
    if (const auto at = all.break_glass.find(id); at != all.break_glass.end())
        return Withdrawn{"break-glass", at->second.record.person.hex(), true};
    if (const auto at = all.media.find(id); at != all.media.end())
        return Withdrawn{"media", at->second.record.serial, true};
    return std::nullopt;
}

Result<Office::Withdrawn> Office::withdraw(const StatementId& id) {
    auto what = given(id);
    if (view().withdrawn.contains(id)) {
        what = what.value_or(Withdrawn{"statement", "nobody"});
        what->changed = false;
    }
    if (!what) return fail(ErrorCode::not_found, "no statement of this id gave anything that could be taken back");
    // Whose delegation, and which groups it reached.
    const TerminalEntry* terminal = nullptr;
    TerminalId terminal_id;
    if (const auto key = view().fleet.admin_keys.find(id);
        key != view().fleet.admin_keys.end() && key->second.role != AdminRole::helpdesk)
        for (const auto& [at, entry] : view().fleet.terminals)
            if (std::ranges::equal(entry.sign, key->second.key)) {
                terminal = &entry;
                terminal_id = at;
            }
    if (what->changed) {
        WithdrawBody body;
        body.by.where = "authority";
        const auto said = say(StatementType::withdraw, id.bytes, body);
        if (!said) return tl::unexpected<Error>(said.error());
        const auto opened = open_statement(*said, identity_.author, identity_.ledger);
        if (!opened) return tl::unexpected<Error>(opened.error());
        if (auto heard = chain_.ledger.hear(*opened, said->hash()); !heard) return tl::unexpected<Error>(heard.error());
    }
    // Also what an interrupted one did not come to.
    if (terminal != nullptr && terminal->standing == Standing::in_force)
        if (auto narrowed = narrow(terminal_id, *terminal); !narrowed) return tl::unexpected<Error>(narrowed.error());
    return *what;
}

// Without a delegation that needs them, a terminal gets the keys of its own group only; those that it had are replaced.
Status Office::narrow(const TerminalId& id, const TerminalEntry& terminal) {
    const bool keeps = std::ranges::any_of(
        vault_.groups, [&](const Group& group) { return group.id != terminal.group && reaches(terminal, group.id); });
    if (keeps) return {};
    const GroupId own = terminal.group;
    if (auto put = server_.put_terminal(id, terminal.name, {own}, Reach::own_groups); !put) return put;
    for (Group& group : vault_.groups)
        if (group.id != own)
            if (auto rolled = roll_group(group); !rolled) return rolled;
    return {};
}

}  // namespace sekimori::fleet
