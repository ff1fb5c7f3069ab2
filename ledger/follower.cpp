// SPDX-License-Identifier: Apache-2.0
#include "ledger/follower.hpp"

#include <algorithm>

#include "ledger/delegation.hpp"

namespace sekimori {

Result<Follower::HeardDenial> Follower::hear(const SignedStatement& statement) {
    if (!denies(statement.type)) return fail(ErrorCode::refused, "fleet: only a denial is heard without an entry");
    auto opened = open_authored(statement, chain_.ledger.placed(), root_.ledger, chain_.head.time);
    if (!opened) return tl::unexpected<Error>(opened.error());
    const Hash hash = statement.hash();
    const bool known = chain_.ledger.entered(hash) || chain_.ledger.waits(hash);
    const auto& waiting = chain_.ledger.pending();
    const auto of_it = [&](const Ledger::Waiting& one) { return one.statement.key == opened->key; };
    if (!known && (waiting.size() >= kMostWaiting ||
                   static_cast<std::size_t>(std::ranges::count_if(waiting, of_it)) >= kMostWaitingOfOne))
        return fail(ErrorCode::full, "fleet: too many denials wait for their entries");
    if (auto heard = chain_.ledger.hear(*opened, hash); !heard) return tl::unexpected<Error>(heard.error());
    return HeardDenial{{statement, std::move(*opened)}, known ? News::known : News::fresh};
}

// Where an entry says it belongs, before anything of it is verified: only to tell why it can't be taken.
Status Follower::judge_place(const Link& link) const {
    const auto claimed = decode_tlv<Entry>(link.entry.bytes);
    if (!claimed) return tl::unexpected<Error>(claimed.error());
    if (claimed->seq == 0) return fail(ErrorCode::corrupt, "fleet: an entry without a place");
    if (claimed->seq > chain_.head.seq + 1) return fail(ErrorCode::gone, "fleet: entries are missing before it");
    if (claimed->seq == chain_.head.seq + 1) return {};
    if (chain_.hashes[claimed->seq - 1] == link.entry.hash())
        return fail(ErrorCode::exists, "fleet: the entry is there");
    // Only a signature makes it a fork; anybody can write down a number.
    if (auto good = check_entry(link.entry, chain_.ledger.placed().fleet.sequencer, root_.ledger); !good)
        return fail(ErrorCode::corrupt, "fleet: no entry of the sequencer's");
    return fail(ErrorCode::mismatch,
                "fleet: the sequencer gave the place of entry " + std::to_string(claimed->seq) + " to two statements");
}

Result<Follower::TakenEntry> Follower::take(const Link& link) {
    if (auto place = judge_place(link); !place) return tl::unexpected<Error>(place.error());
    auto statement = decode_tlv<Statement>(link.statement.bytes);
    if (!statement) return tl::unexpected<Error>(statement.error());
    const bool pending = chain_.ledger.waits(link.statement.hash());
    // Verifies it all; the statement that was decoded above is the one that it verifies.
    if (auto extended = extend(chain_, root_, link); !extended) return tl::unexpected<Error>(extended.error());
    return TakenEntry{{link.statement, std::move(*statement)}, pending ? News::known : News::fresh};
}

Result<Beat> Follower::open_beat(const SignedRecord& sealed) const {
    const Sequencer& sequencer = chain_.ledger.placed().fleet.sequencer;
    const auto beat = open_record<Heartbeat>(sealed, sequencer.key, root_.ledger);
    if (!beat) return tl::unexpected<Error>(beat.error());
    if (beat->epoch != sequencer.epoch) return fail(ErrorCode::mismatch, "fleet: a heartbeat of another epoch");
    constexpr std::uint64_t kMost = std::uint64_t{1} << 52;  // of a sum of two there is still no end in sight
    if (beat->time > kMost) return fail(ErrorCode::malformed, "fleet: a heartbeat out of time");
    return Beat{beat->seq, beat->hash, Millis{static_cast<Millis::rep>(beat->time)}};
}

Holds Follower::holds(const Beat& beat) const {
    if (beat.seq > chain_.head.seq) return Holds::no;
    if (beat.seq == 0) return Holds::another;
    return chain_.hashes[beat.seq - 1] == beat.hash ? Holds::yes : Holds::another;
}

Result<Acknowledgement> Follower::open_ack(const SignedRecord& sealed) const {
    // Whose it says it is chooses the key; the signature then says whether that is so.
    const auto claimed = decode_tlv<Acknowledgement>(sealed.bytes);
    if (!claimed) return tl::unexpected<Error>(claimed.error());
    const auto at = view().fleet.terminals.find(claimed->terminal);
    if (at == view().fleet.terminals.end()) return fail(ErrorCode::mismatch, "fleet: nobody knows the terminal");
    return open_record<Acknowledgement>(sealed, at->second.sign, root_.ledger);
}

}  // namespace sekimori
