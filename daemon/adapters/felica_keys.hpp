// SPDX-License-Identifier: Apache-2.0
// FeliCa Lite-S: the site's card keys from a file, and the verifier of an exchange.
//
// The file holds one key a line, tried in this order: `master HEX48` (card keys are diversified from it by the card's
// ID) or `ck HEX32` (one key for all cards). It belongs to the broker's user and nobody else may read it.
#pragma once

#include <string>
#include <vector>

#include "core/verifier.hpp"
#include "daemon/broker.hpp"

namespace sekimori::daemon {

class FelicaKeyFile final : public LiteSKeys {
  public:
    // An empty path is no keys. Errors: not_found, refused (others may read it), malformed (names the line, never the
    // key).
    [[nodiscard]] static Result<FelicaKeyFile> load(const std::string& path);
    [[nodiscard]] std::vector<SecureBytes> candidates(const wire::Block& id) const override;

  private:
    std::vector<SecureBytes> keys_;  // 24 bytes: a master key; 16: a card key
};

class FelicaVerifier final : public LiteSVerifierPort {
  public:
    Status verify(ByteSpan card_key, ByteSpan enrolled_id, const LiteSExchange& exchange) override;
};

}  // namespace sekimori::daemon
