// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain.hpp"

#include <algorithm>

#include "ledger/delegation.hpp"

namespace sekimori {
namespace {

tl::unexpected<Error> corrupt_at(std::uint64_t seq, const std::string& why) {
    return fail(ErrorCode::corrupt, "ledger: entry " + std::to_string(seq) + ": " + why);
}

Result<Statement> open_first(const SignedStatement& sealed, const Root& root) {
    auto statement = open_statement(sealed, root.author, root.ledger);
    if (!statement) return statement;
    if (statement->type != StatementType::authority)
        return fail(ErrorCode::mismatch, "the first statement is no authority");
    const auto body = decode_tlv<AuthorityBody>(statement->body);
    if (!body) return tl::unexpected<Error>(body.error());
    if (body->author != root.author || (root.sequencer && body->sequencer != *root.sequencer))
        return fail(ErrorCode::mismatch, "the authority has other keys");
    return statement;
}

// Whose signature the entry of this statement must have. The first of a key is the one that brings it.
Result<Sequencer> sequencer_of(const View& view, const Statement& statement) {
    if (statement.type == StatementType::authority) {
        const auto body = decode_tlv<AuthorityBody>(statement.body);
        if (!body) return tl::unexpected<Error>(body.error());
        return Sequencer{1, body->sequencer};
    }
    if (statement.type == StatementType::key_epoch) {
        const auto body = decode_tlv<KeyEpochBody>(statement.body);
        if (!body) return tl::unexpected<Error>(body.error());
        return Sequencer{body->epoch, body->sequencer};
    }
    return view.fleet.sequencer;
}

}  // namespace

Status extend(Chain& chain, const Root& root, const Link& link) {
    const std::uint64_t seq = chain.head.seq + 1;
    const View& placed = chain.ledger.placed();
    const auto statement = seq == 1 ? open_first(link.statement, root)
                                    : open_authored(link.statement, placed, root.ledger, chain.head.time);
    if (!statement) return corrupt_at(seq, statement.error().message);
    if ((seq == 1) != (statement->type == StatementType::authority)) return corrupt_at(seq, "authority out of place");
    const auto sequencer = sequencer_of(placed, *statement);
    if (!sequencer) return corrupt_at(seq, sequencer.error().message);
    const Hash hash = link.statement.hash();
    const auto entry = open_entry(link.entry, *sequencer, root.ledger, chain.head, hash);
    if (!entry) return corrupt_at(seq, entry.error().message);
    const std::uint64_t time = std::max(chain.head.time, entry->time);
    if (seq != 1)
        if (auto may = check_author(placed, *statement, time); !may) return corrupt_at(seq, may.error().message);
    if (auto entered = chain.ledger.enter(*statement, hash); !entered) return corrupt_at(seq, entered.error().message);
    chain.head = {seq, link.entry.hash(), time};
    chain.hashes.push_back(chain.head.hash);
    chain.ledger.note_time(*statement, Millis{static_cast<Millis::rep>(chain.head.time)});
    chain.ledger.forget([&](const Statement& one) { return !check_author(chain.ledger.placed(), one, time); });
    return {};
}

Result<Chain> verify_chain(const Root& root, const std::vector<Link>& links) {
    Chain chain;
    for (const Link& link : links)
        if (auto extended = extend(chain, root, link); !extended) return tl::unexpected<Error>(extended.error());
    if (chain.head.seq == 0) return fail(ErrorCode::corrupt, "ledger: empty");
    return chain;
}

Result<Link> make_link(const ChainHead& head, const Placing& placing, SignedStatement statement, Millis now) {
    Entry entry;
    entry.ledger = placing.ledger;
    entry.epoch = placing.epoch;
    entry.seq = head.seq + 1;
    entry.previous = head.hash;
    entry.statement = statement.hash();
    entry.time = std::max(head.time, static_cast<std::uint64_t>(std::max<Millis::rep>(now.count(), 0)));
    auto sealed = sign_entry(entry, placing.sequencer);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return Link{std::move(*sealed), std::move(statement)};
}

Result<SignedStatement> authority_statement(const Root& root, const Signer& author, Millis now, Rng& rng) {
    if (!root.sequencer) return fail(ErrorCode::invalid_argument, "authority: without a sequencer");
    const auto id = rng.draw<StatementId>();
    if (!id) return tl::unexpected<Error>(id.error());
    auto body = encode_tlv_plain(AuthorityBody{root.author, *root.sequencer});
    if (!body) return tl::unexpected<Error>(body.error());
    Statement statement;
    statement.ledger = root.ledger;
    statement.id = *id;
    statement.key = key_id(root.author);
    statement.type = StatementType::authority;
    statement.issued_at = statement.effective_at = static_cast<std::uint64_t>(now.count());
    statement.body = std::move(*body);
    return sign_statement(statement, author);
}

}  // namespace sekimori
