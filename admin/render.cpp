// SPDX-License-Identifier: Apache-2.0
#include "admin/render.hpp"

#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"

namespace sekimori::admin {
namespace {

// The names that the broker uses (core/records.hpp), so that the catalogues hold them.
[[maybe_unused]] constexpr const char* kWords[] = {
    later("active"),    later("suspended"),
    later("gone"),      later("revoked"),
    later("returned"),  later("expired"),
    later("destroyed"), later("lost"),
    later("stolen"),    later("damaged"),
    later("left"),      later("success"),
    later("failure"),   later("ready"),
    later("busy"),      later("present"),
    later("absent"),    later("waiting"),
    later("member"),    later("joining"),
    later("up"),        later("down"),
    later("no_agent"),  later("everything"),
    later("nothing"),   later("certificate_cards"),
};

std::string card_state(const Json& card) {
    const std::string reason = text_at(card, "reason");
    if (true_at(card, "unconfirmed")) return word(text_at(card, "state")) + " (" + tr("unconfirmed") + ")";
    return word(text_at(card, "state")) + (reason.empty() ? "" : " (" + word(reason) + ")");
}

std::string planned_of(const Json& details) {
    if (!details.is_object()) return {};
    return for_people(text_at(details, "from")) + ": " + text_at(details, "section") + " " + text_at(details, "name");
}

std::string kind(const Json& card) {
    const std::string slot = text_at(card, "slot");
    return text_at(card, "type") + (slot.empty() ? "" : " " + slot);
}

}  // namespace

std::string word(const std::string& name) { return tr(name); }

std::string joined(const std::vector<std::string>& texts) {
    std::string line;
    for (const std::string& text : texts) line += (line.empty() ? "" : ", ") + text;
    return line;
}

std::string render_persons(const Json& list) {
    Table table({tr("LOGIN"), tr("NAME"), tr("STAFF NO."), tr("SECTION"), tr("STATE"), tr("ACCOUNTS"), tr("CARDS"),
                 tr("FINGERS")});
    for (const Json& person : items_of(list))
        table.add({text_at(person, "login"), text_at(person, "name"), text_at(person, "staff_number"),
                   text_at(person, "section"), word(text_at(person, "state")), joined(texts_at(person, "accounts")),
                   std::to_string(at(person, "cards").size()), std::to_string(at(person, "fingers").size())});
    return table.text();
}

std::string render_person(const Json& person) {
    return facts({{tr("Person"), text_at(person, "id")},
                  {tr("Login"), text_at(person, "login")},
                  {tr("Name"), text_at(person, "name")},
                  {tr("Kana"), text_at(person, "kana")},
                  {tr("Staff number"), text_at(person, "staff_number")},
                  {tr("Section"), text_at(person, "section")},
                  {tr("Employment"), text_at(person, "employment")},
                  {tr("State"), word(text_at(person, "state"))},
                  {tr("Roles"), joined(texts_at(person, "roles"))},
                  {tr("Works from"), for_people(text_at(person, "starts_at"))},
                  {tr("Leaves at"), for_people(text_at(person, "leaves_at"))},
                  {tr("Planned"), planned_of(at(person, "planned"))},
                  {tr("Accounts"), joined(texts_at(person, "accounts"))},
                  {tr("Cards"), joined(texts_at(person, "cards"))},
                  {tr("Fingers"), joined(texts_at(person, "fingers"))},
                  {tr("Fingers needed"), text_at(person, "min_fingers")},
                  {tr("Locked until"), for_people(text_at(person, "locked_until"))},
                  {tr("Exempt until"), for_people(text_at(person, "exempt_until"))},
                  {tr("Last login"), for_people(text_at(person, "last_use"))}});
}

std::string render_cards(const Json::array_t& cards) {
    Table table({tr("CARD"), tr("KEY"), tr("PERSON"), tr("TYPE"), tr("STRENGTH"), tr("STATE"), tr("EXPIRES")});
    for (const Json& card : cards)
        table.add({text_at(card, "id"), text_at(card, "key").substr(0, 16), text_at(card, "person"), kind(card),
                   text_at(card, "strength"), card_state(card), for_people(text_at(card, "expires_at"))});
    return table.text();
}

std::string render_card(const Json& card) {
    return facts({{tr("Card"), text_at(card, "id")},
                  {tr("Key"), text_at(card, "key")},
                  {tr("Person"), text_at(card, "person")},
                  {tr("Type"), kind(card)},
                  {tr("Strength"), text_at(card, "strength")},
                  {tr("State"), card_state(card)},
                  {tr("Enrolled"), for_people(text_at(card, "enrolled_at"))},
                  {tr("Expires"), for_people(text_at(card, "expires_at"))}});
}

std::string render_receipt(const Json& receipt) {
    const auto number = [&](const char* key) { return std::to_string(number_at(receipt, key)); };
    const std::int64_t tenths = (number_at(receipt, "slowest_ms") + 50) / 100;
    const std::string line = at(receipt, "slowest_ms").is_null()
                                 ? tr("Dead on {a} of {b} terminals; {n} sessions ended.")
                                 : tr("Dead on {a} of {b} terminals; slowest {s} s; {n} sessions ended.");
    std::string text = fill(line, {{"a", number("confirmed")},
                                   {"b", number("terminals")},
                                   {"s", std::to_string(tenths / 10) + "." + std::to_string(tenths % 10)},
                                   {"n", number("sessions_ended")}}) +
                       "\n";
    if (true_at(receipt, "queued") && text_at(receipt, "link") != "up")
        text += tr("The server can't be reached: it is applied here and queued, and goes out as soon as the server is "
                   "back.") +
                "\n";
    std::string names;
    for (const Json& one : at(receipt, "missing")) names += (names.empty() ? "" : ", ") + text_at(one, "name");
    if (names.empty()) return text;
    const std::string missing = std::to_string(number_at(receipt, "terminals") - number_at(receipt, "confirmed"));
    const std::string latest = text_at(receipt, "refused_at_latest");
    if (latest.empty())
        return text +
               fill(tr("{n} not reached; they may accept it until they are: {names}"),
                    {{"n", missing}, {"names", names}}) +
               "\n";
    return text +
           fill(tr("{n} not reached; they refuse it from {time} at the latest: {names}"),
                {{"n", missing}, {"time", for_people(latest)}, {"names", names}}) +
           "\n";
}

std::string render_changed_cards(const Json& answer) {
    std::string text;
    if (const auto* cards = at(answer, "cards").get_ptr<const Json::array_t*>()) text = render_cards(*cards);
    if (!true_at(answer, "changed")) text += tr("Nothing changed: it was so already.") + "\n";
    if (at(answer, "fleet").is_object()) text += render_receipt(at(answer, "fleet"));
    return text;
}

}  // namespace sekimori::admin
