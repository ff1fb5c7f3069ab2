// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/choose_person.hpp"

#include "daemon/admin/people_index.hpp"
#include "daemon/admin/query.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kMaxCandidates = 10;

// Names are typed with and without a space, and with either kind of it.
std::string without_spaces(const std::string& name) {
    std::string kept;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name.compare(i, 3, "\u3000") == 0)
            i += 2;
        else if (name[i] != ' ')
            kept += name[i];
    }
    return kept;
}

tl::expected<PersonRecord, Refusal> last_login(const Store& store) {
    for (const char* what : {"login", "unlock"}) {
        AuditFilter filter;
        filter.what = what;
        filter.success = true;
        filter.order = AuditOrder::newest_first;
        filter.limit = 1;
        const auto rows = store.audit(filter);
        if (!rows) return refuse(rows.error());
        if (rows->empty() || !rows->front().event.who) continue;
        const auto person = store.person(*rows->front().event.who);
        if (!person || person->state == PersonState::gone)
            return refuse(ErrorCode::not_found, "who logged in here last is gone", "sekimori audit list --what login");
        return *person;
    }
    return refuse(ErrorCode::not_found, "nobody has logged in here yet");
}

bool is_meant(const PersonRecord& person, const PersonChoice& choice) {
    const PersonDetails* details = details_of(person);
    if (choice.staff_number && (details == nullptr || details->staff_number != *choice.staff_number)) return false;
    if (choice.section && (details == nullptr || details->section != *choice.section)) return false;
    if (!choice.name) return true;
    const std::string name = without_spaces(*choice.name);
    return without_spaces(person.name) == name || (details != nullptr && without_spaces(details->kana) == name);
}

std::string one_line(const PersonRecord& person) {
    const PersonDetails* details = details_of(person);
    std::string line = person.login + " (" + person.name;
    if (details != nullptr) line += ", " + details->section + ", " + details->staff_number;
    return line + ")";
}

}  // namespace

PersonChoice read_choice(Arguments& arguments) {
    PersonChoice choice;
    choice.login = arguments.optional_text("login");
    choice.staff_number = arguments.optional_text("staff_number");
    choice.name = arguments.optional_text("name");
    choice.section = arguments.optional_text("section");
    choice.last_login = arguments.flag("last_login");
    return choice;
}

tl::expected<PersonRecord, Refusal> choose_person(const Store& store, const PersonChoice& choice) {
    const int ways = (choice.login ? 1 : 0) + (choice.staff_number ? 1 : 0) + (choice.last_login ? 1 : 0) +
                     (choice.name || choice.section ? 1 : 0);
    if (ways != 1 || (choice.section && !choice.name))
        return refuse(ErrorCode::invalid_argument,
                      "name the person in one way: login, staff number, name with or without section, or last login");
    if (choice.login) return find_person(store, *choice.login);
    if (choice.last_login) return last_login(store);
    std::vector<PersonRecord> found;
    each_person(store, "", [&](const PersonRecord& person) {
        if (is_meant(person, choice)) found.push_back(person);
        return true;
    });
    if (found.empty()) return refuse(ErrorCode::not_found, "nobody is like that", "sekimori person list");
    if (found.size() == 1) return std::move(found.front());
    std::string candidates;
    for (std::size_t i = 0; i < found.size() && i < kMaxCandidates; ++i)
        candidates += (i == 0 ? "" : "; ") + one_line(found[i]);
    if (found.size() > kMaxCandidates) candidates += "; ...";
    return refuse(ErrorCode::refused, std::to_string(found.size()) + " people are like that", candidates);
}

}  // namespace sekimori::daemon
