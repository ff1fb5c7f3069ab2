// SPDX-License-Identifier: Apache-2.0
// Denials: first in memory, then durable in the reserve, then in the chain. Each step stands when the next one fails.
#include <algorithm>

#include "daemon/store/local_store.hpp"
#include "ledger/view_index.hpp"

namespace sekimori::daemon {

// Of a fleet's terminal a part of the reserve is for what is said here, and no other author has more of the rest than
// may wait of theirs: a flood of one's keeps nobody else's denial from being durable before its entry.
void LocalStore::harden(Pending& one) {
    if (one.slot || one.denial.sealed.signatures.empty()) return;
    const KeyId& author = one.denial.statement.key;
    const KeyId mine = key_id(parts_.keys.author.public_key());
    if (author != mine) {
        std::size_t others = unread_.size();
        std::size_t theirs = 0;
        for (const Pending& held : pending_) {
            if (!held.slot || held.denial.statement.key == mine) continue;
            ++others;
            if (held.denial.statement.key == author) ++theirs;
        }
        if (others >= Reserve::kSlots - Reserve::kOwn || theirs >= kMostWaitingOfOne) return;
    }
    if (auto slot = parts_.reserve.append(one.denial.sealed)) one.slot = *slot;
}

// What is denied whatever becomes of other authors' words that have no entry: those may never get one, and are
// forgotten when their authors go.
View LocalStore::certain() const {
    View sure = parts_.chain.ledger.placed();
    for (const Pending& one : pending_)
        if (said_here(one)) (void)apply(sure, one.denial.statement);
    return sure;
}

// `said`: it is to be said here, since nothing that is certain says it. `Denied::changed` is what counted before.
template <class Body>
Result<Store::Denied> LocalStore::say_denied(StatementType type, Said said, const Body& body, ByteSpan subject) {
    if (said == Said::anew) {
        Pending pending;
        auto encoded = encode_tlv_plain(body);
        Body bare = body;
        bare.by.where.clear();  // a text that cannot be encoded must not save a card
        if (!encoded) encoded = encode_tlv_plain(bare);
        auto denial = author(type, subject, encoded);
        if (!denial && denial.error().code == ErrorCode::refused) return tl::unexpected<Error>(denial.error());
        if (denial) {
            pending.denial = std::move(*denial);
            pending.hash = pending.denial.sealed.hash();
        } else {
            // No random id or no signature: it holds in memory, under an id of its own content, and is told as such.
            Statement& statement = pending.denial.statement;
            statement.type = type;
            statement.key = key_id(parts_.keys.author.public_key());
            std::copy(subject.begin(), subject.end(), statement.subject.begin());
            if (encoded) statement.body = *encoded;
            const auto number = static_cast<std::uint8_t>(type);
            pending.hash =
                crypto::sha256({ByteSpan(&number, 1), ByteSpan(statement.subject), ByteSpan(statement.body)});
            std::copy_n(pending.hash.begin(), statement.id.bytes.size(), statement.id.bytes.begin());
        }
        if (auto heard = parts_.chain.ledger.hear(pending.denial.statement, pending.hash); !heard)
            return tl::unexpected<Error>(heard.error());
        pending_.push_back(std::move(pending));
    }
    bool durable = true;
    for (Pending& one : pending_) {  // also an earlier one that could not be written then
        harden(one);
        if (said_here(one)) durable = durable && one.slot.has_value();
    }
    const bool placed = fold().has_value();
    return Denied{said == Said::anew, placed || durable};
}

Result<Store::Denied> LocalStore::deny(StatementType type, const ActBody& body, ByteSpan subject) {
    const auto stops = [&](const View& in) {
        return changes(in, type, body.target, subject, body.key ? &*body.key : nullptr);
    };
    const bool changed = stops(view());
    const Said said = stops(certain()) ? Said::anew : Said::before;
    if (said == Said::anew && type == StatementType::suspend && suspends_again_at())
        return fail(ErrorCode::refused, "fleet: this help desk has suspended as often as it may; later again");
    auto denied = say_denied(type, said, body, subject);
    if (denied) denied->changed = changed;
    return denied;
}

Result<Store::Denied> LocalStore::revoke_card(const CardId& id, DenyReason reason, const Denier& by) {
    return deny(StatementType::revoke, {Target::card, std::nullopt, reason, {by.person, by.where}}, id.bytes);
}

Result<Store::Denied> LocalStore::suspend_card(const CardId& id, const Denier& by) {
    return deny(StatementType::suspend, {Target::card, std::nullopt, DenyReason::none, {by.person, by.where}},
                id.bytes);
}

Result<Store::Denied> LocalStore::revoke_key(const CardKey& key, DenyReason reason, const Denier& by) {
    return deny(StatementType::revoke, {Target::key, key, reason, {by.person, by.where}}, CardId{}.bytes);
}

Result<Store::Denied> LocalStore::suspend_person(const PersonId& id, const Denier& by) {
    return deny(StatementType::suspend, {Target::person, std::nullopt, DenyReason::none, {by.person, by.where}},
                id.bytes);
}

Result<Store::Denied> LocalStore::withdraw(const StatementId& id, Withdrawal why, const Denier& by) {
    const WithdrawBody body{why == Withdrawal::used ? WithdrawReason::used : WithdrawReason::withdrawn,
                            {by.person, by.where, by.second}};
    const bool changed = withdraws(view(), id);
    auto denied =
        say_denied(StatementType::withdraw, withdraws(certain(), id) ? Said::anew : Said::before, body, id.bytes);
    if (denied) denied->changed = changed;
    if (denied && denied->durable) (void)sweep();  // its hash is of no use to anybody
    return denied;
}

// The denial first; then the person's key and blobs are destroyed. What a full disk or a crash prevents is made up for
// at the next start.
Result<Deletion> LocalStore::remove_person(const PersonId& id, const Actor& by) {
    const auto at = view().persons.find(id);
    if (at == view().persons.end()) return fail(ErrorCode::not_found, "person: nobody has this id");
    Deletion deletion;
    const BlobSource source = tables(*parts_.database);
    std::set<Hash> before = blobs_of(view(), id);
    std::erase_if(before, [&](const Hash& hash) { return !source.blob(hash); });  // of a code that was over
    deletion.accounts = at->second.accounts.size();
    deletion.cards = belongings<CardId>(view(), id, BelongingKind::card).size();
    deletion.fingers = belongings<FingerId>(view(), id, BelongingKind::finger).size();
    deletion.secrets = belongings<StatementId>(view(), id, BelongingKind::secret).size();
    deletion.exemptions = belongings<StatementId>(view(), id, BelongingKind::exemption).size();
    const auto denied =
        deny(StatementType::offboard,
             {Target::person, std::nullopt, DenyReason::left, {by.person, by.where, by.second}}, id.bytes);
    if (!denied) return tl::unexpected<Error>(denied.error());
    if (!denied->durable) return fail(ErrorCode::io, "person: the removal holds until the next start only");
    if (auto destroyed = destroy(before, {id}); !destroyed) return tl::unexpected<Error>(destroyed.error());
    deletion.seq = parts_.chain.head.seq;
    deletion.hash = to_hex(parts_.chain.head.hash);
    // Asked of the tables, and not of what was meant to be done.
    const std::set<Hash> after = blobs_of(view(), id);
    for (const Hash& hash : before) {
        if (after.contains(hash)) continue;
        if (source.blob(hash))
            ++deletion.left;
        else
            ++deletion.blobs;
    }
    if (source.person_key(id)) ++deletion.left;
    return deletion;
}

}  // namespace sekimori::daemon
