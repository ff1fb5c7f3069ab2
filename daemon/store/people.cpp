// SPDX-License-Identifier: Apache-2.0
// The writes about people: one by one, or thousands of an import in a few commits.
#include <algorithm>
#include <set>

#include "crypto/kdf.hpp"
#include "daemon/store/local_store.hpp"
#include "ledger/delegation.hpp"
#include "ledger/view_index.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::uint32_t kMaxFingers = 10;
constexpr std::size_t kMaxAccounts = 16;

By by_of(const Actor& by) { return {by.person, by.where}; }

AccountBlob blob_of_account(const AccountRecord& account) { return {account.name, account.scope, account.uid}; }

}  // namespace

// One statement about a person, with its blob.
Status LocalStore::state(People& people, StatementType type, const BlobOf& of, ByteSpan key,
                         const Result<SecureBytes>& blob, Result<Bytes> body, std::optional<Millis> from) const {
    if (!blob) return tl::unexpected<Error>(blob.error());
    auto sealed = seal_blob(key, parts_.keys.ledger, of, blob->span(), rng_);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    auto statement = author(type, of.subject, std::move(body), sealed->hash, from);
    if (!statement) return tl::unexpected<Error>(statement.error());
    people.batch.blobs.push_back(std::move(*sealed));
    people.batch.statements.push_back(std::move(*statement));
    return {};
}

Result<PersonId> LocalStore::prepare(People& people, const NewPerson& person,
                                     const std::optional<PersonDetails>& details, const Actor& by) const {
    if (person.login.empty() || person.accounts.empty() || person.accounts.size() > kMaxAccounts)
        return fail(ErrorCode::invalid_argument, "person: needs a login and 1 to 16 accounts");
    if (person.min_fingers == 0 || person.min_fingers > kMaxFingers ||
        (person.min_fingers < 2 && person.min_fingers_reason.empty()))
        return fail(ErrorCode::invalid_argument,
                    "person: fewer than two fingers need a reason, and none is not enough");
    const auto id = rng_.draw<PersonId>();
    if (!id) return tl::unexpected<Error>(id.error());
    SecureBytes key(crypto::kKeySize);
    if (key.size() != crypto::kKeySize) return fail(ErrorCode::internal, "store: out of memory");
    if (auto drawn = rng_.fill(key.span()); !drawn) return tl::unexpected<Error>(drawn.error());
    auto wrapped = wrap_person_key(parts_.keys.group.span(), parts_.keys.ledger, *id, key.span(), rng_);
    if (!wrapped) return tl::unexpected<Error>(wrapped.error());
    people.batch.person_keys.emplace_back(*id, std::move(*wrapped));

    const auto from = person.starts_at == Millis{0} ? std::nullopt : std::optional(person.starts_at);
    std::vector<GroupId> groups;
    if (parts_.keys.member) groups.push_back(parts_.keys.member->home);
    const PersonBlob names{person.login, person.name, person.min_fingers_reason};
    if (auto done =
            state(people, StatementType::person, {BlobKind::person, *id, id->bytes}, key.span(), encode_tlv(names),
                  encode_tlv_plain(PersonBody{person.role, person.min_fingers, std::move(groups), by_of(by)}), from);
        !done)
        return tl::unexpected<Error>(done.error());
    people.names.emplace_back(*id, names);
    for (const AccountRecord& account : person.accounts) {
        if (account.name.empty()) return fail(ErrorCode::invalid_argument, "person: an account without a name");
        const AccountBlob blob = blob_of_account(account);
        if (auto done = state(people, StatementType::account, {BlobKind::account, *id, id->bytes}, key.span(),
                              encode_tlv(blob), encode_tlv_plain(AccountBody{by_of(by)}), std::nullopt);
            !done)
            return tl::unexpected<Error>(done.error());
        people.accounts.emplace_back(*id, people.batch.blobs.back().hash, blob);
    }
    if (details)
        if (auto done = prepare(people, *id, key.span(), *details, by); !done)
            return tl::unexpected<Error>(done.error());
    return *id;
}

