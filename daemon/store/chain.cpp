// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/chain.hpp"

#include <algorithm>

namespace sekimori::daemon {
namespace {

constexpr std::string_view kHeadName = "head";

struct HeadRecord {
    std::uint64_t seq{};
    Hash hash{};
    static constexpr auto kFields = std::tuple{field<1>(&HeadRecord::seq), field<2>(&HeadRecord::hash)};
};

tl::unexpected<Error> corrupt_at(std::uint64_t seq, const std::string& why) {
    return fail(ErrorCode::corrupt, "ledger: entry " + std::to_string(seq) + ": " + why);
}

Status check_authority(const Statement& statement, const Keys& keys) {
    if (statement.type != StatementType::authority)
        return fail(ErrorCode::mismatch, "the first statement is no authority");
    const auto body = decode_tlv<AuthorityBody>(statement.body);
    if (!body) return tl::unexpected<Error>(body.error());
    if (body->author != keys.author.public_key() || body->sequencer != keys.sequencer.public_key())
        return fail(ErrorCode::mismatch, "the authority has other keys");
    return {};
}

}  // namespace

Status extend(Chain& chain, const Keys& keys, const Link& link) {
    const std::uint64_t seq = chain.head.seq + 1;
    const auto statement = open_statement(link.statement, keys.author.public_key(), keys.ledger);
    if (!statement) return corrupt_at(seq, statement.error().message);
    const auto entry =
        open_entry(link.entry, keys.sequencer.public_key(), keys.ledger, chain.head, link.statement.hash());
    if (!entry) return corrupt_at(seq, entry.error().message);
    if ((seq == 1) != (statement->type == StatementType::authority)) return corrupt_at(seq, "authority out of place");
    if (seq == 1)
        if (auto good = check_authority(*statement, keys); !good) return corrupt_at(seq, good.error().message);
    if (auto entered = chain.ledger.enter(*statement); !entered) return corrupt_at(seq, entered.error().message);
    chain.head = {seq, link.entry.hash(), entry->time};
    chain.hashes.push_back(chain.head.hash);
    return {};
}

Result<Chain> verify_chain(const Keys& keys, const std::vector<Link>& links) {
    Chain chain;
    for (const Link& link : links)
        if (auto extended = extend(chain, keys, link); !extended) return tl::unexpected<Error>(extended.error());
    if (chain.head.seq == 0) return fail(ErrorCode::corrupt, "ledger: empty");
    return chain;
}

Result<std::vector<Link>> load_links(const Database& database) {
    Query query = database.query(
        "SELECT e.seq, e.signed, s.signed FROM entries e LEFT JOIN statements s ON s.hash=e.statement ORDER BY e.seq");
    std::vector<Link> links;
    for (;;) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return links;
        const std::uint64_t seq = links.size() + 1;
        if (query.integer(0) != static_cast<std::int64_t>(seq)) return corrupt_at(seq, "missing");
        auto entry = decode_tlv<SignedEntry>(query.blob(1));
        if (!entry) return corrupt_at(seq, entry.error().message);
        auto statement = decode_tlv<SignedStatement>(query.blob(2));
        if (!statement) return corrupt_at(seq, "its statement: " + statement.error().message);
        links.push_back({std::move(*entry), std::move(*statement)});
    }
}

Status insert_link(const Database& database, std::uint64_t seq, const Link& link) {
    const auto statement = encode_tlv_plain(link.statement);
    if (!statement) return tl::unexpected<Error>(statement.error());
    const auto entry = encode_tlv_plain(link.entry);
    if (!entry) return tl::unexpected<Error>(entry.error());
    const Hash hash = link.statement.hash();
    if (auto put = database.query("INSERT INTO statements(hash, signed) VALUES(?, ?)")
                       .bind(ByteSpan(hash))
                       .bind(ByteSpan(*statement))
                       .run();
        !put)
        return put;
    return database.query("INSERT INTO entries(seq, statement, signed) VALUES(?, ?, ?)")
        .bind(static_cast<std::int64_t>(seq))
        .bind(ByteSpan(hash))
        .bind(ByteSpan(*entry))
        .run();
}

Result<Link> make_link(const ChainHead& head, const Keys& keys, SignedStatement statement, Millis now) {
    Entry entry;
    entry.ledger = keys.ledger;
    entry.seq = head.seq + 1;
    entry.previous = head.hash;
    entry.statement = statement.hash();
    entry.time = std::max(head.time, static_cast<std::uint64_t>(std::max<Millis::rep>(now.count(), 0)));
    auto sealed = sign_entry(entry, keys.sequencer);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return Link{std::move(*sealed), std::move(statement)};
}

Result<SignedStatement> authority_statement(const Keys& keys, Millis now, Rng& rng) {
    const auto id = rng.draw<StatementId>();
    if (!id) return tl::unexpected<Error>(id.error());
    auto body = encode_tlv_plain(AuthorityBody{keys.author.public_key(), keys.sequencer.public_key()});
    if (!body) return tl::unexpected<Error>(body.error());
    Statement statement;
    statement.ledger = keys.ledger;
    statement.id = *id;
    statement.key = key_id(keys.author.public_key());
    statement.type = StatementType::authority;
    statement.issued_at = statement.effective_at = static_cast<std::uint64_t>(now.count());
    statement.body = std::move(*body);
    return sign_statement(statement, keys.author);
}

Status put_head(const Database& database, const Sealer& sealer, const ChainHead& head, Rng& rng) {
    const auto bytes = encode_tlv(HeadRecord{head.seq, head.hash});
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return sealer.put(database, kHeadName, bytes->span(), rng);
}

Status check_head(const Database& database, const Sealer& sealer, const ChainHead& head) {
    const auto bytes = sealer.get(database, kHeadName);
    if (!bytes) return fail(ErrorCode::corrupt, "ledger: its sealed head does not open");
    const auto record = decode_tlv<HeadRecord>(bytes->span());
    if (!record) return fail(ErrorCode::corrupt, "ledger: its sealed head does not parse");
    if (record->seq != head.seq || record->hash != head.hash)
        return corrupt_at(std::min(record->seq, head.seq) + 1, "the chain ends at another place than its sealed head");
    return {};
}

}  // namespace sekimori::daemon
