// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/chain.hpp"

#include <algorithm>
#include <limits>

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

}  // namespace

Status each_link(const Database& database, std::uint64_t seq, std::size_t most,
                 const std::function<Status(const StoredLink&)>& visit) {
    Query query = database.query(
        "SELECT e.seq, e.signed, s.signed FROM entries e LEFT JOIN statements s ON s.hash=e.statement WHERE e.seq>?"
        " ORDER BY e.seq LIMIT ?");
    query.bind(static_cast<std::int64_t>(seq)).bind(static_cast<std::int64_t>(most));
    for (;;) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return {};
        if (query.integer(0) != static_cast<std::int64_t>(++seq)) return corrupt_at(seq, "missing");
        if (auto visited = visit({seq, query.blob(1), query.blob(2)}); !visited) return visited;
    }
}

namespace {

constexpr std::size_t kAll = std::numeric_limits<std::int64_t>::max();

Result<Link> parse(const StoredLink& stored) {
    auto entry = decode_tlv<SignedEntry>(stored.entry);
    if (!entry) return corrupt_at(stored.seq, entry.error().message);
    auto statement = decode_tlv<SignedStatement>(stored.statement);
    if (!statement) return corrupt_at(stored.seq, "its statement: " + statement.error().message);
    return Link{std::move(*entry), std::move(*statement)};
}

}  // namespace

Result<std::vector<Link>> load_links(const Database& database) {
    std::vector<Link> links;
    const auto loaded = each_link(database, 0, kAll, [&](const StoredLink& stored) -> Status {
        auto link = parse(stored);
        if (!link) return tl::unexpected<Error>(link.error());
        links.push_back(std::move(*link));
        return {};
    });
    if (!loaded) return tl::unexpected<Error>(loaded.error());
    return links;
}

Result<Chain> verify_stored(const Database& database, const Root& root, Chain chain) {
    const auto verified = each_link(database, chain.head.seq, kAll, [&](const StoredLink& stored) -> Status {
        const auto link = parse(stored);
        if (!link) return tl::unexpected<Error>(link.error());
        return extend(chain, root, *link);
    });
    if (!verified) return tl::unexpected<Error>(verified.error());
    return chain;
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

Result<Keys> write_new_ledger(const Database& database, const Sealer& sealer, Millis now, Rng& rng) {
    auto keys = Keys::make(rng);
    if (!keys) return keys;
    const auto bytes = keys->encode();
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    auto authority = authority_statement(keys->root(), signer_of(keys->author), now, rng);
    if (!authority) return tl::unexpected<Error>(authority.error());
    Chain chain;
    const auto link = make_link(chain.head, keys->placing(), std::move(*authority), now);
    if (!link) return tl::unexpected<Error>(link.error());
    if (auto extended = extend(chain, keys->root(), *link); !extended) return tl::unexpected<Error>(extended.error());
    Status put = sealer.put(database, kKeysName, bytes->span(), rng);
    if (put) put = insert_link(database, 1, *link);
    if (put) put = put_head(database, sealer, chain.head, rng);
    if (!put) return tl::unexpected<Error>(put.error());
    return keys;
}

Status create_ledger(const Database& database, const Sealer& sealer, Millis now, Rng& rng) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    if (const auto made = write_new_ledger(database, sealer, now, rng); !made)
        return tl::unexpected<Error>(made.error());
    return transaction->commit();
}

}  // namespace sekimori::daemon
