// SPDX-License-Identifier: Apache-2.0
// Blobs: what must be possible to destroy. Outside the chain, under the hash of their sealed bytes, which the statement
// names; AES-256-GCM under a data key per person, which is wrapped by the group key. Associated data bind a blob to
// ledger, person, subject, kind and format, so that no row serves in another's place.
#pragma once

#include "core/ids.hpp"
#include "core/ports.hpp"
#include "crypto/hash.hpp"
#include "ledger/tlv.hpp"

namespace sekimori {

using crypto::Hash;

// The numbers are for ever.
enum class BlobKind : std::uint8_t {
    person = 1,
    account = 2,
    card = 3,
    finger = 4,
    details = 5,
    secret = 6,
    media = 7,
    exemption = 8,
};

inline constexpr std::size_t kMaxBlob = 256 * 1024;

// What a blob is about.
struct BlobOf {
    BlobKind kind{};
    PersonId person;
    std::array<std::uint8_t, 16> subject{};  // of the statement that names it
};

struct SealedBlob {
    Hash hash{};
    Bytes sealed;
};

// The name of sealed bytes: SHA-256 over a label and them.
[[nodiscard]] Hash hash_of_blob(ByteSpan sealed) noexcept;
[[nodiscard]] Result<SealedBlob> seal_blob(ByteSpan person_key, const LedgerId& ledger, const BlobOf& of,
                                           ByteSpan plain, Rng& rng);
// Errors: corrupt (not the bytes of this hash, or sealed for another use).
[[nodiscard]] Result<SecureBytes> open_blob(ByteSpan person_key, const LedgerId& ledger, const BlobOf& of,
                                            const Hash& hash, ByteSpan sealed);

// A person's data key under the group key.
[[nodiscard]] Result<Bytes> wrap_person_key(ByteSpan group_key, const LedgerId& ledger, const PersonId& person,
                                            ByteSpan key, Rng& rng);
// Errors: corrupt.
[[nodiscard]] Result<SecureBytes> unwrap_person_key(ByteSpan group_key, const LedgerId& ledger, const PersonId& person,
                                                    ByteSpan wrapped);

}  // namespace sekimori