Status LocalStore::prepare(People& people, const PersonId& id, ByteSpan key, const PersonDetails& details,
                           const Actor& by) const {
    if (details.accounts.size() > kMaxAccounts) return fail(ErrorCode::invalid_argument, "person: too many accounts");
    DetailsBlob blob{details.staff_number,
                     details.name,
                     details.kana,
                     details.section,
                     details.employment,
                     {},
                     static_cast<std::uint64_t>(std::max<Millis::rep>(details.leaves_at.count(), 0))};
    for (const AccountRecord& account : details.accounts) blob.accounts.push_back(blob_of_account(account));
    const auto from = details.since == Millis{0} ? std::nullopt : std::optional(details.since);
    if (auto done = state(people, StatementType::details, {BlobKind::details, id, id.bytes}, key, encode_tlv(blob),
                          encode_tlv_plain(DetailsBody{by_of(by)}), from);
        !done)
        return done;
    people.details.emplace_back(id, people.batch.blobs.back().hash, std::move(blob));
    return {};
}

Status LocalStore::commit(const People& people) {
    if (auto done = commit_grant(people.batch); !done) return done;
    Ledger& ledger = parts_.chain.ledger;
    for (const auto& [id, blob] : people.names) ledger.describe(id, blob);
    for (const auto& [id, hash, blob] : people.accounts) ledger.describe(id, hash, blob);
    for (const auto& [id, hash, blob] : people.details) ledger.describe(id, hash, blob);
    return {};
}

Result<PersonId> LocalStore::add_person(NewPerson person, const Actor& by) {
    if (person_by_login(person.login)) return fail(ErrorCode::exists, "person: the login is taken");
    People people;
    auto id = prepare(people, person, std::nullopt, by);
    if (!id) return id;
    if (auto done = commit(people); !done) return tl::unexpected<Error>(done.error());
    return id;
}

Result<std::vector<PersonId>> LocalStore::change_people(const std::vector<PersonChange>& changes, const Actor& by) {
    std::set<std::string> fresh_logins;
    People people;
    std::vector<PersonId> ids;
    std::set<Hash> had;
    std::set<PersonId> owners;
    for (const PersonChange& change : changes) {
        if (const auto* fresh = std::get_if<NewPerson>(&change.who)) {
            if (!fresh_logins.insert(fresh->login).second || person_of_login(view(), fresh->login) != nullptr)
                return fail(ErrorCode::exists, "person: the login is taken");
            const auto id = prepare(people, *fresh, change.details, by);
            if (!id) return tl::unexpected<Error>(id.error());
            ids.push_back(*id);
            continue;
        }
        const PersonId& id = std::get<PersonId>(change.who);
        const auto at = view().persons.find(id);
        if (at == view().persons.end() || at->second.record.state == PersonState::gone)
            return fail(ErrorCode::not_found, "person: nobody has this id");
        ids.push_back(id);
        if (!change.details) continue;
        const auto key = load_person_key(tables(*parts_.database), parts_.keys, id);
        if (!key) return tl::unexpected<Error>(key.error());
        if (auto done = prepare(people, id, key->span(), *change.details, by); !done)
            return tl::unexpected<Error>(done.error());
        for (const DetailsEntry& earlier : at->second.details) {
            had.insert(earlier.blob);
            owners.insert(id);
        }
    }
    if (people.batch.statements.empty()) return ids;
    if (auto done = commit(people); !done) return tl::unexpected<Error>(done.error());
    if (!had.empty()) (void)destroy(had, owners);  // what the office said before
    return ids;
}

bool LocalStore::may_remove_people() const {
    if (!parts_.keys.member) return true;
    Statement removal;
    removal.type = StatementType::offboard;
    removal.key = key_id(parts_.keys.author.public_key());
    removal.issued_at = static_cast<std::uint64_t>(now().wall.count());
    return check_author(view(), removal, parts_.chain.head.time).has_value();
}

}  // namespace sekimori::daemon
