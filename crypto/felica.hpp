// SPDX-License-Identifier: Apache-2.0
// FeliCa Lite-S: session keys and MAC_A in both directions (Sony, FeliCa Lite-S User's Manual, "MAC calculation").
// The cipher is 2-key triple DES, which CRYPTREC no longer recommends; the card knows no other. A MAC proves a key that
// the verifier holds as well: CardStrength::symmetric.
#pragma once

#include <array>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::crypto::felica {

using Block = std::array<std::uint8_t, 16>;
using Mac = std::array<std::uint8_t, 8>;

inline constexpr std::uint8_t kBlockId = 0x82;
inline constexpr std::uint8_t kBlockCkv = 0x86;
inline constexpr std::uint8_t kBlockMacA = 0x91;
inline constexpr std::uint8_t kBlockState = 0x92;

// The keys of one session: what the card key CK and the random challenge RC make together.
class Session {
  public:
    // `ck` has 16 bytes. Errors: invalid_argument, refused (a weak DES key, or two equal halves), crypto.
    [[nodiscard]] static Result<Session> start(ByteSpan ck, const Block& rc);

    struct ReadBlock {
        std::uint8_t number;
        Block data;
    };
    // The MAC that the card puts into block 91 when it is read behind `blocks` (at most 3).
    [[nodiscard]] Result<Mac> mac_of_read(const std::vector<ReadBlock>& blocks) const;
    // Compares in constant time. Errors: mismatch.
    [[nodiscard]] Status check_read(const std::vector<ReadBlock>& blocks, const Block& block_91) const;
    // Block 91 for writing `data` to block `number`. `wcnt` is block 90 as it was just read.
    [[nodiscard]] Result<Block> authorize_write(const Block& wcnt, std::uint8_t number, const Block& data) const;

  private:
    Session() = default;
    [[nodiscard]] Result<Mac> mac(ByteSpan key, ByteSpan chunks) const;
    SecureBytes read_key_, write_key_;  // SK1|SK2, SK2|SK1
    Mac iv_{};
};

// The individual card key CK from a 24-byte master key and the card's ID block. Errors: invalid_argument, refused (the
// result would be a weak key: give that card another ID), crypto.
[[nodiscard]] Result<SecureBytes> diversify(ByteSpan master, const Block& id);

// One of the 4 weak or 12 semi-weak keys of single DES, parity aside (NIST SP 800-67r2, 3.3.2).
[[nodiscard]] bool weak_des_key(ByteSpan key) noexcept;

}  // namespace sekimori::crypto::felica
