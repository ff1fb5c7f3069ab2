// SPDX-License-Identifier: Apache-2.0
#include "smartcard/apdu/felica_frame.hpp"

#include <algorithm>

namespace sekimori::smartcard {
namespace {

// FeliCa Lite-S user's manual, chapter 4: command codes; a response has the code one higher.
constexpr std::uint8_t kPolling = 0x00;
constexpr std::uint8_t kRead = 0x06;
constexpr std::uint8_t kWrite = 0x08;
// Service codes, little-endian: random read only, random read and write.
constexpr std::array<std::uint8_t, 2> kReadService{0x0b, 0x00};
constexpr std::array<std::uint8_t, 2> kWriteService{0x09, 0x00};
constexpr std::uint8_t kShortBlock = 0x80;  // a block list element of two bytes
constexpr std::size_t kBlockSize = 16;
constexpr std::size_t kListAt = 14;  // LEN, code, IDm, service count, service, block count

wire::Bytes finish(wire::Bytes frame) {
    frame[0] = static_cast<std::uint8_t>(frame.size());
    return frame;
}

// Everything up to the block list.
wire::Bytes begin(std::uint8_t code, const Idm& idm, const std::array<std::uint8_t, 2>& service, std::size_t blocks) {
    wire::Bytes frame(kListAt);
    frame[1] = code;
    std::ranges::copy(idm, frame.begin() + 2);
    frame[10] = 1;
    std::ranges::copy(service, frame.begin() + 11);
    frame[13] = static_cast<std::uint8_t>(blocks);
    return frame;
}

tl::unexpected<Error> malformed() { return fail(ErrorCode::malformed, "FeliCa: a bad answer"); }

// Length byte, response code, IDm and status flags; what follows them.
Result<ByteSpan> body_of(ByteSpan frame, std::uint8_t code, const Idm& idm) {
    if (frame.size() < 12 || frame[0] != frame.size() || frame[1] != code + 1) return malformed();
    if (!std::ranges::equal(frame.subspan(2, idm.size()), idm)) return malformed();
    if (frame[10] != 0 || frame[11] != 0) return fail(ErrorCode::refused, "FeliCa: the card refused");
    return frame.subspan(12);
}

bool readable(std::uint8_t number) {
    constexpr std::array ours{block::kId, block::kCkv, block::kWcnt, block::kMacA, block::kState};
    return std::ranges::find(ours, number) != ours.end();
}

}  // namespace

wire::Bytes polling_frame(std::uint16_t system) {
    // Request code 01: answer with the system code; one time slot.
    return finish(
        {0, kPolling, static_cast<std::uint8_t>(system >> 8), static_cast<std::uint8_t>(system & 0xff), 0x01, 0x00});
}

wire::Bytes read_frame(const Idm& idm, std::span<const std::uint8_t> blocks) {
    wire::Bytes frame = begin(kRead, idm, kReadService, blocks.size());
    for (const std::uint8_t number : blocks) {
        frame.push_back(kShortBlock);
        frame.push_back(number);
    }
    return finish(std::move(frame));
}

wire::Bytes write_frame(const Idm& idm, std::span<const BlockWrite> blocks) {
    wire::Bytes frame = begin(kWrite, idm, kWriteService, blocks.size());
    for (const BlockWrite& item : blocks) {
        frame.push_back(kShortBlock);
        frame.push_back(item.number);
    }
    for (const BlockWrite& item : blocks) frame.insert(frame.end(), item.data.begin(), item.data.end());
    return finish(std::move(frame));
}

Result<Polled> parse_polled(ByteSpan frame) {
    constexpr std::size_t kSize = 20;
    if (frame.size() != kSize || frame[0] != kSize || frame[1] != kPolling + 1) return malformed();
    Polled polled;
    std::ranges::copy(frame.subspan(2, polled.idm.size()), polled.idm.begin());
    polled.ic_code = frame[11];
    polled.system = static_cast<std::uint16_t>((frame[18] << 8) | frame[19]);
    return polled;
}

Result<std::vector<wire::Block>> parse_blocks(ByteSpan frame, const Idm& idm, std::size_t count) {
    const auto body = body_of(frame, kRead, idm);
    if (!body) return tl::unexpected<Error>(body.error());
    if (count > kMaxBlocksRead || body->size() != 1 + count * kBlockSize || (*body)[0] != count) return malformed();
    std::vector<wire::Block> blocks(count);
    for (std::size_t i = 0; i < count; ++i)
        std::ranges::copy(body->subspan(1 + i * kBlockSize, kBlockSize), blocks[i].begin());
    return blocks;
}

Status parse_written(ByteSpan frame, const Idm& idm) {
    const auto body = body_of(frame, kWrite, idm);
    if (!body) return tl::unexpected<Error>(body.error());
    if (!body->empty()) return malformed();
    return {};
}

bool allowed_frame(ByteSpan frame) noexcept {
    if (frame.size() < 2 || frame[0] != frame.size()) return false;
    if (frame[1] == kPolling) return frame.size() == 6;
    if (frame[1] != kRead && frame[1] != kWrite) return false;
    const bool reads = frame[1] == kRead;
    if (frame.size() < kListAt || frame[10] != 1) return false;
    if (!std::ranges::equal(frame.subspan(11, 2), reads ? kReadService : kWriteService)) return false;
    const std::size_t count = frame[13];
    if (count == 0 || count > (reads ? kMaxBlocksRead : 2)) return false;
    if (frame.size() != kListAt + count * (reads ? 2 : 2 + kBlockSize)) return false;
    for (std::size_t i = 0; i < count; ++i)
        if (frame[kListAt + 2 * i] != kShortBlock) return false;
    const auto number = [&](std::size_t i) { return frame[kListAt + 2 * i + 1]; };
    if (!reads) return count == 1 ? number(0) == block::kRc : number(0) == block::kState && number(1) == block::kMacA;
    for (std::size_t i = 0; i < count; ++i)
        if (!readable(number(i))) return false;
    return true;
}

}  // namespace sekimori::smartcard
