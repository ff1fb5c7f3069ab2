// SPDX-License-Identifier: Apache-2.0
// The writes that give: they need their entry, and everything before it, to take effect.
#include <algorithm>

#include "daemon/store/local_store.hpp"
#include "ledger/view_index.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kMaxFingers = 10;

By by_of(const Actor& by) { return {by.person, by.where, by.second}; }
bool present(const View& view, const PersonId& id) {
    const auto at = view.persons.find(id);
    return at != view.persons.end() && at->second.record.state != PersonState::gone;
}
tl::unexpected<Error> nobody() { return fail(ErrorCode::not_found, "person: nobody has this id"); }

}  // namespace

Result<CardId> LocalStore::add_card(NewCard card, const Actor& by) {
    if (!present(view(), card.person)) return nobody();
    if (view().denied_keys.contains(card.key))
        return fail(ErrorCode::refused, "card: this card was reported and is revoked");
    if (const CardEntry* known = view().card_of_key(card.key)) {
        const CardState state = known->record.state;
        if (state == CardState::revoked || state == CardState::destroyed)
            return fail(ErrorCode::refused, "card: this card is revoked; it has to be returned first");
        if (state != CardState::returned) return fail(ErrorCode::exists, "card: it belongs to somebody already");
    }
    const auto id = rng_.draw<CardId>();
    if (!id) return tl::unexpected<Error>(id.error());
    CardBody body{.person = card.person,
                  .type = card.type,
                  .slot = card.slot,
                  .key = card.key,
                  .spki = std::move(card.spki),
                  .scheme = card.scheme,
                  .public_id = std::move(card.public_id),
                  .ic_code = card.ic_code,
                  .expires_at = static_cast<std::uint64_t>(card.expires_at.count()),
                  .by = by_of(by)};
    if (card.temporary) {
        body.lent_until = static_cast<std::uint64_t>(card.temporary->until.count());
        body.approver = card.temporary->approver;
    }
    Batch batch;
    Hash blob{};
    if (!card.secret.empty()) {
        auto sealed = seal({BlobKind::card, card.person, id->bytes}, card.secret.span());
        if (!sealed) return tl::unexpected<Error>(sealed.error());
        blob = sealed->hash;
        batch.blobs.push_back(std::move(*sealed));
    }
    auto statement = author(StatementType::card, id->bytes, encode_tlv_plain(body), blob);
    if (!statement) return tl::unexpected<Error>(statement.error());
    batch.statements.push_back(std::move(*statement));
    if (auto done = commit_grant(batch); !done) return tl::unexpected<Error>(done.error());
    return *id;
}

Result<FingerId> LocalStore::add_finger(NewFinger finger, const Actor& by) {
    if (!present(view(), finger.person)) return nobody();
    if (finger.data.empty() || finger.finger.empty())
        return fail(ErrorCode::invalid_argument, "finger: needs a name and a template");
    const auto enrolled = fingers_of(finger.person);
    const bool replaces =
        std::ranges::any_of(enrolled, [&](const FingerRecord& one) { return one.finger == finger.finger; });
    if (!replaces && enrolled.size() >= kMaxFingers)
        return fail(ErrorCode::refused, "finger: ten are enrolled already");
    const auto id = rng_.draw<FingerId>();
    if (!id) return tl::unexpected<Error>(id.error());
    auto sealed = seal({BlobKind::finger, finger.person, id->bytes}, finger.data.span());
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    FingerBody body{.person = finger.person,
                    .finger = finger.finger,
                    .driver = finger.driver,
                    .device_id = finger.device_id,
                    .modality = finger.modality,
                    .on_chip = finger.on_chip,
                    .stages = finger.stages,
                    .by = by_of(by)};
    auto statement = author(StatementType::finger, id->bytes, encode_tlv_plain(body), sealed->hash);
    if (!statement) return tl::unexpected<Error>(statement.error());
    Batch batch;
    batch.blobs.push_back(std::move(*sealed));
    batch.statements.push_back(std::move(*statement));
    const std::set<Hash> had = replaces ? blobs_of(view(), finger.person) : std::set<Hash>{};
    if (auto done = commit_grant(batch); !done) return tl::unexpected<Error>(done.error());
    // The template that this one replaces is of no use to anybody. If it cannot be destroyed now, the next start does.
    if (replaces) (void)destroy(had, {finger.person});
    return *id;
}

Status LocalStore::set_roles(const PersonId& id, Roles roles, const Actor& by) {
    if (!present(view(), id)) return nobody();
    auto statement = author(StatementType::role, id.bytes, encode_tlv_plain(RoleBody{roles.bits(), by_of(by)}));
    if (!statement) return tl::unexpected<Error>(statement.error());
    return commit_grant({.statements = {std::move(*statement)}});
}

Status LocalStore::load_policy(std::string json, std::optional<Millis> from, const Actor& by) {
    if (json.empty()) return fail(ErrorCode::invalid_argument, "policy: empty");
    auto statement = author(StatementType::policy, StatementId{}.bytes,
                            encode_tlv_plain(PolicyBody{std::move(json), by_of(by)}), {}, from);
    if (!statement) return tl::unexpected<Error>(statement.error());
    return commit_grant({.statements = {std::move(*statement)}});
}

Status LocalStore::act(StatementType type, Target target, ByteSpan subject, const Actor& by) {
    auto statement =
        author(type, subject, encode_tlv_plain(ActBody{target, std::nullopt, DenyReason::none, by_of(by)}));
    if (!statement) return tl::unexpected<Error>(statement.error());
    return commit_grant({.statements = {std::move(*statement)}});
}

Status LocalStore::reinstate_card(const CardId& id, const Actor& by) {
    const auto at = view().cards.find(id);
    if (at == view().cards.end()) return fail(ErrorCode::not_found, "card: nothing is enrolled under this id");
    if (at->second.record.state != CardState::suspended)
        return fail(ErrorCode::refused, "card: only a suspended card can be reinstated");
    return act(StatementType::reinstate, Target::card, id.bytes, by);
}

Status LocalStore::reinstate_person(const PersonId& id, const Actor& by) {
    const auto at = view().persons.find(id);
    if (at == view().persons.end()) return nobody();
    if (at->second.record.state != PersonState::suspended)
        return fail(ErrorCode::refused, "person: only somebody suspended can be reinstated");
    return act(StatementType::reinstate, Target::person, id.bytes, by);
}

Status LocalStore::return_card(const CardId& id, const Actor& by) {
    const auto at = view().cards.find(id);
    if (at == view().cards.end()) return fail(ErrorCode::not_found, "card: nothing is enrolled under this id");
    if (at->second.record.state == CardState::returned) return {};
    return act(StatementType::returned, Target::card, id.bytes, by);
}

}  // namespace sekimori::daemon
