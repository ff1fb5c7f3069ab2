// SPDX-License-Identifier: Apache-2.0
// Archive: what a backup holds, and the file that it becomes under a passphrase (docs/FORMATS.md, Backup).
#pragma once

#include <map>
#include <vector>

#include "crypto/kdf.hpp"
#include "daemon/store/blob.hpp"
#include "daemon/store/chain.hpp"

namespace sekimori::daemon {

struct Archive {
    Keys keys;
    std::vector<Link> links;                // from the first entry on
    std::vector<SignedStatement> pending;   // denials without an entry
    std::map<PersonId, Bytes> person_keys;  // wrapped by keys.group
    std::map<Hash, Bytes> blobs;            // sealed, by the hash that statements name
};

inline constexpr std::size_t kMaxArchive = std::size_t{256} << 20;

// The file's first bytes, in clear and bound to the rest as associated data.
struct ArchiveHeader {
    static constexpr std::size_t kSize = 16 + 2 + 3 + 16 + 16 + 8;
    crypto::ScryptCost cost;
    std::array<std::uint8_t, 16> salt{};
    std::array<std::uint8_t, 16> check{};  // tells a wrong passphrase from a damaged file
};
[[nodiscard]] std::array<std::uint8_t, ArchiveHeader::kSize> encode_header(const ArchiveHeader& header);
// Hostile input. Errors: malformed (no backup of ours), corrupt (damaged), unsupported (a later version, or a cost out
// of bounds).
[[nodiscard]] Result<ArchiveHeader> parse_header(ByteSpan file);

[[nodiscard]] Result<SecureBytes> encode_archive(const Archive& archive);
// Authenticated input, parsed as if it were hostile. Errors: malformed, too_large, unsupported.
[[nodiscard]] Result<Archive> decode_archive(ByteSpan plain);

// Errors: invalid_argument (empty passphrase), too_large, crypto.
[[nodiscard]] Result<SecureBytes> pack_archive(const Archive& archive, ByteSpan passphrase,
                                               const crypto::ScryptCost& cost, Rng& rng);
// Errors: as parse_header(); refused (wrong passphrase); corrupt (damaged).
[[nodiscard]] Result<Archive> unpack_archive(ByteSpan file, ByteSpan passphrase);

// Precondition: `archive` outlives the source.
[[nodiscard]] BlobSource source_of(const Archive& archive);

// Verifies the chain, the denials and everybody's names; the ledger comes back with them. Templates and card secrets
// are judged when they are used, as ever.
// Errors: corrupt.
[[nodiscard]] Result<Chain> verify_archive(const Archive& archive);

}  // namespace sekimori::daemon
