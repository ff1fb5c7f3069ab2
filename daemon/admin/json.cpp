// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/json.hpp"

#include <algorithm>
#include <filesystem>

#include "core/build.hpp"
#include "crypto/hash.hpp"
#include "daemon/admin/people_index.hpp"
#include "daemon/fleet/fleet.hpp"
#include "daemon/policy/policy_json.hpp"
#include "daemon/rescue/rescue_watch.hpp"
#include "daemon/store/fleet.hpp"

namespace sekimori::daemon {
namespace {

std::string login_of(const Broker& broker, const PersonId& id) {
    const auto person = broker.store.person(id);
    return person ? person->login : id.hex();
}

std::size_t roots_in(const std::string& directory) {
    std::size_t count = 0;
    std::error_code error;
    if (!directory.empty())
        for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
            count += it->is_regular_file(error) ? 1U : 0U;
    return count;
}

// The lab's machine has one of its own, which is none of the lab's business.
Json rescue_json(const Broker& broker) {
    if (broker.config.lab == LabMode::on) return nullptr;
    const RescueState state = rescue_state(kRescueDirectory);
    const char* name = state.kind == RescueState::Kind::used    ? "used"
                       : state.kind == RescueState::Kind::ready ? "ready"
                                                                : "none";
    return {{"state", name}, {"since", time_or_null(state.since.value_or(Millis{0}))}};
}

// As the agent says; `state` by the clock here: what people must do something about is said half a year ahead.
Json certificate_json(const wire::CertificateState& certificate, Millis now) {
    constexpr Millis kSoon = std::chrono::hours{24 * 180};
    constexpr std::uint64_t kLatest = 253'402'300'799'000;  // a date of four digits
    const Millis until{static_cast<Millis::rep>(std::min<std::uint64_t>(certificate.until, kLatest))};
    const bool waits = certificate.renewal == wire::Renewal::waiting;
    return {{"until", time_or_null(until)},
            {"state", certificate.until == 0 ? "missing"
                      : until <= now         ? "ended"
                      : until - now <= kSoon ? "ends_soon"
                                             : "good"},
            {"renewal", waits ? "waiting" : "none"}};
}

// The keys of sekimori.conf that would be laxer than the policy, which they can't be.
Json without_effect(const FreshnessPolicy& policy, const OfflineLimits& machine) {
    Json keys = Json::array();
    if (machine.most && *machine.most > policy.most) keys.push_back("max_offline_hours");
    if (machine.past == PastMax::certificate && policy.past == PastMax::deny) keys.push_back("past_max");
    if (machine.certificate && stricter(policy, {{}, {}, machine.certificate}).certificate != *machine.certificate)
        keys.push_back("certificate_hours");
    return keys;
}

// The age up to which this terminal opens, and who says so.
Json offline_json(const FleetStore::Facts& facts, const OfflineLimits& machine) {
    const auto hours = [](Millis time) { return std::chrono::duration_cast<std::chrono::hours>(time).count(); };
    return {{"max_hours", hours(facts.judged_by.most)},
            {"past", facts.judged_by.past == PastMax::certificate ? "certificate" : "deny"},
            {"certificate_hours", hours(facts.judged_by.certificate)},
            {"from", facts.judged_by == facts.by_policy ? "policy" : "configuration"},
            {"without_effect", without_effect(facts.by_policy, machine)}};
}

}  // namespace

Json whole(Json object) {
    object["schema"] = 1;
    return object;
}
Json list_of(Json items) { return whole({{"items", std::move(items)}}); }

// `age_seconds` is of the newest heartbeat that counts; null: there was none.
Json fleet_json(const Broker& broker) {
    FleetStore* const fleet = broker.store.fleet();
    if (fleet == nullptr) return nullptr;
    const FleetStore::Facts facts = fleet->facts();
    const char* const state = facts.standing == Standing::revoked ? "revoked" : facts.admitted ? "member" : "joining";
    const auto opens = [](Opens what) {
        return what == Opens::everything ? "everything" : what == Opens::nothing ? "nothing" : "certificate_cards";
    };
    const auto age = facts.freshness.age;
    Json json{{"terminal", facts.terminal.hex()},
              {"name", facts.name},
              {"group", facts.group.hex()},
              {"state", state},
              {"age_seconds", age ? Json(age->count() / 1000) : Json(nullptr)},
              {"opens", opens(broker.store.opens())},
              {"offline", offline_json(facts, broker.config.offline)},
              {"terminals", facts.terminals},
              {"queued", facts.queued},
              {"unconfirmed", fleet->unconfirmed().size()},
              {"extended_until", time_or_null(facts.extended_until)}};
    if (broker.fleet == nullptr) return json;
    const Fleet& link = *broker.fleet;
    json["link"] = !link.agent_is_there() ? "no_agent" : link.link().state == wire::LinkIs::up ? "up" : "down";
    json["server"] = link.link().server;
    if (!link.link().why.empty()) json["why"] = link.link().why;
    if (const auto& certificate = link.certificate())
        json["certificate"] = certificate_json(*certificate, broker.clock.now().wall);
    if (!link.troubles().last().empty())
        json["trouble"] = {{"what", link.troubles().last()}, {"time", time_text(link.troubles().last_at())}};
    return json;
}

Json json_of(const PersonDetails& details) {
    Json accounts = Json::array();
    for (const AccountRecord& account : details.accounts) accounts.push_back(account.name);
    return {{"from", time_or_null(details.since)},
            {"staff_number", details.staff_number},
            {"name", details.name},
            {"kana", details.kana},
            {"section", details.section},
            {"employment", details.employment},
            {"accounts", std::move(accounts)},
            {"leaves_at", time_or_null(details.leaves_at)}};
}

Json json_of(const Broker& broker, const PersonRecord& person) {
    return json_of(broker, person, broker.store.cards_of(person.id), broker.store.fingers_of(person.id));
}

Json json_of(const Broker& broker, const PersonRecord& person, const std::vector<CardRecord>& card_records,
             const std::vector<FingerRecord>& finger_records) {
    Json accounts = Json::array();
    for (const AccountRecord& account : person.accounts) accounts.push_back(account.name);
    Json cards = Json::array();
    for (const CardRecord& card : card_records) cards.push_back(card.id.hex());
    Json fingers = Json::array();
    for (const FingerRecord& finger : finger_records) fingers.push_back(finger.finger);
    const PersonDetails* details = details_of(person);
    Json roles = Json::array();
    for (const Role role : kRoles)
        if (person.roles.has(role)) roles.push_back(name_of(role));
    const auto last = broker.store.last_use(person.id);
    const auto exemption = broker.store.exemption_of(person.id);
    const Instant now = broker.clock.now();
    const LockoutView lock =
        view(broker.lockout_policy(), broker.store.lockout({LockoutOf::person, person.id.hex()}), now.boottime);
    return whole({{"id", person.id.hex()},
                  {"login", person.login},
                  {"name", person.name},
                  {"state", name_of(person.state)},
                  {"role", person.roles.has(Role::administrator) ? "administrator" : ""},
                  {"roles", std::move(roles)},
                  {"last_use", last ? Json(time_text(last->wall)) : Json(nullptr)},
                  {"password", broker.store.secret_of(person.id, SecretUse::password).has_value()},
                  {"exempt_until",
                   exemption && in_force(exemption->until, now) ? Json(time_text(exemption->until)) : Json(nullptr)},
                  {"accounts", std::move(accounts)},
                  {"cards", std::move(cards)},
                  {"fingers", std::move(fingers)},
                  {"min_fingers", person.min_fingers},
                  {"staff_number", details != nullptr ? details->staff_number : ""},
                  {"kana", details != nullptr ? details->kana : ""},
                  {"section", details != nullptr ? details->section : ""},
                  {"employment", details != nullptr ? details->employment : ""},
                  {"starts_at", time_or_null(person.starts_at)},
                  {"leaves_at", details != nullptr ? time_or_null(details->leaves_at) : Json(nullptr)},
                  {"planned", person.planned ? json_of(*person.planned) : Json(nullptr)},
                  {"locked_until", lock.locked() ? Json(time_text(now.wall + lock.wait)) : Json(nullptr)}});
}

Json json_of(const Broker& broker, const CardRecord& card) {
    CardState state = card.state;
    if (state == CardState::active && card.expires_at != Millis{0} && broker.clock.now().wall >= card.expires_at)
        state = CardState::expired;
    Json json = whole({{"id", card.id.hex()},
                       {"key", card.key.hex()},
                       {"person", login_of(broker, card.person)},
                       {"type", name_of(card.type)},
                       {"slot", name_of(card.slot)},
                       {"strength", name_of(strength_of(card.type))},
                       {"state", name_of(state)},
                       {"reason", name_of(card.reason)},
                       {"enrolled_at", time_or_null(card.enrolled_at)},
                       {"expires_at", time_or_null(card.expires_at)},
                       {"temporary", card.temporary.has_value()}});
    if (FleetStore* const fleet = broker.store.fleet(); fleet != nullptr && state == CardState::suspended) {
        const auto all = fleet->unconfirmed();
        if (std::any_of(all.begin(), all.end(), [&](const SuspensionKey& one) {
                return one.target == Target::card && one.subject == card.id.bytes;
            }))
            json["unconfirmed"] = true;
    }
    if (card.temporary) json["approver"] = login_of(broker, card.temporary->approver);
    return json;
}

Json json_of(const Broker&, const AuditRow& row) {
    const AuditEvent& event = row.event;
    return {{"seq", row.seq},
            {"time", time_text(row.time.wall)},
            {"boot", to_hex(row.time.boot_id)},
            {"who", event.who ? Json(event.who->hex()) : Json(nullptr)},
            {"what", event.what},
            {"where", event.where},
            {"result", event.success ? "success" : "failure"},
            {"reason", event.reason},
            {"card", event.card ? Json(event.card->hex()) : Json(nullptr)},
            {"subject", event.subject ? Json(event.subject->hex()) : Json(nullptr)},
            {"service", event.service}};
}

Json json_of(const Broker& broker, const BoundSession& session, const std::string& state) {
    const char* held = session.hold.by == HeldBy::card   ? "card"
                       : session.hold.by == HeldBy::code ? "code"
                                                         : "break-glass";
    return {{"id", session.id},
            {"person", login_of(broker, session.person)},
            {"account", session.account},
            {"card", session.card.valid() ? Json(session.card.hex()) : Json(nullptr)},
            {"held_by", held},
            {"until", time_or_null(session.hold.until)},
            {"since", time_text(session.since)},
            {"seat", session.seat},
            {"state", state}};
}

std::string policy_id(const Broker& broker) {
    const std::string text = write_policy(broker.policy);
    return to_hex(crypto::sha256({crypto::bytes_of(text)})).substr(0, 16);
}

Json status_json(const Broker& broker) {
    Json readers = Json::array();
    const auto present = broker.cards.present();
    for (const std::string& name : broker.cards.readers()) {
        const bool card = std::any_of(present.begin(), present.end(),
                                      [&](const CardVisit& visit) { return broker.cards.reader_name(visit) == name; });
        readers.push_back({{"name", name}, {"card", card ? "present" : "absent"}});
    }
    Json scanners = Json::array();
    for (const wire::Scanner& scanner : broker.fingers.scanners())
        scanners.push_back(
            {{"driver", scanner.driver}, {"usb", scanner.usb}, {"state", broker.fingers.busy() ? "busy" : "ready"}});
    const LedgerHead head = broker.store.head();
    Json status = whole({{"broker", kBuild},
                         {"lab", broker.config.lab == LabMode::on},
                         {"key_protection", broker.store.protection() == KeyProtection::tpm2 ? "tpm2" : "host"},
                         {"roots", roots_in(broker.config.roots)},
                         {"rescue", rescue_json(broker)},
                         {"witness", broker.config.witness.empty() ? Json(nullptr) : Json(broker.config.witness)},
                         {"readers", std::move(readers)},
                         {"scanners", std::move(scanners)},
                         {"policy", policy_id(broker)},
                         {"ledger", {{"seq", head.seq}, {"hash", head.hash}}}});
    if (Json fleet = fleet_json(broker); !fleet.is_null()) status["fleet"] = std::move(fleet);
    return status;
}

}  // namespace sekimori::daemon
