// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/apdu.hpp"

#include <algorithm>

namespace sekimori::lab {
namespace {

constexpr std::uint8_t kChainingBit = 0x10;
constexpr std::size_t kShortMax = 256;
constexpr std::size_t kExtendedMax = 65536;
constexpr std::size_t kChainMax = 4096;

std::size_t be16(ByteView b) { return static_cast<std::size_t>(b[0]) * 256U + b[1]; }

}  // namespace

std::optional<Command> parse_command(ByteView apdu) {
    if (apdu.size() < 4) return std::nullopt;
    Command command{apdu[0], apdu[1], apdu[2], apdu[3], {}, std::nullopt};
    ByteView rest = apdu.subspan(4);
    if (rest.empty()) return command;

    const bool extended = rest[0] == 0 && rest.size() >= 3;
    const auto read_le = [&](ByteView le) {
        const std::size_t value = extended ? be16(le) : le[0];
        command.le = value == 0 ? (extended ? kExtendedMax : kShortMax) : value;
    };
    if (!extended && rest.size() == 1) {
        read_le(rest);
        return command;
    }
    if (extended && rest.size() == 3) {
        read_le(rest.subspan(1));
        return command;
    }
    const std::size_t header = extended ? 3 : 1;
    const std::size_t lc = extended ? be16(rest.subspan(1, 2)) : rest[0];
    const std::size_t le_size = extended ? 2 : 1;
    rest = rest.subspan(header);
    if (lc == 0 || (rest.size() != lc && rest.size() != lc + le_size)) return std::nullopt;
    command.data = to_bytes(rest.first(lc));
    if (rest.size() > lc) read_le(rest.subspan(lc));
    return command;
}

Bytes answer(ByteView data, Sw sw) {
    Bytes out = to_bytes(data);
    out.push_back(static_cast<std::uint8_t>(sw >> 8U));
    out.push_back(static_cast<std::uint8_t>(sw & 0xFFU));
    return out;
}

Bytes status(Sw sw) { return answer({}, sw); }

Sw status_of(ByteView response) { return response.size() < 2 ? Sw{0} : static_cast<Sw>(be16(response.last(2))); }

Bytes AnswerQueue::start(Bytes data, const Command& command) {
    waiting_ = std::move(data);
    return next(command);
}

Bytes AnswerQueue::next(const Command& command) {
    const std::size_t size = std::min(waiting_.size(), command.le.value_or(0));
    Bytes part(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
    if (waiting_.empty()) return answer(part);
    // 6100: 256 bytes or more.
    const std::size_t left = waiting_.size() >= kShortMax ? 0 : waiting_.size();
    return answer(part, static_cast<Sw>(sw::more_data + left));
}

std::optional<Command> CommandChain::add(Command part) {
    const bool last = (part.cla & kChainingBit) == 0;
    part.cla = static_cast<std::uint8_t>(part.cla & ~kChainingBit);
    overflowed_ = false;
    const bool continues = pending_ && pending_->cla == part.cla && pending_->ins == part.ins &&
                           pending_->p1 == part.p1 && pending_->p2 == part.p2;
    if (continues) {
        append(pending_->data, part.data);
        pending_->le = part.le;
    } else {
        pending_ = std::move(part);
    }
    if (pending_->data.size() > kChainMax) {
        clear();
        overflowed_ = true;
        return std::nullopt;
    }
    if (!last) return std::nullopt;
    auto whole = std::move(pending_);
    pending_.reset();
    return whole;
}

void CommandChain::clear() {
    pending_.reset();
    overflowed_ = false;
}

}  // namespace sekimori::lab
