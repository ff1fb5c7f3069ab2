// SPDX-License-Identifier: Apache-2.0
// The ledger's own keys, sealed under the top key in the table `keys`: author, sequencer, group.
#pragma once

#include <string_view>

#include "crypto/ed25519.hpp"
#include "daemon/store/database.hpp"
#include "ledger/chain.hpp"

namespace sekimori::daemon {

// Seals small values of ours under a key derived from the top key, each bound to its name.
class Sealer {
  public:
    // Precondition: `top_key` has 32 bytes.
    [[nodiscard]] static Result<Sealer> make(ByteSpan top_key);
    [[nodiscard]] Result<Bytes> seal(std::string_view name, ByteSpan plain, Rng& rng) const;
    // Errors: mismatch.
    [[nodiscard]] Result<SecureBytes> open(std::string_view name, ByteSpan sealed) const;

    // The same, in the table `keys`. get() errors: not_found; corrupt (another top key, or damaged).
    [[nodiscard]] Status put(const Database& database, std::string_view name, ByteSpan plain, Rng& rng) const;
    [[nodiscard]] Result<SecureBytes> get(const Database& database, std::string_view name) const;

  private:
    explicit Sealer(SecureBytes key) : key_(std::move(key)) {}
    SecureBytes key_;
};

inline constexpr std::string_view kKeysName = "local";  // of the sealed Keys in the table `keys`

struct Keys {
    LedgerId ledger;
    crypto::SigningKey author;
    crypto::SigningKey sequencer;
    SecureBytes group;  // wraps every person's data key

    // What the chain is verified with, and how a statement gets its place in it.
    [[nodiscard]] Root root() const;
    [[nodiscard]] Placing placing() const noexcept { return {ledger, 1, sequencer}; }

    [[nodiscard]] static Result<Keys> make(Rng& rng);
    [[nodiscard]] Result<SecureBytes> encode() const;
    // Errors: malformed, crypto.
    [[nodiscard]] static Result<Keys> decode(ByteSpan bytes);
};

}  // namespace sekimori::daemon
