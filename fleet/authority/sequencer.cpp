// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/sequencer.hpp"

#include <algorithm>
#include <set>

#include "ledger/delegation.hpp"
#include "ledger/view_index.hpp"
#include "protocol/schema_fleet.hpp"

namespace sekimori::fleet {
namespace {

// What is placed and a broker can't be told would stop every terminal at that entry. One bound, for whoever makes,
// keeps or carries a statement; the server's schema has it as well (fleet/schema/007_statement.sql).
static_assert(3 + 4 + wire::kMaxSignedEntry + 4 + wire::kMaxStatement <= wire::kMaxMessage, "EntryCame");

// Whose data key seals what a statement brings.
PersonId person_of(const Statement& statement) {
    if (statement.type == StatementType::card)
        if (const auto body = decode_tlv<CardBody>(statement.body)) return body->person;
    if (statement.type == StatementType::finger)
        if (const auto body = decode_tlv<FingerBody>(statement.body)) return body->person;
    return PersonId{statement.subject};
}

// Whose terminals may have it: as the view will say once the person is in it. Nobody has anything of who is gone.
std::vector<GroupId> groups_of(const View& view, const Statement& statement, const TerminalEntry& author) {
    const PersonId person = person_of(statement);
    const auto denied = view.denied_persons.find(person);
    if (denied != view.denied_persons.end() && denied->second == PersonState::gone) return {};
    if (const auto at = view.persons.find(person); at != view.persons.end()) return at->second.groups;
    const auto body = decode_tlv<PersonBody>(statement.body);
    if (statement.type != StatementType::person || !body) return {};
    return body->groups.empty() ? std::vector{author.group} : body->groups;
}

// Blobs under their own hash, the one that the statement names; a data key of the person whom the statement is about.
// Whatever else is sent along would lie in somebody's place.
bool fits(const Material& material, const Statement& statement) {
    if (material.kind == MaterialKind::person_key)
        return statement.type == StatementType::person && std::ranges::equal(material.name, statement.subject) &&
               material.sealed.size() <= wire::kMaxSealedKey;
    const Hash hash = hash_of_blob(material.sealed);
    return hash == statement.blob && std::ranges::equal(material.name, hash) &&
           material.sealed.size() <= wire::kMaxSealedBlob;
}

// The sequencer can't open what is sealed: only the statement's author is believed in it, and for the person's groups.
// Whoever else sent the statement along would put a key of their own where the true one is missing.
bool may_bring(const Waiting& row, const Statement& statement, const View& view) {
    if (row.material.empty()) return true;
    const auto author = view.fleet.terminals.find(row.from);
    if (author == view.fleet.terminals.end() || key_id(author->second.sign) != statement.key) return false;
    const std::vector<GroupId> groups = groups_of(view, statement, author->second);
    return std::ranges::all_of(row.material, [&](const Material& one) {
        return fits(one, statement) && std::ranges::find(groups, one.group) != groups.end();
    });
}

// Of a statement that has its entry: what was destroyed since is not put back.
bool still_wanted(const Waiting& row, const Statement& statement, const View& view) {
    const auto person = view.persons.find(person_of(statement));
    if (person == view.persons.end() || person->second.record.state == PersonState::gone) return false;
    const std::set<Hash> used = blobs_of(view, person->first);
    return std::ranges::all_of(row.material, [&](const Material& one) {
        return one.kind == MaterialKind::person_key || used.contains(statement.blob);
    });
}

// After which a blob may be of no use any more.
bool leaves_blobs(StatementType type) {
    return type == StatementType::offboard || type == StatementType::revoke || type == StatementType::returned ||
           type == StatementType::finger || type == StatementType::person || type == StatementType::details ||
           type == StatementType::secret || type == StatementType::exemption || type == StatementType::withdraw;
}

}  // namespace

const crypto::SigningKey* Sequencer::key_of(const crypto::PublicKey& key) const noexcept {
    const auto at = std::ranges::find(keys_, key, [](const crypto::SigningKey& one) { return one.public_key(); });
    return at == keys_.end() ? nullptr : &*at;
}

Result<Link> Sequencer::next_link(const Statement& statement, SignedStatement sealed, Millis now) const {
    std::uint32_t epoch = view().fleet.sequencer.epoch;
    crypto::PublicKey wanted = view().fleet.sequencer.key;
    if (statement.type == StatementType::key_epoch) {
        // Its own entry is the first that the new key signs.
        const auto body = decode_tlv<KeyEpochBody>(statement.body);
        if (!body) return tl::unexpected<Error>(body.error());
        epoch = body->epoch;
        wanted = body->sequencer;
    }
    const crypto::SigningKey* key = key_of(wanted);
    if (key == nullptr) return fail(ErrorCode::not_found, "the sequencer's key that the chain names is not here");
    return make_link(chain_.head, Placing{root_.ledger, epoch, *key}, std::move(sealed), now);
}

Result<Placed> Sequencer::place(const std::vector<Waiting>& waiting, Millis now) {
    Placed placed;
    std::set<Hash> before;
    enum class Known : std::uint8_t { no, yes } known_before = Known::no;
    for (const Waiting& row : waiting) {
        const auto refuse = [&] { placed.refused.push_back(row.number); };
        if (row.signed_statement.size() > wire::kMaxStatement) {
            refuse();
            continue;
        }
        const auto sealed = decode_tlv<SignedStatement>(row.signed_statement);
        if (!sealed || sealed->hash() != row.hash) {
            refuse();
            continue;
        }
        // Whether it is still its author's to say is judged with its entry, by extend(): of a supplement it was.
        const auto statement = open_authored(*sealed, view(), root_.ledger, 0);
        if (!statement || !may_bring(row, *statement, view())) {
            refuse();
            continue;
        }
        if (chain_.ledger.entered(row.hash)) {
            if (row.material.empty() || still_wanted(row, *statement, view()))
                placed.supplements.push_back(row.number);
            else
                refuse();
            continue;
        }
        if (leaves_blobs(statement->type) && known_before == Known::no) {
            before = view().blobs_in_use();
            known_before = Known::yes;
        }
        auto link = next_link(*statement, *sealed, now);
        if (!link && statement->type != StatementType::key_epoch) return tl::unexpected<Error>(link.error());
        if (!link || !extend(chain_, root_, *link)) {
            refuse();
            continue;
        }
        if (statement->type == StatementType::offboard)
            placed.destroyed_persons.emplace_back(statement->subject.begin(), statement->subject.end());
        placed.links.push_back(std::move(*link));
        placed.numbers.push_back(row.number);
    }
    if (known_before == Known::yes) {
        const std::set<Hash> after = view().blobs_in_use();
        for (const Hash& hash : before)
            if (!after.contains(hash)) placed.destroyed_blobs.emplace_back(hash.begin(), hash.end());
    }
    return placed;
}

Result<Bytes> Sequencer::heartbeat(Millis now) const {
    const crypto::SigningKey* key = key_of(view().fleet.sequencer.key);
    if (key == nullptr) return fail(ErrorCode::not_found, "the sequencer's key that the chain names is not here");
    Heartbeat beat;
    beat.ledger = root_.ledger;
    beat.epoch = view().fleet.sequencer.epoch;
    beat.seq = chain_.head.seq;
    beat.hash = chain_.head.hash;
    beat.time = static_cast<std::uint64_t>(now.count());
    const auto sealed = sign_record(beat, signer_of(*key));
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return encode_tlv_plain(*sealed);
}

}  // namespace sekimori::fleet
