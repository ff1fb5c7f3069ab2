// SPDX-License-Identifier: Apache-2.0
// Vault: what only a person with the passphrase may use: the authority's key (unless it is on a card), the certificate
// authority's, the groups' keys and the secrets of tokens. The running sequencer never opens it.
#pragma once

#include <vector>

#include "crypto/kdf.hpp"
#include "fleet/tls/certificates.hpp"
#include "ledger/join.hpp"

namespace sekimori::fleet {

struct GroupKey {
    std::uint32_t generation{1};
    SecureBytes key;
    static constexpr auto kFields = std::tuple{field<1>(&GroupKey::generation), field<2>(&GroupKey::key, 32)};
};
struct Group {
    GroupId id;
    std::string name;
    std::vector<GroupKey> keys;  // the newest is the last
    static constexpr auto kFields =
        std::tuple{field<1>(&Group::id), field<2>(&Group::name, 64), field<3>(&Group::keys, 256)};
};
struct OpenToken {
    TokenId id;
    SecureBytes secret;
    GroupId group;
    std::string name;            // that the terminal will have
    std::uint64_t expires_at{};  // wall ms
    static constexpr auto kFields =
        std::tuple{field<1>(&OpenToken::id), field<2>(&OpenToken::secret, 32), field<3>(&OpenToken::group),
                   field<4>(&OpenToken::name, 64), field<5>(&OpenToken::expires_at)};
};

struct Vault {
    std::uint8_t fmt{1};
    SecureBytes author;  // seed; empty: the key is on a card
    SecureBytes ca_key;
    Bytes ca_certificate;
    std::vector<Group> groups;
    std::vector<OpenToken> tokens;
    static constexpr auto kFields = std::tuple{field<1>(&Vault::fmt),         field<2>(&Vault::author, 32),
                                               field<3>(&Vault::ca_key, 512), field<4>(&Vault::ca_certificate, 4096),
                                               field<5>(&Vault::groups, 64),  field<6>(&Vault::tokens, 512)};

    [[nodiscard]] Group* group(std::string_view name);
    [[nodiscard]] Group* group(const GroupId& id);
    [[nodiscard]] KeyPair ca() const { return {ca_key.clone(), ca_certificate}; }
};

// A new key at the end. Errors: what the Rng says.
[[nodiscard]] Status roll(Group& group, Rng& rng);

// Bytes under a passphrase. Errors: invalid_argument (empty passphrase), too_large, crypto.
[[nodiscard]] Result<Bytes> seal_secret(ByteSpan plain, ByteSpan passphrase, const crypto::ScryptCost& cost, Rng& rng);
// Hostile input. Errors: malformed, unsupported, refused (another passphrase, or damaged).
[[nodiscard]] Result<SecureBytes> open_secret(ByteSpan file, ByteSpan passphrase);
[[nodiscard]] Result<Bytes> seal_vault(const Vault& vault, ByteSpan passphrase, const crypto::ScryptCost& cost,
                                       Rng& rng);
[[nodiscard]] Result<Vault> open_vault(ByteSpan file, ByteSpan passphrase);

}  // namespace sekimori::fleet
