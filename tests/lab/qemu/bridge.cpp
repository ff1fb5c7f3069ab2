// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/qemu/bridge.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sekimori::lab {
namespace {

// QEMU's limit for an answer-to-reset.
constexpr std::size_t kMaxAtr = 40;

bool readable(const pollfd& item) { return item.revents != 0; }

}  // namespace

Bridge::Bridge(UniqueFd qemu, UniqueFd listener, std::chrono::milliseconds answer_time)
    : qemu_(std::move(qemu)), listener_(std::move(listener)), answer_time_(answer_time) {}

Outcome<void> Bridge::run(int stopper) {
    if (auto said = send(encode_vsc_init()); !said) return said;
    if (auto said = send(*encode_vsc(Vsc::ReaderAdd, {})); !said) return said;
    if (auto served = serve(stopper); !served) return served;
    return card_ ? drop_card() : Outcome<void>{};
}

Outcome<void> Bridge::serve(int stopper) {
    for (;;) {
        // While a card is in, the next one waits.
        std::array<pollfd, 3> items{pollfd{stopper, POLLIN, 0}, pollfd{qemu_.get(), POLLIN, 0},
                                    card_ ? pollfd{card_->fd(), POLLRDHUP, 0} : pollfd{listener_.get(), POLLIN, 0}};
        if (::poll(items.data(), items.size(), -1) < 0) continue;
        if (readable(items[0])) return {};
        if (readable(items[2])) {
            if (auto changed = card_ ? drop_card() : take_card(); !changed) return changed;
        }
        if (readable(items[1])) {
            if (auto heard = hear(); !heard) return heard;
        }
    }
}

Outcome<void> Bridge::send(ByteView message) {
    while (!message.empty()) {
        const ssize_t n = ::send(qemu_.get(), message.data(), message.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return failure("QEMU went away");
        message = message.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

// What has come, up to the end of one message.
Outcome<void> Bridge::hear() {
    std::array<std::uint8_t, 4096> chunk{};
    const ssize_t n = ::recv(qemu_.get(), chunk.data(), std::min(parser_.missing(), chunk.size()), MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    if (n <= 0) return failure("QEMU went away");
    parser_.feed(ByteView(chunk).first(static_cast<std::size_t>(n)));
    if (parser_.broken()) return failure("QEMU talks nonsense");
    const auto message = parser_.take();
    return message ? on_message(*message) : Outcome<void>{};
}

Outcome<void> Bridge::on_message(const VscMessage& message) {
    if (message.type == static_cast<std::uint32_t>(Vsc::Apdu)) return on_command(message.body);
    if (message.type != static_cast<std::uint32_t>(Vsc::Error)) return {};
    const auto code = vsc_error_code(message.body);
    if (!code) return failure("QEMU talks nonsense");
    if (*code != kVscSuccess) return failure("QEMU refused with code " + std::to_string(*code));
    return {};
}

Outcome<void> Bridge::on_command(ByteView apdu) {
    if (!card_) return {};  // it was pulled, and QEMU has not heard of it yet
    const auto answer = card_->request(apdu, answer_time_);
    if (answer) {
        const auto message = encode_vsc(Vsc::Apdu, *answer);
        return message ? send(*message) : failure("an answer that does not fit");
    }
    if (answer.error() == LinkError::Silent) return send(encode_vsc_error(kVscGeneralError));
    return drop_card();
}

Outcome<void> Bridge::take_card() {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd) return {};
    auto card = std::make_unique<CardLink>(std::move(fd));
    if (!card->tell(Control::PowerOn, answer_time_)) return {};
    const auto atr = card->request(Bytes{static_cast<std::uint8_t>(Control::Atr)}, answer_time_);
    // A mute card is no card for a reader that cannot say so.
    if (!atr || atr->empty() || atr->size() > kMaxAtr) return {};
    card_ = std::move(card);
    return send(*encode_vsc(Vsc::Atr, *atr));
}

Outcome<void> Bridge::drop_card() {
    card_.reset();
    return send(*encode_vsc(Vsc::CardRemove, {}));
}

}  // namespace sekimori::lab
