// SPDX-License-Identifier: Apache-2.0
#include "smartcard/apdu/apdu.hpp"

#include <algorithm>

namespace sekimori::smartcard {

std::optional<std::uint16_t> more_waiting(std::uint16_t status) noexcept {
    if ((status & 0xff00) != 0x6100) return std::nullopt;
    const auto count = static_cast<std::uint16_t>(status & 0xff);
    return count == 0 ? std::uint16_t{256} : count;
}

std::optional<std::uint16_t> wrong_le(std::uint16_t status) noexcept {
    if ((status & 0xff00) != 0x6c00) return std::nullopt;
    const auto le = static_cast<std::uint16_t>(status & 0xff);
    return le == 0 ? std::uint16_t{256} : le;
}

std::optional<std::uint8_t> tries_left(std::uint16_t status) noexcept {
    if ((status & 0xfff0) != 0x63c0) return std::nullopt;
    return static_cast<std::uint8_t>(status & 0x0f);
}

CommandBytes::CommandBytes(CommandBytes&& other) noexcept : bytes_(other.bytes_), size_(other.size_) {
    wipe(other.bytes_);
    other.size_ = 0;
}

Result<CommandBytes> CommandBytes::encode(const Command& command) {
    if (command.data.size() > kMaxCommandData) return fail(ErrorCode::too_large, "APDU: too much data");
    if (command.le && (*command.le == 0 || *command.le > 256)) return fail(ErrorCode::too_large, "APDU: bad Le");
    CommandBytes out;
    for (const std::uint8_t byte : {command.cla, command.ins, command.p1, command.p2}) out.push(byte);
    if (!command.data.empty()) {
        out.push(static_cast<std::uint8_t>(command.data.size()));
        for (const std::uint8_t byte : command.data) out.push(byte);
    }
    if (command.le) out.push(static_cast<std::uint8_t>(*command.le & 0xff));
    return out;
}

Result<Command> parse_command(ByteSpan bytes) {
    if (bytes.size() < 4 || bytes.size() > kMaxCommand) return fail(ErrorCode::malformed, "APDU: bad length");
    Command command{bytes[0], bytes[1], bytes[2], bytes[3]};
    const auto le_of = [](std::uint8_t byte) { return byte == 0 ? std::uint16_t{256} : std::uint16_t{byte}; };
    ByteSpan body = bytes.subspan(4);
    if (body.size() == 1) {
        command.le = le_of(body[0]);
    } else if (!body.empty()) {
        const std::size_t lc = body[0];
        body = body.subspan(1);
        if (lc == 0 || body.size() < lc || body.size() > lc + 1) return fail(ErrorCode::malformed, "APDU: bad Lc");
        command.data = body.first(lc);
        if (body.size() == lc + 1) command.le = le_of(body[lc]);
    }
    return command;
}

Result<Answer> parse_answer(ByteSpan bytes) {
    if (bytes.size() < 2) return fail(ErrorCode::malformed, "APDU: no status word");
    if (bytes.size() > kMaxAnswer) return fail(ErrorCode::too_large, "APDU: oversize answer");
    const std::size_t size = bytes.size() - 2;
    return Answer{bytes.first(size), static_cast<std::uint16_t>((bytes[size] << 8) | bytes[size + 1])};
}

}  // namespace sekimori::smartcard
