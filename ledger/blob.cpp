// SPDX-License-Identifier: Apache-2.0
#include "ledger/blob.hpp"

#include "crypto/aead.hpp"
#include "crypto/kdf.hpp"

namespace sekimori {
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

Result<Bytes> wrap_person_key(ByteSpan group_key, const LedgerId& ledger, const PersonId& person, ByteSpan key,
                              Rng& rng) {
    return crypto::seal(group_key, associated(ledger, person), key, rng);
}

Result<SecureBytes> unwrap_person_key(ByteSpan group_key, const LedgerId& ledger, const PersonId& person,
                                      ByteSpan wrapped) {
    auto key = crypto::open(group_key, associated(ledger, person), wrapped);
    if (!key || key->size() != crypto::kKeySize)
        return fail(ErrorCode::corrupt, "blob: the person's key does not open");
    return key;
}

}  // namespace sekimori
