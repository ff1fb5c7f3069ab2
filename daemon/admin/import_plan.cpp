// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/import_plan.hpp"

#include <algorithm>

#include "daemon/admin/json.hpp"
#include "daemon/admin/people.hpp"
#include "daemon/admin/people_index.hpp"

namespace sekimori::daemon {
namespace {

tl::unexpected<Refusal> conflict(std::string why) { return refuse(ErrorCode::refused, std::move(why)); }

// The report says which row it is; what stands against it is one of few sentences, for the command to translate.
tl::expected<AccountRecord, Refusal> bind(Broker& broker, const std::string& name) {
    auto account = bind_account(broker, name);
    if (!account && account.error().code == name_of(ErrorCode::not_found))
        return conflict("this machine has no account of that name");
    return account;
}

std::vector<std::string> names_of(const std::vector<AccountRecord>& accounts) {
    std::vector<std::string> names;
    names.reserve(accounts.size());
    for (const AccountRecord& account : accounts) names.push_back(account.name);
    std::ranges::sort(names);
    return names;
}

// The last word about a person: what is planned, or else in force, or else what they were registered with.
PersonDetails last_word(const PersonRecord& person) {
    PersonDetails details;
    if (person.planned)
        details = *person.planned;
    else if (person.details)
        details = *person.details;
    if (details.name.empty()) details.name = person.name;
    if (details.accounts.empty()) details.accounts = person.accounts;
    return details;
}

}  // namespace

const char* name_of(ChangeKind kind) noexcept {
    switch (kind) {
        case ChangeKind::unchanged:
            return "unchanged";
        case ChangeKind::join:
            return "join";
        case ChangeKind::move:
            return "move";
        case ChangeKind::rename:
            return "rename";
        case ChangeKind::leave:
            return "leave";
        case ChangeKind::update:
            return "update";
        case ChangeKind::conflict:
            return "conflict";
    }
    return "";
}

struct ImportPlan::Row {
    std::uint64_t line{};
    std::string login;
    PersonDetails details;           // since: 0 for at once
    bool has_accounts{}, has_end{};  // what the table does not say stays as it is
    std::uint32_t min_fingers{2};
    std::string reason;
};

ImportPlan::ImportPlan(Broker& broker) : broker_(broker) {
    for (PersonRecord& person : broker.store.persons()) {
        if (const PersonDetails* details = details_of(person); details != nullptr && !details->staff_number.empty())
            by_staff_number_.emplace(details->staff_number, person.login);
        std::string login = person.login;
        people_.emplace(std::move(login), std::move(person));
    }
}

std::size_t ImportPlan::not_named() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(by_staff_number_, [&](const auto& one) { return !numbers_.contains(one.first); }));
}

tl::expected<ImportPlan::Row, Refusal> ImportPlan::read(const std::string& text, std::uint64_t& line) const {
    Arguments arguments(text);
    Row row;
    row.line = line = arguments.number("line", 1, 10'000'000);
    row.login = arguments.optional_text("login", 64).value_or("");
    PersonDetails& details = row.details;
    details.staff_number = arguments.optional_text("staff_number", 32).value_or("");
    details.name = arguments.text("name");
    details.kana = arguments.optional_text("kana").value_or("");
    details.section = arguments.optional_text("section", 128).value_or("");
    details.employment = arguments.optional_text("employment", 64).value_or("");
    row.has_accounts = arguments.has("accounts");
    const auto accounts = arguments.texts("accounts");
    row.min_fingers = static_cast<std::uint32_t>(arguments.optional_number("min_fingers", 1, 10).value_or(2));
    row.reason = arguments.optional_text("reason").value_or("");
    for (auto [key, member] : {std::pair{"from", &PersonDetails::since}, {"leaves_at", &PersonDetails::leaves_at}}) {
        const auto time = arguments.optional_text(key);
        if (!time) continue;
        const auto parsed = parse_time(*time);
        if (!parsed) return refuse(ErrorCode::invalid_argument, std::string(key) + " is not a time");
        details.*member = *parsed;
    }
    row.has_end = arguments.has("leaves_at");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    if (row.login.empty() && details.staff_number.empty()) return conflict("neither a login nor a staff number");
    if (!row.login.empty() && !good_login(row.login)) return conflict("that is not a login");
    if (row.min_fingers < 2 && row.reason.empty()) return conflict("fewer than two fingers need a reason");
    for (const std::string& name : accounts) {
        auto account = bind(broker_, name);
        if (!account) return tl::unexpected<Refusal>(account.error());
        details.accounts.push_back(std::move(*account));
    }
    if (details.since <= broker_.clock.now().wall) details.since = Millis{0};
    return row;
}

