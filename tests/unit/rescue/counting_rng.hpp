// SPDX-License-Identifier: Apache-2.0
// Bytes that are easily foretold, and a source that is dry.
#pragma once

#include "core/ports.hpp"

namespace sekimori::rescue {

class CountingRng final : public Rng {
  public:
    explicit CountingRng(std::uint8_t first = 0) noexcept : next_(first) {}
    Status fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& byte : out) byte = next_++;
        return {};
    }

  private:
    std::uint8_t next_;
};

class DryRng final : public Rng {
  public:
    Status fill(std::span<std::uint8_t> /*out*/) override { return fail(ErrorCode::io, "dry"); }
};

}  // namespace sekimori::rescue
