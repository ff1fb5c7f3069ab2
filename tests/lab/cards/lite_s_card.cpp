// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/lab/cards/felica_card.hpp"

namespace sekimori::lab {
namespace {

constexpr std::uint16_t kSystem = 0x88B4;

namespace block_number {
constexpr std::uint8_t user_end = 0x0E;
constexpr std::uint8_t rc = 0x80;
constexpr std::uint8_t mac = 0x81;
constexpr std::uint8_t id = 0x82;
constexpr std::uint8_t d_id = 0x83;
constexpr std::uint8_t ckv = 0x86;
constexpr std::uint8_t ck = 0x87;
constexpr std::uint8_t mc = 0x88;
constexpr std::uint8_t wcnt = 0x90;
constexpr std::uint8_t mac_a = 0x91;
constexpr std::uint8_t state = 0x92;
}  // namespace block_number

// Status flags 1 and 2; 0000 is success.
namespace flag {
constexpr std::uint16_t success = 0x0000;
constexpr std::uint16_t block_count = 0xFFA2;
constexpr std::uint16_t service = 0x01A6;
constexpr std::uint16_t block_number = 0x01A8;
constexpr std::uint16_t auth_needed = 0x01B1;
constexpr std::uint16_t mac = 0x02B2;
}  // namespace flag

constexpr std::size_t kMaxRead = 4;
constexpr std::size_t kMaxWrite = 2;
constexpr std::uint32_t kMaxCount = 0xFFFFFF;

struct BlockRequest {
    std::uint16_t service = 0;
    std::vector<std::uint8_t> blocks;
    ByteView data;
};

// <command> IDm 01 <service LE16> n, then n elements `80 blk` or `00 blk hi`, then data.
std::optional<BlockRequest> parse_request(ByteView body, ByteView idm) {
    constexpr std::size_t fixed = 13;
    if (body.size() < fixed || !std::equal(idm.begin(), idm.end(), body.begin() + 1) || body[9] != 1)
        return std::nullopt;
    BlockRequest request;
    request.service = static_cast<std::uint16_t>(body[10] | body[11] << 8U);
    const std::size_t count = body[12];
    std::size_t at = fixed;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t size = at < body.size() && (body[at] & 0x80U) != 0 ? 2 : 3;
        if (body.size() - at < size) return std::nullopt;
        request.blocks.push_back(body[at + 1]);
        at += size;
    }
    request.data = body.subspan(at);
    return request;
}

Bytes reply(std::uint8_t code, ByteView idm, std::uint16_t flags) {
    Bytes out;
    out.reserve(80);  // the longest answer: 13 bytes and four blocks
    out.push_back(code);
    append(out, idm);
    out.push_back(static_cast<std::uint8_t>(flags >> 8U));
    out.push_back(static_cast<std::uint8_t>(flags & 0xFFU));
    return out;
}

Block16 padded(ByteView bytes) {
    Block16 out{};
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

Bytes le24(std::uint32_t value) {
    return {static_cast<std::uint8_t>(value & 0xFFU), static_cast<std::uint8_t>(value >> 8U & 0xFFU),
            static_cast<std::uint8_t>(value >> 16U & 0xFFU)};
}

}  // namespace

void LiteSCard::forget() {
    session_.reset();
    authenticated_ = false;
}

std::optional<Bytes> LiteSCard::frame(ByteView body) {
    switch (body[0]) {
        case 0x00:
            return poll(body, contents_.pmm, kSystem);
        case 0x06:
            return read(body);
        case 0x08:
            return write(body);
        default:
            return std::nullopt;
    }
}

// The content of a block that holds any; MAC blocks are made by read().
std::optional<Block16> LiteSCard::block(std::uint8_t number) const {
    if (number < block_number::user_end) {
        const auto it = contents_.user.find(number);
        return it == contents_.user.end() ? Block16{} : it->second;
    }
    switch (number) {
        case block_number::rc:
        case block_number::ck:
            return Block16{};  // write-only: they read as zeros
        case block_number::id:
            return contents_.id;
        case block_number::d_id: {
            Bytes device = idm();
            append(device, contents_.pmm);
            return padded(device);
        }
        case block_number::ckv:
            return padded(contents_.ckv);
        case block_number::mc:
            return padded(Bytes{0xFF, 0xFF, 0x00, 0x01, 0x07});  // system blocks are locked after issue
        case block_number::wcnt:
            return padded(le24(contents_.wcnt));
        case block_number::state:
            return padded(Bytes{static_cast<std::uint8_t>(authenticated_ ? 0x01 : 0x00)});
        default:
            return std::nullopt;
    }
}

std::optional<Bytes> LiteSCard::read(ByteView body) {
    constexpr std::uint8_t code = 0x07;
    const Bytes self = idm();
    const auto request = parse_request(body, self);
    if (!request) return std::nullopt;
    if (request->service != 0x000B && request->service != 0x0009) return reply(code, self, flag::service);
    const auto& blocks = request->blocks;
    if (blocks.empty() || blocks.size() > kMaxRead) return reply(code, self, flag::block_count);

    Bytes data;
    for (const std::uint8_t number : blocks) {
        if (number == block_number::mac || number == block_number::mac_a) {
            if (!session_) return reply(code, self, flag::mac);
            const Chunk8 mac =
                number == block_number::mac ? mac_plain(*session_, data) : mac_a_read(*session_, blocks, data);
            append(data, padded(mac));
            continue;
        }
        const auto content = block(number);
        if (!content) return reply(code, self, flag::block_number);
        append(data, *content);
    }
    Bytes out = reply(code, self, flag::success);
    out.push_back(static_cast<std::uint8_t>(blocks.size()));
    append(out, data);
    return out;
}

std::optional<Bytes> LiteSCard::write(ByteView body) {
    constexpr std::uint8_t code = 0x09;
    const Bytes self = idm();
    const auto request = parse_request(body, self);
    if (!request) return std::nullopt;
    if (request->service != 0x0009) return reply(code, self, flag::service);
    const auto& blocks = request->blocks;
    const bool with_mac = blocks.size() == kMaxWrite && blocks[1] == block_number::mac_a;
    if (blocks.empty() || (blocks.size() > 1 && !with_mac) || request->data.size() != blocks.size() * 16)
        return reply(code, self, flag::block_count);
    std::optional<Block16> mac;
    if (with_mac) mac = padded(request->data.subspan(16, 16));
    return reply(code, self, store(blocks[0], padded(request->data.first(16)), mac));
}

std::uint16_t LiteSCard::store(std::uint8_t number, const Block16& data, std::optional<Block16> mac) {
    if (mac) {
        if (!session_) return flag::mac;
        Bytes expected = to_bytes(mac_a_write(*session_, contents_.wcnt, number, data));
        append(expected, le24(contents_.wcnt));
        if (padded(expected) != *mac) return flag::mac;
    }
    if (number == block_number::rc) {
        // A new challenge ends the authenticated state.
        authenticated_ = false;
        if (contents_.challenge == Challenge::Fresh) challenge_ = data;
        session_ = felica_session(contents_.card_key, challenge_);
        return flag::success;
    }
    if (number == block_number::state) {
        if (!mac) return flag::auth_needed;
        authenticated_ = data[0] == 0x01;
    } else if (number < block_number::user_end) {
        contents_.user[number] = data;
    } else {
        return flag::block_number;
    }
    contents_.wcnt = std::min(contents_.wcnt + 1, kMaxCount);
    if (contents_.on_write) contents_.on_write(contents_.wcnt);
    return flag::success;
}

}  // namespace sekimori::lab
