// SPDX-License-Identifier: Apache-2.0
// Frames of FeliCa (JIS X 6319-4) for a Lite-S card, as a reader takes them wrapped in FF 00 00 00: the first byte is
// the length of the whole frame. Pure and bounded.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "protocol/schema.hpp"

namespace sekimori::smartcard {

using Idm = std::array<std::uint8_t, 8>;

inline constexpr std::uint16_t kLiteSSystem = 0x88b4;
inline constexpr std::uint8_t kIcLiteS = 0xf1;  // byte 1 of the PMm

// Blocks of a Lite-S card that we use; its user blocks stay unread.
namespace block {
inline constexpr std::uint8_t kRc = 0x80;
inline constexpr std::uint8_t kId = 0x82;
inline constexpr std::uint8_t kCkv = 0x86;
inline constexpr std::uint8_t kWcnt = 0x90;
inline constexpr std::uint8_t kMacA = 0x91;
inline constexpr std::uint8_t kState = 0x92;
}  // namespace block

inline constexpr std::size_t kMaxBlocksRead = 4;  // of one command

struct BlockWrite {
    std::uint8_t number{};
    wire::Block data{};
};

[[nodiscard]] wire::Bytes polling_frame(std::uint16_t system);
// Precondition: 1 to kMaxBlocksRead numbers.
[[nodiscard]] wire::Bytes read_frame(const Idm& idm, std::span<const std::uint8_t> blocks);
// Precondition: 1 or 2 blocks.
[[nodiscard]] wire::Bytes write_frame(const Idm& idm, std::span<const BlockWrite> blocks);

struct Polled {
    Idm idm{};
    std::uint8_t ic_code{};
    std::uint16_t system{};
};
// Errors of all three: malformed; refused when the card's status flags say no.
[[nodiscard]] Result<Polled> parse_polled(ByteSpan frame);
[[nodiscard]] Result<std::vector<wire::Block>> parse_blocks(ByteSpan frame, const Idm& idm, std::size_t count);
[[nodiscard]] Status parse_written(ByteSpan frame, const Idm& idm);

// Whether a frame is one of ours: polling, reading the blocks above, writing RC, or writing STATE with its MAC.
[[nodiscard]] bool allowed_frame(ByteSpan frame) noexcept;

}  // namespace sekimori::smartcard
