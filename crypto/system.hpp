// SPDX-License-Identifier: Apache-2.0
// The real clock and the real source of random bytes.
#pragma once

#include "core/ports.hpp"

namespace sekimori::crypto {

// getrandom(2): blocks only until the kernel's pool was first filled.
class SystemRng final : public Rng {
  public:
    Status fill(std::span<std::uint8_t> out) override;
};

// CLOCK_BOOTTIME, CLOCK_REALTIME and the kernel's boot id, which is read once.
class SystemClock final : public Clock {
  public:
    // Errors: io (no boot id: then no lockout could be restarted after a boot).
    [[nodiscard]] static Result<SystemClock> make();
    // Wall time as the system has it: compare it with the store's high-water mark (judge_wall).
    [[nodiscard]] Instant now() override;

  private:
    explicit SystemClock(std::array<std::uint8_t, 16> boot_id) noexcept : boot_id_(boot_id) {}
    std::array<std::uint8_t, 16> boot_id_;
};

}  // namespace sekimori::crypto