// Whom a row is about; nullptr: somebody new.
tl::expected<const PersonRecord*, Refusal> ImportPlan::match(const Row& row) {
    const std::string& number = row.details.staff_number;
    if (!number.empty() && !numbers_.insert(number).second) return conflict("this staff number stands there twice");
    if (!row.login.empty() && !logins_.insert(row.login).second) return conflict("this login stands there twice");
    const auto known = number.empty() ? by_staff_number_.end() : by_staff_number_.find(number);
    if (known != by_staff_number_.end()) {
        if (!row.login.empty() && known->second != row.login)
            return conflict("this staff number is registered with another login");
        return &people_.at(known->second);
    }
    if (row.login.empty()) return conflict("nobody has this staff number, and somebody new needs a login");
    const auto named = people_.find(row.login);
    if (named == people_.end()) return nullptr;
    const PersonDetails* details = details_of(named->second);
    if (!number.empty() && details != nullptr && !details->staff_number.empty())
        return conflict("this login is registered with another staff number");
    // Somebody who was registered by hand, without a number: the same person has the same name.
    if (details == nullptr && named->second.name != row.details.name) return conflict("this login is somebody else's");
    return &named->second;
}

PlannedChange ImportPlan::join(const Row& row) const {
    PlannedChange planned;
    planned.line = row.line;
    NewPerson person;
    person.login = row.login;
    person.name = row.details.name;
    person.accounts = row.details.accounts;
    if (person.accounts.empty()) {
        auto account = bind(broker_, row.login);
        if (!account) {
            planned.kind = ChangeKind::conflict;
            planned.told = {{"message", account.error().message}};
            return planned;
        }
        person.accounts.push_back(std::move(*account));
    }
    person.min_fingers = row.min_fingers;
    person.min_fingers_reason = row.reason;
    person.starts_at = row.details.since;
    PersonDetails details = row.details;
    details.accounts.clear();  // those of the registration
    planned.kind = ChangeKind::join;
    planned.told = {{"after", json_of(details)}};
    planned.change = PersonChange{std::move(person), std::move(details)};
    return planned;
}

PlannedChange ImportPlan::change(const Row& row, const PersonRecord& person) const {
    PlannedChange planned;
    planned.line = row.line;
    const PersonDetails before = last_word(person);
    PersonDetails after = row.details;
    if (!row.has_accounts) after.accounts = before.accounts;
    if (!row.has_end) after.leaves_at = before.leaves_at;
    if (after.staff_number.empty()) after.staff_number = before.staff_number;
    Json was = Json::object();
    Json is = Json::object();
    const auto compare = [&](const char* key, const auto& old, const auto& fresh) {
        if (old == fresh) return false;
        was[key] = old;
        is[key] = fresh;
        return true;
    };
    const bool moves = compare("section", before.section, after.section);
    const bool renames = compare("name", before.name, after.name);
    bool others = compare("staff_number", before.staff_number, after.staff_number);
    others = compare("kana", before.kana, after.kana) || others;
    others = compare("employment", before.employment, after.employment) || others;
    others = compare("accounts", names_of(before.accounts), names_of(after.accounts)) || others;
    const bool leaves = before.leaves_at != after.leaves_at;
    if (leaves) {
        was["leaves_at"] = time_or_null(before.leaves_at);
        is["leaves_at"] = time_or_null(after.leaves_at);
    }
    if (!moves && !renames && !others && !leaves) return planned;
    // What takes a second administrator by its own verb is not to be had by a table.
    if (person.roles.any() && (leaves || was.contains("accounts"))) {
        planned.kind = ChangeKind::conflict;
        planned.told = {{"message", "this person administers: take the roles away first"}};
        return planned;
    }
    planned.kind = leaves && after.leaves_at != Millis{0} ? ChangeKind::leave
                   : moves                                ? ChangeKind::move
                   : renames                              ? ChangeKind::rename
                                                          : ChangeKind::update;
    is["from"] = time_or_null(after.since);
    planned.told = {{"before", std::move(was)}, {"after", std::move(is)}};
    if (person.planned && after.since != person.planned->since)
        planned.told["replaces"] = time_text(person.planned->since);
    planned.change = PersonChange{person.id, std::move(after)};
    return planned;
}

PlannedChange ImportPlan::plan(const std::string& text) {
    std::uint64_t line = 0;
    const auto refused = [&](const Refusal& refusal) {
        PlannedChange planned;
        planned.kind = ChangeKind::conflict;
        planned.line = line;
        planned.told = {{"message", refusal.message}};
        return planned;
    };
    const auto row = read(text, line);
    PlannedChange planned;
    if (!row) {
        planned = refused(row.error());
    } else if (const auto person = match(*row); !person) {
        planned = refused(person.error());
    } else {
        planned = *person == nullptr ? join(*row) : change(*row, **person);
        planned.told["login"] = *person == nullptr ? row->login : (*person)->login;
    }
    if (row) {
        planned.told["name"] = row->details.name;
        planned.told["section"] = row->details.section;
        planned.told["staff_number"] = row->details.staff_number;
        if (!planned.told.contains("login")) planned.told["login"] = row->login;
    }
    planned.told["line"] = planned.line;
    planned.told["change"] = name_of(planned.kind);
    return planned;
}

}  // namespace sekimori::daemon
