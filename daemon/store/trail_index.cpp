// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/trail_index.hpp"

#include <algorithm>

namespace sekimori::daemon {
namespace {

constexpr crypto::Label kFind("sekimori audit find 1");

// The numbers are for ever: they stand in the keys on disk.
enum class Kind : std::uint8_t { person = 1, card = 2, what = 3, service = 4, where = 5, reason = 6, failure = 7 };

FindKey key_of(Kind kind, ByteSpan value) {
    const std::array number{static_cast<std::uint8_t>(kind)};
    const Hash hash = crypto::sha256({kFind.bytes(), number, value});
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < 8; ++i) key = (key << 8) | hash[i];
    return static_cast<FindKey>(key);
}
FindKey key_of(Kind kind, std::string_view text) { return key_of(kind, crypto::bytes_of(text)); }

std::string_view group_of(std::string_view what) { return what.substr(0, what.find('.')); }

}  // namespace

std::vector<FindKey> keys_of(const TrailRecord& record) {
    std::vector<FindKey> keys{key_of(Kind::what, record.what), key_of(Kind::what, group_of(record.what))};
    for (const auto& person : {record.who, record.subject})
        if (person) keys.push_back(key_of(Kind::person, person->bytes));
    if (record.card) keys.push_back(key_of(Kind::card, record.card->bytes));
    if (!record.service.empty()) keys.push_back(key_of(Kind::service, record.service));
    if (!record.where.empty()) keys.push_back(key_of(Kind::where, record.where));
    if (!record.reason.empty()) keys.push_back(key_of(Kind::reason, record.reason));
    if (record.success != 1) keys.push_back(key_of(Kind::failure, std::string_view{}));
    std::ranges::sort(keys);
    keys.erase(std::ranges::unique(keys).begin(), keys.end());
    return keys;
}

std::vector<FindKey> keys_of(const AuditFilter& filter) {
    std::vector<FindKey> keys;
    if (filter.person) keys.push_back(key_of(Kind::person, filter.person->bytes));
    if (filter.card) keys.push_back(key_of(Kind::card, filter.card->bytes));
    if (filter.what) keys.push_back(key_of(Kind::what, *filter.what));
    if (filter.service) keys.push_back(key_of(Kind::service, *filter.service));
    if (filter.where) keys.push_back(key_of(Kind::where, *filter.where));
    if (filter.reason) keys.push_back(key_of(Kind::reason, *filter.reason));
    if (filter.success == false) keys.push_back(key_of(Kind::failure, std::string_view{}));
    return keys;
}

bool fits(const AuditFilter& filter, const AuditRow& row) {
    const AuditEvent& event = row.event;
    const auto same = [](const std::optional<std::string>& wanted, std::string_view has) {
        return !wanted || *wanted == has;
    };
    return (!filter.since || row.time.wall >= *filter.since) && (!filter.until || row.time.wall < *filter.until) &&
           (!filter.person || event.who == filter.person || event.subject == filter.person) &&
           (!filter.card || event.card == filter.card) && (!filter.success || event.success == *filter.success) &&
           (same(filter.what, event.what) || same(filter.what, group_of(event.what))) &&
           same(filter.service, event.service) && same(filter.where, event.where) && same(filter.reason, event.reason);
}

Status insert_keys(const Database& database, const TrailRecord& record) {
    Query query = database.query("INSERT OR IGNORE INTO audit_find(key, seq) VALUES(?, ?)");
    for (const FindKey key : keys_of(record)) {
        if (auto put = query.bind(key).bind(static_cast<std::int64_t>(record.seq)).run(); !put) return put;
        query.again();
    }
    return {};
}

Status delete_keys(const Database& database, const TrailRecord& record) {
    Query query = database.query("DELETE FROM audit_find WHERE key=? AND seq=?");
    for (const FindKey key : keys_of(record)) {
        if (auto gone = query.bind(key).bind(static_cast<std::int64_t>(record.seq)).run(); !gone) return gone;
        query.again();
    }
    return {};
}

Result<bool> has_keys(const Database& database, const TrailRecord& record) {
    Query query = database.query("SELECT 1 FROM audit_find WHERE key=? AND seq=?");
    for (const FindKey key : keys_of(record)) {
        const auto step = query.bind(key).bind(static_cast<std::int64_t>(record.seq)).step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return false;
        query.again();
    }
    return true;
}

Status index_old_rows(const Database& database) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    Query query = database.query("SELECT row FROM audit ORDER BY seq");
    for (;;) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) break;
        // One that does not parse is verify()'s business.
        if (const auto record = decode_tlv<TrailRecord>(query.blob(0)))
            if (auto put = insert_keys(database, *record); !put) return put;
    }
    return transaction->commit();
}

}  // namespace sekimori::daemon
