// SPDX-License-Identifier: Apache-2.0
// Fakes of the core's ports, for tests that want to say what the world does. They pass the contract suites.
#pragma once

#include <algorithm>

#include "core/ports.hpp"

namespace sekimori::fakes {

// Stands until it is moved.
class FakeClock final : public Clock {
  public:
    Instant now() override { return at; }
    void advance(Millis by) {
        at.boottime += by;
        at.wall += by;
    }
    void reboot() {
        ++at.boot_id[0];
        at.boottime = Millis{0};
    }
    Instant at{{1}, Millis{60'000}, Millis{1'790'000'000'000}, WallQuality::good};
};

// Different bytes every time, the same ones in every run (splitmix64). Never for anything that is to be secret.
class FakeRng final : public Rng {
  public:
    explicit FakeRng(std::uint64_t seed = 1) : state_(seed) {}
    Status fill(std::span<std::uint8_t> out) override {
        if (failing) return fail(ErrorCode::io, "fake: no entropy");
        for (std::uint8_t& byte : out) {
            std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
            mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
            byte = static_cast<std::uint8_t>(mixed >> 56);
        }
        return {};
    }
    bool failing{false};

  private:
    std::uint64_t state_;
};

// A "key" is any text that begins with 'K'; its signature under a scheme is a sum over scheme, key and message. Anybody
// can make one: for machines that want a verdict, not for security.
class FakeVerifier final : public SignatureVerifier {
  public:
    static constexpr std::uint8_t kSchemes = 4;
    [[nodiscard]] static std::array<std::uint8_t, 8> sign(ByteSpan key, std::uint8_t scheme, ByteSpan message) {
        std::uint64_t sum = 0xcbf29ce484222325 ^ scheme;  // FNV-1a
        for (const ByteSpan part : {key, message})
            for (const std::uint8_t byte : part) sum = (sum ^ byte) * 0x100000001b3;
        std::array<std::uint8_t, 8> out{};
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(sum >> (8 * i));
        return out;
    }
    Status verify(ByteSpan spki, std::uint8_t scheme, ByteSpan message, ByteSpan signature) override {
        if (scheme >= kSchemes) return fail(ErrorCode::unsupported, "fake: scheme");
        if (spki.empty() || spki[0] != 'K') return fail(ErrorCode::malformed, "fake: key");
        if (!std::ranges::equal(sign(spki, scheme, message), signature)) return fail(ErrorCode::mismatch, "fake");
        return {};
    }
};

}  // namespace sekimori::fakes
