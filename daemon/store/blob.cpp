// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/blob.hpp"

namespace sekimori::daemon {

BlobSource tables(const Database& database) {
    const auto one = [&database](std::string_view sql, ByteSpan name) -> Result<Bytes> {
        Query query = database.query(sql);
        const auto step = query.bind(name).step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return fail(ErrorCode::not_found, "blob: not there");
        return query.blob(0);
    };
    return {
        [one](const PersonId& person) { return one("SELECT sealed FROM person_keys WHERE person=?", person.bytes); },
        [one](const Hash& hash) { return one("SELECT sealed FROM blobs WHERE hash=?", hash); }};
}

Result<SecureBytes> load_person_key(const BlobSource& source, const Keys& keys, const PersonId& person) {
    const auto wrapped = source.person_key(person);
    if (!wrapped) return tl::unexpected<Error>(wrapped.error());
    return unwrap_person_key(keys.group.span(), keys.ledger, person, *wrapped);
}

Result<SecureBytes> load_blob(const BlobSource& source, const Keys& keys, const BlobOf& of, const Hash& hash) {
    const auto key = load_person_key(source, keys, of.person);
    if (!key) return tl::unexpected<Error>(key.error());
    const auto sealed = source.blob(hash);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return open_blob(key->span(), keys.ledger, of, hash, *sealed);
}

Status insert_blob(const Database& database, const SealedBlob& blob) {
    return database.query("INSERT OR REPLACE INTO blobs(hash, sealed) VALUES(?, ?)")
        .bind(ByteSpan(blob.hash))
        .bind(ByteSpan(blob.sealed))
        .run();
}

Status insert_person_key(const Database& database, const PersonId& person, ByteSpan wrapped) {
    return database.query("INSERT OR REPLACE INTO person_keys(person, sealed) VALUES(?, ?)")
        .bind(ByteSpan(person.bytes))
        .bind(wrapped)
        .run();
}

}  // namespace sekimori::daemon
