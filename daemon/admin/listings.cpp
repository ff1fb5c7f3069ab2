// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/listings.hpp"

#include <algorithm>
#include <array>

#include "daemon/admin/json.hpp"
#include "daemon/admin/page.hpp"
#include "daemon/admin/people_index.hpp"

namespace sekimori::daemon {
namespace {

// FeliCa Lite and Lite-S. The code tells the kind of chip and not its year: of these kinds, chips made up to 2017 have
// been reported readable (docs/THREAT_MODEL.md).
constexpr std::array<std::uint8_t, 2> kSuspectIcCodes{0xf0, 0xf1};

std::string login_of(const Broker& broker, const std::optional<PersonId>& id) {
    if (!id) return "";
    const auto person = broker.store.person(*id);
    return person && !person->login.empty() ? person->login : id->hex();
}

const char* state_of(Millis until, const Instant& now) {
    if (now.wall_quality == WallQuality::suspect) return "refused";  // nobody can tell
    return now.wall < until ? "in-force" : "over";
}

bool suspect(const CardRecord& card) {
    return card.type == CardType::lite_s &&
           std::find(kSuspectIcCodes.begin(), kSuspectIcCodes.end(), card.ic_code) != kSuspectIcCodes.end();
}

// Out of the office's hands although it should open nothing any more. A lost card is not waited for.
bool not_returned(const CardRecord& card) {
    const bool back = card.state == CardState::returned || card.state == CardState::destroyed;
    const bool missing = card.reason == DenyReason::lost || card.reason == DenyReason::stolen;
    const bool over = card.state == CardState::expired && card.temporary;
    return !back && !missing && (over || card.state == CardState::revoked);
}

}  // namespace

Reply code_list(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Json items = Json::array();
    for (const SecretRecord& secret : broker.store.secrets()) {
        if (secret.use != SecretUse::code) continue;
        const auto data = broker.store.secret_data(secret.id);  // of one that is long over nothing is left
        items.push_back({{"id", secret.id.hex()},
                         {"person", login_of(broker, secret.person)},
                         {"issued_at", time_text(secret.issued_at)},
                         {"until", time_text(secret.until)},
                         {"by", login_of(broker, secret.by)},
                         {"reason", data ? data->reason : ""},
                         {"state", state_of(secret.until, broker.clock.now())}});
    }
    return list_of(std::move(items));
}

Reply exempt_list(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Json items = Json::array();
    for (const ExemptionRecord& one : broker.store.exemptions())
        items.push_back({{"id", one.id.hex()},
                         {"person", login_of(broker, one.person)},
                         {"issued_at", time_text(one.issued_at)},
                         {"until", time_text(one.until)},
                         {"by", login_of(broker, one.by)},
                         {"second", login_of(broker, one.second)},
                         {"reason", broker.store.exemption_reason(one.id).value_or("")},
                         {"state", state_of(one.until, broker.clock.now())}});
    return list_of(std::move(items));
}

Reply break_glass_list(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Json items = Json::array();
    for (const BreakGlassRecord& one : broker.store.break_glass()) {
        const auto data = broker.store.secret_data(one.id);
        items.push_back({{"id", one.id.hex()},
                         {"person", login_of(broker, one.person)},
                         {"terminal", one.terminal.hex()},
                         {"issued_at", time_text(one.issued_at)},
                         {"until", time_text(one.until)},
                         {"by", login_of(broker, one.by)},
                         {"second", login_of(broker, one.second)},
                         {"reason", data ? data->reason : ""},
                         {"state", one.used ? "used" : state_of(one.until, broker.clock.now())}});
    }
    return list_of(std::move(items));
}

Reply card_ledger(Broker& broker, Arguments& arguments) {
    const auto days = arguments.optional_number("expiring", 0, 3660);
    const bool missing_only = arguments.flag("not_returned");
    const bool suspect_only = arguments.flag("suspect");
    const std::string after = arguments.optional_text("after").value_or("");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const Millis now = broker.clock.now().wall;
    Page page;
    each_card(broker.store, after, [&](const CardRecord& card) {
        const bool good = card.state == CardState::active || card.state == CardState::suspended;
        if (days && (!good || card.expires_at == Millis{0} ||
                     card.expires_at > now + std::chrono::hours{24 * static_cast<std::int64_t>(*days)}))
            return true;
        if (missing_only && !not_returned(card)) return true;
        if (suspect_only && (!suspect(card) || card.state == CardState::returned)) return true;
        return page.add(card.id.hex(), [&] {
            Json item = json_of(broker, card);
            item.erase("schema");
            item["since"] = time_or_null(card.enrolled_at);
            item["state_since"] = time_or_null(card.state_since);
            item["enrolled_by"] = login_of(broker, card.enrolled_by);
            item["not_returned"] = not_returned(card);
            item["suspect_ic"] = suspect(card);
            return item;
        });
    });
    return std::move(page).whole();
}

}  // namespace sekimori::daemon
