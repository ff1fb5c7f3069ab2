// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/describe.hpp"

#include <algorithm>

namespace sekimori::daemon {
namespace {

template <class Record>
Result<Record> read(const Keys& keys, const BlobSource& source, BlobKind kind, const PersonId& person,
                    const Hash& hash) {
    const auto bytes = load_blob(source, keys, {kind, person, person.bytes}, hash);
    auto record = bytes ? decode_tlv<Record>(bytes->span()) : Result<Record>(tl::unexpected<Error>(bytes.error()));
    if (!record)
        return fail(ErrorCode::corrupt, "ledger: the names of person " + person.hex() + ": " + record.error().message);
    return record;
}

template <class Body>
Result<std::optional<BlobOf>> of_body(const Statement& statement, BlobKind kind) {
    const auto body = decode_tlv<Body>(statement.body);
    if (!body) return tl::unexpected<Error>(body.error());
    return BlobOf{kind, body->person, statement.subject};
}

Status describe(Ledger& ledger, const Keys& keys, const BlobSource& source, const PersonId& id,
                const PersonEntry& person) {
    if (person.record.state == PersonState::gone) return {};
    const auto names = read<PersonBlob>(keys, source, BlobKind::person, id, person.blob);
    if (!names) return tl::unexpected<Error>(names.error());
    ledger.describe(id, *names);
    for (const AccountEntry& account : person.accounts) {
        const auto record = read<AccountBlob>(keys, source, BlobKind::account, id, account.blob);
        if (!record) return tl::unexpected<Error>(record.error());
        ledger.describe(id, account.blob, *record);
    }
    for (const DetailsEntry& details : person.details) {
        const auto record = read<DetailsBlob>(keys, source, BlobKind::details, id, details.blob);
        if (!record) return tl::unexpected<Error>(record.error());
        ledger.describe(id, details.blob, *record);
    }
    return {};
}

}  // namespace

Status describe(Ledger& ledger, const Keys& keys, const BlobSource& source) {
    const auto persons = ledger.view().persons;
    for (const auto& [id, person] : persons)
        if (auto named = describe(ledger, keys, source, id, person); !named) return named;
    return {};
}

Status describe(Ledger& ledger, const Keys& keys, const BlobSource& source, const PersonId& id) {
    const auto at = ledger.view().persons.find(id);
    if (at == ledger.view().persons.end()) return {};
    const PersonEntry person = at->second;
    return describe(ledger, keys, source, id, person);
}

bool lacks_names(const PersonEntry& person) {
    if (person.record.state == PersonState::gone) return false;
    const auto blank = [](const DetailsEntry& one) {
        return one.record.staff_number.empty() && one.record.name.empty() && one.record.section.empty();
    };
    return person.record.login.empty() || std::ranges::any_of(person.details, blank) ||
           std::ranges::any_of(person.accounts, [](const AccountEntry& one) { return one.record.name.empty(); });
}

Status describe_if_there(Ledger& ledger, const Keys& keys, const BlobSource& source, const PersonId& id) {
    const auto at = ledger.view().persons.find(id);
    if (at == ledger.view().persons.end()) return {};
    const auto missing = [](const auto& read) { return !read && read.error().code == ErrorCode::not_found; };
    const PersonEntry person = at->second;
    if (missing(source.person_key(id)) || missing(source.blob(person.blob))) return {};
    for (const AccountEntry& account : person.accounts)
        if (missing(source.blob(account.blob))) return {};
    for (const DetailsEntry& details : person.details)
        if (missing(source.blob(details.blob))) return {};
    return describe(ledger, keys, source, id, person);
}

Result<std::optional<BlobOf>> blob_of(const Statement& statement) {
    if (statement.blob == Hash{}) return std::nullopt;
    const PersonId person{statement.subject};
    if (statement.type == StatementType::person) return BlobOf{BlobKind::person, person, statement.subject};
    if (statement.type == StatementType::account) return BlobOf{BlobKind::account, person, statement.subject};
    if (statement.type == StatementType::details) return BlobOf{BlobKind::details, person, statement.subject};
    if (statement.type == StatementType::media) return BlobOf{BlobKind::media, person, statement.subject};
    if (statement.type == StatementType::card) return of_body<CardBody>(statement, BlobKind::card);
    if (statement.type == StatementType::finger) return of_body<FingerBody>(statement, BlobKind::finger);
    if (statement.type == StatementType::secret || statement.type == StatementType::break_glass)
        return BlobOf{BlobKind::secret, person, statement.subject};
    if (statement.type == StatementType::exemption) return BlobOf{BlobKind::exemption, person, statement.subject};
    return fail(ErrorCode::malformed, "statement: its type has no blob");
}

}  // namespace sekimori::daemon
