// SPDX-License-Identifier: Apache-2.0
#include "admin/render.hpp"

#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"

namespace sekimori::admin {
namespace {

// The names that the broker uses (core/records.hpp), so that the catalogues hold them.
[[maybe_unused]] constexpr const char* kWords[] = {
    later("active"),    later("suspended"), later("gone"),   later("revoked"), later("returned"), later("expired"),
    later("destroyed"), later("lost"),      later("stolen"), later("damaged"), later("left"),     later("success"),
    later("failure"),   later("ready"),     later("busy"),   later("present"), later("absent"),
};

std::string card_state(const Json& card) {
    const std::string reason = text_at(card, "reason");
    return word(text_at(card, "state")) + (reason.empty() ? "" : " (" + word(reason) + ")");
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
    Table table({tr("LOGIN"), tr("NAME"), tr("STATE"), tr("ACCOUNTS"), tr("CARDS"), tr("FINGERS")});
    for (const Json& person : items_of(list))
        table.add({text_at(person, "login"), text_at(person, "name"), word(text_at(person, "state")),
                   joined(texts_at(person, "accounts")), std::to_string(at(person, "cards").size()),
                   std::to_string(at(person, "fingers").size())});
    return table.text();
}

std::string render_person(const Json& person) {
    return facts({{tr("Person"), text_at(person, "id")},
                  {tr("Login"), text_at(person, "login")},
                  {tr("Name"), text_at(person, "name")},
                  {tr("State"), word(text_at(person, "state"))},
                  {tr("Roles"), joined(texts_at(person, "roles"))},
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

std::string render_changed_cards(const Json& answer) {
    std::string text;
    if (const auto* cards = at(answer, "cards").get_ptr<const Json::array_t*>()) text = render_cards(*cards);
    if (!true_at(answer, "changed")) text += tr("Nothing changed: it was so already.") + "\n";
    return text;
}

}  // namespace sekimori::admin
