// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/qemu/vsc.hpp"

#include <algorithm>

namespace sekimori::lab {
namespace {

constexpr std::size_t kNumber = 4;
constexpr std::uint32_t kReaderId = 0;
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kNoCapabilities = 0;
constexpr std::size_t kTypeAt = 0;
constexpr std::size_t kLengthAt = 2 * kNumber;

void append_number(Bytes& to, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(number >> shift));
}

std::uint32_t number_at(ByteView bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (const std::uint8_t byte : bytes.subspan(at, kNumber)) number = number << 8U | byte;
    return number;
}

Bytes message(Vsc type, ByteView body) {
    Bytes out;
    append_number(out, static_cast<std::uint32_t>(type));
    append_number(out, kReaderId);
    append_number(out, static_cast<std::uint32_t>(body.size()));
    append(out, body);
    return out;
}

}  // namespace

std::optional<Bytes> encode_vsc(Vsc type, ByteView body) {
    if (body.size() > kMaxVscBody) return std::nullopt;
    return message(type, body);
}

Bytes encode_vsc_init() {
    Bytes body = text_bytes("VSCD");
    append_number(body, kVersion);
    append_number(body, kNoCapabilities);
    return message(Vsc::Init, body);
}

Bytes encode_vsc_error(std::uint32_t code) {
    Bytes body;
    append_number(body, code);
    return message(Vsc::Error, body);
}

std::optional<std::uint32_t> vsc_error_code(ByteView body) {
    if (body.size() != kNumber) return std::nullopt;
    return number_at(body, 0);
}

std::size_t VscParser::length() const { return number_at(buffer_, kLengthAt); }

bool VscParser::broken() const { return buffer_.size() >= kVscHeader && length() > kMaxVscBody; }

std::size_t VscParser::missing() const {
    if (buffer_.size() < kVscHeader) return kVscHeader - buffer_.size();
    return broken() ? 0 : kVscHeader + length() - buffer_.size();
}

void VscParser::feed(ByteView bytes) { append(buffer_, bytes.first(std::min(bytes.size(), missing()))); }

std::optional<VscMessage> VscParser::take() {
    if (broken() || missing() > 0) return std::nullopt;
    VscMessage message{number_at(buffer_, kTypeAt), Bytes(buffer_.begin() + kVscHeader, buffer_.end())};
    buffer_.clear();
    return message;
}

}  // namespace sekimori::lab
