// SPDX-License-Identifier: Apache-2.0
// What stands in for a factor for a while: codes, passwords, exemptions, break-glass. Given by statements whose reasons
// and hashes lie in blobs under the person's key, so that they can be destroyed with it.
#include <algorithm>

#include "daemon/store/local_store.hpp"
#include "ledger/view_fallbacks.hpp"
#include "ledger/view_index.hpp"

namespace sekimori::daemon {
namespace {

By by_of(const Actor& by) { return {by.person, by.where, by.second}; }

template <class Entries>
auto records(const Entries& entries) {
    std::vector<decltype(entries.begin()->second.record)> all;
    all.reserve(entries.size());
    for (const auto& [id, entry] : entries) all.push_back(entry.record);
    std::ranges::sort(all, {}, [](const auto& record) { return record.issued_at; });
    return all;
}

}  // namespace

template <class Body, class Blob>
Result<StatementId> LocalStore::give(StatementType type, BlobKind kind, const PersonId& person, Millis until,
                                     const Body& body, const Blob& blob) {
    const auto at = view().persons.find(person);
    if (at == view().persons.end() || at->second.record.state == PersonState::gone)
        return fail(ErrorCode::not_found, "person: nobody has this id");
    const auto plain = encode_tlv(blob);
    if (!plain) return tl::unexpected<Error>(plain.error());
    auto sealed = seal({kind, person, person.bytes}, plain->span());
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    auto statement = author(type, person.bytes, encode_tlv_plain(body), sealed->hash, {}, until);
    if (!statement) return tl::unexpected<Error>(statement.error());
    const StatementId id = statement->statement.id;
    Batch batch;
    batch.blobs.push_back(std::move(*sealed));
    batch.statements.push_back(std::move(*statement));
    if (auto done = commit_grant(batch); !done) return tl::unexpected<Error>(done.error());
    (void)sweep();  // of what this one replaces
    return id;
}

Result<StatementId> LocalStore::give_secret(NewSecret secret, const Actor& by) {
    const bool code = secret.use == SecretUse::code;
    if (secret.hash.empty() || code == secret.handle.empty() || code == (secret.until == Millis{0}))
        return fail(ErrorCode::invalid_argument, "code: needs a hash, a handle and an end; a password has neither");
    return give(StatementType::secret, BlobKind::secret, secret.person, secret.until, SecretBody{secret.use, by_of(by)},
                SecretBlob{std::move(secret.handle), std::move(secret.hash), std::move(secret.reason)});
}

Result<StatementId> LocalStore::exempt(const PersonId& id, Millis until, std::string reason, const Actor& by) {
    if (until <= now().wall || reason.empty())
        return fail(ErrorCode::invalid_argument, "exemption: needs an end that is to come, and a reason");
    return give(StatementType::exemption, BlobKind::exemption, id, until, ExemptionBody{by_of(by)},
                ReasonBlob{std::move(reason)});
}

Result<StatementId> LocalStore::allow_break_glass(NewBreakGlass ticket, const Actor& by) {
    if (!two_administrators(view(), by_of(by), ticket.person))
        return fail(ErrorCode::refused, "break-glass: it takes two administrators other than the person");
    if (ticket.hash.empty() || ticket.handle.empty() || ticket.reason.empty() || ticket.until <= now().wall)
        return fail(ErrorCode::invalid_argument, "break-glass: needs a hash, a handle, a reason and an end to come");
    return give(StatementType::break_glass, BlobKind::secret, ticket.person, ticket.until,
                BreakGlassBody{ticket.terminal, by_of(by)},
                SecretBlob{std::move(ticket.handle), std::move(ticket.hash), std::move(ticket.reason)});
}

std::vector<SecretRecord> LocalStore::secrets() const { return records(view().secrets); }
std::vector<ExemptionRecord> LocalStore::exemptions() const { return records(view().exemptions); }
std::vector<BreakGlassRecord> LocalStore::break_glass() const { return records(view().break_glass); }

std::optional<SecretRecord> LocalStore::secret_of(const PersonId& id, SecretUse use) const {
    for (const auto& secret : belongings<StatementId>(view(), id, BelongingKind::secret))
        if (const SecretRecord& record = view().secrets.at(secret).record; record.use == use) return record;
    return std::nullopt;
}
std::optional<ExemptionRecord> LocalStore::exemption_of(const PersonId& id) const {
    const auto all = belongings<StatementId>(view(), id, BelongingKind::exemption);
    return all.empty() ? std::nullopt : std::optional(view().exemptions.at(all.front()).record);
}

Result<StoredSecret> LocalStore::secret_data(const StatementId& id) const {
    Hash hash{};
    PersonId person;
    if (const auto at = view().secrets.find(id); at != view().secrets.end()) {
        hash = at->second.blob;
        person = at->second.record.person;
    } else if (const auto ticket = view().break_glass.find(id);
               ticket != view().break_glass.end() && !ticket->second.record.used) {
        hash = ticket->second.blob;
        person = ticket->second.record.person;
    } else {
        return fail(ErrorCode::not_found, "code: nothing is in force under this id");
    }
    const auto bytes = load_blob(tables(*parts_.database), parts_.keys, {BlobKind::secret, person, person.bytes}, hash);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    auto blob = decode_tlv<SecretBlob>(bytes->span());
    if (!blob) return fail(ErrorCode::corrupt, blob.error().message);
    return StoredSecret{std::move(blob->handle), std::move(blob->hash), std::move(blob->reason)};
}

Result<std::string> LocalStore::exemption_reason(const StatementId& id) const {
    const auto at = view().exemptions.find(id);
    if (at == view().exemptions.end())
        return fail(ErrorCode::not_found, "exemption: nothing is in force under this id");
    const PersonId person = at->second.record.person;
    const auto bytes =
        load_blob(tables(*parts_.database), parts_.keys, {BlobKind::exemption, person, person.bytes}, at->second.blob);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    auto blob = decode_tlv<ReasonBlob>(bytes->span());
    if (!blob) return fail(ErrorCode::corrupt, blob.error().message);
    return std::move(blob->reason);
}

}  // namespace sekimori::daemon
