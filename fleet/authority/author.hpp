// SPDX-License-Identifier: Apache-2.0
// Author: who signs in the fleet's name. The key lies in the vault (Ed25519) or on a PIV card (P-256); whoever has
// something signed does not know which.
#pragma once

#include <functional>
#include <memory>

#include "ledger/signer.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::fleet {

class Author {
  public:
    Author() = default;
    Author(const Author&) = delete;
    Author& operator=(const Author&) = delete;
    virtual ~Author() = default;

    // The public key (ledger/signer.hpp).
    [[nodiscard]] virtual ByteSpan key() const noexcept = 0;
    // What a person must do for a signature is done now, before a long wait. Errors: as sign().
    [[nodiscard]] virtual Status prepare() = 0;
    // Errors: unavailable (the card is away), locked (its PIN was wrong, or may not be tried: a person must look),
    // corrupt (the card signs with another key than its certificate's), crypto.
    [[nodiscard]] virtual Result<crypto::Signature> sign(crypto::Label label, ByteSpan bytes) = 0;
    // away: the last signature failed because the card was not there; with the card it comes back by itself.
    enum class Access : std::uint8_t { open, away };
    [[nodiscard]] virtual Access access() const noexcept = 0;

    // Precondition: this object outlives the signer.
    [[nodiscard]] Signer signer() {
        return [this](crypto::Label label, ByteSpan bytes) { return sign(label, bytes); };
    }
};

// The author whose public key this is, on a card.
using OnCard = std::function<std::unique_ptr<Author>(ByteSpan key)>;

// `seed`: of the vault; empty where the key is on a card. Errors: corrupt (not the key of `key`), crypto.
[[nodiscard]] Result<std::unique_ptr<Author>> author_of(ByteSpan key, ByteSpan seed, const OnCard& on_card);
// Of the key that this seed makes. Errors: crypto.
[[nodiscard]] Result<std::unique_ptr<Author>> author_of_seed(ByteSpan seed);

// Whether a key of this form lies on a card.
[[nodiscard]] constexpr bool lies_on_card(ByteSpan key) noexcept { return key.size() == kMaxAuthorKey; }

}  // namespace sekimori::fleet
