// SPDX-License-Identifier: Apache-2.0
// What the agent brings, and what takes effect of it.
#include <algorithm>

#include "daemon/fleet/fleet.hpp"
#include "daemon/media/media_server.hpp"
#include "daemon/session/sessions.hpp"
#include "event/log.hpp"
#include "ledger/bodies.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kPatienceMost = std::chrono::minutes{1};
constexpr Millis kBehind{30'000};  // so long may heartbeats be ahead of entries: three of them

void append(std::vector<std::string>& to, std::vector<std::string> more) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

// ---- denials

void Fleet::on_denial(const wire::DenialHeard& heard) {
    const auto denial = store()->hear(heard.statement);
    // Anybody in the fleet can have anything notified. What is somebody's whose delegation has not come yet comes again
    // with its entry.
    if (!denial) return complain("what was notified is no denial: " + denial.error().message);
    if (acknowledged_.contains(denial->hash)) return;
    acknowledge(denial->hash, apply(denial->statement));
}

// In force in the store already: what runs with it ends. Repeating it changes nothing.
Fleet::Effect Fleet::apply(const Statement& denial) {
    Effect effect{AckOutcome::applied, {}, {}};
    if (denial.type == StatementType::revoke_terminal) {
        if (TerminalId{denial.subject} == broker_.terminal) revoked();
        return effect;
    }
    if (denial.type == StatementType::withdraw) {
        // A break-glass ticket that was used did its work: the session that it opened has an end of its own.
        const StatementId id{denial.subject};
        const auto body = decode_tlv<WithdrawBody>(denial.body);
        const auto tickets = broker_.store.break_glass();
        const bool spent = body && body->why == WithdrawReason::used &&
                           std::ranges::any_of(tickets, [&](const auto& ticket) { return ticket.id == id; });
        if (!spent) broker_.withdrawn(id);
        media_changed_ = true;
        settle_soon();
        return effect;
    }
    const auto body = decode_tlv<ActBody>(denial.body);
    if (!body) return effect;
    // Not an act of this terminal's own.
    Fleet* const self = std::exchange(broker_.fleet, nullptr);
    if (body->target == Target::person) {
        const PersonId person{denial.subject};
        if (broker_.store.person(person)) effect.outcome = AckOutcome::refused;
        append(effect.sessions, broker_.denied(person, std::nullopt));
    } else {
        std::optional<CardKey> key = body->target == Target::key ? body->key : std::nullopt;
        const CardId id{denial.subject};
        if (const auto card = broker_.store.card(id); card && !key && denial.type == StatementType::revoke)
            key = card->key;  // the card is lost, under whatever id
        if (body->target == Target::card) append(effect.sessions, broker_.denied(std::nullopt, id));
        for (const CardRecord& card : broker_.store.cards()) {
            if (card.id != id && (!key || card.key != *key)) continue;
            effect.outcome = AckOutcome::refused;
            if (card.id != id) append(effect.sessions, broker_.denied(std::nullopt, card.id));
        }
    }
    broker_.fleet = self;
    return effect;
}

void Fleet::end_everything(std::vector<std::string>& ended) {
    if (broker_.sessions == nullptr) return;
    Fleet* const self = std::exchange(broker_.fleet, nullptr);
    for (const auto& session : broker_.sessions->list())
        append(ended, broker_.denied(session.bound.person, session.bound.card));
    broker_.fleet = self;
}

// This terminal is out: it opens nothing (Store::opens), what is open ends, and its keys are destroyed.
void Fleet::revoked() {
    if (mine_ == Mine::revoked) return;
    mine_ = Mine::revoked;
    log_error("fleet: this terminal was revoked: it opens nothing any more");
    if (auto forgotten = store()->forget_keys(); !forgotten)
        log_error("fleet: its keys could not be destroyed: {}", forgotten.error().message);
    std::vector<std::string> ended;
    end_everything(ended);
    const AuditEvent event{"fleet.revoked", "", "", std::nullopt, std::nullopt, std::nullopt, true, "keys destroyed"};
    if (const auto stored = broker_.store.append(event); !stored)
        log_error("fleet.revoked could not be recorded: {}", stored.error().message);
    send_state();
}

// A card that came back opens nothing, and holds nothing open: as at the terminal where it was taken back.
void Fleet::returned(const CardId& card) {
    Fleet* const self = std::exchange(broker_.fleet, nullptr);
    (void)broker_.denied(std::nullopt, card);
    broker_.fleet = self;
}

// ---- entries

void Fleet::on_entry(const wire::EntryCame& came) {
    if (taking_ == Taking::denials_only) return;
    auto placed = store()->take(came.entry, came.statement);
    if (!placed) {
        if (placed.error().code == ErrorCode::exists) return;  // repeated
        return refuse_entries(placed.error());
    }
    patience_ = Millis{0};
    behind_.reset();
    const Statement& statement = placed->statement;
    if (placed->ours) placed_.push_back(placed->hash);
    if (denies(statement.type)) {
        Effect effect = apply(statement);
        effect.placed = Millis{static_cast<Millis::rep>(store()->facts().head.time)};
        if (const auto at = receipts_.find(placed->hash); at != receipts_.end())
            at->second.receipt.placed = effect.placed;
        // Of what was before it came here it has nothing to say.
        if (store()->fleet_view().terminals.contains(broker_.terminal))
            fresh_.emplace_back(placed->hash, std::move(effect));
    }
    if (statement.type == StatementType::returned) returned(CardId{statement.subject});
    if (statement.type == StatementType::secret) broker_.code_given(PersonId{statement.subject});
    media_changed_ = media_changed_ || statement.type == StatementType::media;
    settle_soon();
}

// Entries are of no use any more on this connection; denials are heard all the same. The next one begins at the head
// that is here, after a while: a server that lies is not asked a thousand times a second.
void Fleet::refuse_entries(const Error& error) {
    note(error.code == ErrorCode::mismatch ? Trouble::fork : Trouble::bad_entry, error.message);
    taking_ = Taking::denials_only;
    patience_ = std::clamp(patience_ * 2, Millis{1000}, kPatienceMost);
    cut_ = after(patience_, [this] { agent_.cut_soon(); });
}

void Fleet::settle_soon() {
    if (!settle_) settle_ = soon([this] { settle(); });
}

// What came in one go is on disk, and then told of.
void Fleet::settle() {
    settle_.reset();
    FleetStore* const fleet = store();
    if (fleet == nullptr) return;
    if (auto saved = fleet->save(); !saved) {
        complain("what came could not be written: " + saved.error().message);
        return go_on_all();  // a denial among it has space of its own
    }
    broker_.refresh_policy();
    if (std::exchange(media_changed_, false) && broker_.media != nullptr) broker_.media->changed();
    for (const Hash& hash : std::exchange(placed_, {})) tell_placed(hash, {});
    for (auto& [hash, effect] : std::exchange(fresh_, {})) acknowledge(hash, std::move(effect));
    go_on_all();
    if (joining_ != nullptr) joining_->look();
    pump_soon();
}

// ---- blobs, keys, heartbeats

void Fleet::on_blob(const wire::BlobCame& came) {
    if (auto taken = store()->take_blob(came.hash, came.sealed); !taken)
        return complain("a blob is not taken: " + taken.error().message);
    settle_soon();
}

void Fleet::on_person_key(const wire::PersonKeyCame& came) {
    if (auto taken = store()->take_person_key(came.person, came.group, came.generation, came.sealed); !taken)
        return complain("a person's key is not taken: " + taken.error().message);
    settle_soon();
}

void Fleet::on_group_key(const wire::GroupKeyCame& came) {
    if (auto taken = store()->take_group_key(came.record); !taken)
        complain("a group's key is not taken: " + taken.error().message);
}

void Fleet::on_beat(const wire::HeartbeatCame& came) {
    const auto heard = store()->take_beat(came.record);
    if (!heard) return complain("a heartbeat is not taken: " + heard.error().message);
    const Millis now = broker_.clock.now().boottime;
    const std::uint64_t head = broker_.store.head().seq;
    switch (*heard) {
        case Heard::taken:
            behind_.reset();
            if (joining_ != nullptr) joining_->look();
            return;
        case Heard::again:
            return;
        case Heard::waiting:
            if (!behind_ || behind_->first != head) behind_.emplace(head, now);
            if (now - behind_->second >= kBehind)
                note(Trouble::withheld, "the sequencer is ahead, and its entries do not come");
            return;
        case Heard::lower:
            return note(Trouble::lower_head,
                        "a heartbeat below one that was seen, or from a time to come: repeated, an older server, or a "
                        "clock that is wrong");
        case Heard::fork:
            return note(Trouble::fork, "a heartbeat of another chain than the one here");
    }
}

}  // namespace sekimori::daemon
