// SPDX-License-Identifier: Apache-2.0
// The ports through which the core and the broker reach the world. Adapters live in the rooms, fakes in the tests; one
// contract suite serves both.
#pragma once

#include <cstdint>
#include <span>

#include "core/ids.hpp"
#include "core/instant.hpp"
#include "core/result.hpp"

namespace sekimori {

class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() = 0;
};

class Rng {
  public:
    virtual ~Rng() = default;
    // Fills with random bytes from the operating system. On failure nothing that is secret may be built from it.
    virtual Status fill(std::span<std::uint8_t> out) = 0;
    template <class T>
    [[nodiscard]] Result<T> draw() {
        T id;
        if (auto status = fill(id.bytes); !status) return tl::unexpected<Error>(status.error());
        return id;
    }
};

// Verifies what a card signed. `scheme` is wire::SignatureScheme's number; `message` is hashed by the verifier.
class SignatureVerifier {
  public:
    virtual ~SignatureVerifier() = default;
    // Errors: mismatch (the signature is not good), malformed (the key does not parse), unsupported (algorithm or
    // size), crypto.
    virtual Status verify(ByteSpan spki, std::uint8_t scheme, ByteSpan message, ByteSpan signature) = 0;
};

}  // namespace sekimori
