// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/blob.hpp"

#include "crypto/aead.hpp"
#include "crypto/kdf.hpp"

namespace sekimori::daemon {
namespace {

constexpr crypto::Label kBlob("sekimori blob 1");
constexpr crypto::Label kBlobHash("sekimori blob 1 hash");
constexpr crypto::Label kPersonKey("sekimori person key 1");

Bytes associated(const LedgerId& ledger, const BlobOf& of) {
    const std::array kind{static_cast<std::uint8_t>(of.kind)};
    return crypto::concat({kBlob.bytes(), kind, ledger.bytes, of.person.bytes, of.subject});
}

Bytes associated(const LedgerId& ledger, const PersonId& person) {
    return crypto::concat({kPersonKey.bytes(), ledger.bytes, person.bytes});
}

}  // namespace

Hash hash_of_blob(ByteSpan sealed) noexcept { return crypto::sha256({kBlobHash.bytes(), sealed}); }

Result<SealedBlob> seal_blob(ByteSpan person_key, const LedgerId& ledger, const BlobOf& of, ByteSpan plain, Rng& rng) {
    if (plain.size() > kMaxBlob) return fail(ErrorCode::too_large, "blob: too large");
    auto sealed = crypto::seal(person_key, associated(ledger, of), plain, rng);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return SealedBlob{hash_of_blob(*sealed), std::move(*sealed)};
}

Result<SecureBytes> open_blob(ByteSpan person_key, const LedgerId& ledger, const BlobOf& of, const Hash& hash,
                              ByteSpan sealed) {
    if (hash_of_blob(sealed) != hash) return fail(ErrorCode::corrupt, "blob: not what the statement names");
    auto plain = crypto::open(person_key, associated(ledger, of), sealed);
    if (!plain) return fail(ErrorCode::corrupt, "blob: sealed for another use or with another key");
    return plain;
}

Result<Bytes> wrap_person_key(const Keys& keys, const PersonId& person, ByteSpan key, Rng& rng) {
    return crypto::seal(keys.group.span(), associated(keys.ledger, person), key, rng);
}

Result<SecureBytes> unwrap_person_key(const Keys& keys, const PersonId& person, ByteSpan wrapped) {
    auto key = crypto::open(keys.group.span(), associated(keys.ledger, person), wrapped);
    if (!key || key->size() != crypto::kKeySize)
        return fail(ErrorCode::corrupt, "blob: the person's key does not open");
    return key;
}

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
    return unwrap_person_key(keys, person, *wrapped);
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
    return database.query("INSERT INTO person_keys(person, sealed) VALUES(?, ?)")
        .bind(ByteSpan(person.bytes))
        .bind(wrapped)
        .run();
}

}  // namespace sekimori::daemon
