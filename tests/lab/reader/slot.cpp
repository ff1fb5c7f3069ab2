// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/reader/slot.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "tests/lab/reader/listener.hpp"

namespace sekimori::lab {
namespace {

// Enough for cards that wait their turn in the lab's tests.
constexpr int kBacklog = 16;

Outcome<UniqueFd> take_listener(int inherited) {
    int listening = 0;
    socklen_t size = sizeof(listening);
    if (::getsockopt(inherited, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0)
        return failure("the inherited descriptor is not a listening socket");
    UniqueFd own(::fcntl(inherited, F_DUPFD_CLOEXEC, 0));
    if (!own) return failure("cannot duplicate the inherited descriptor");
    return own;
}

}  // namespace

Outcome<std::unique_ptr<Slot>> Slot::open(const DeviceName& name) {
    std::string path;
    Outcome<UniqueFd> listener = failure("no listener");
    if (const auto* bind = std::get_if<BindPath>(&name.listener)) {
        path = bind->path;
        listener = listen_at(path, kBacklog);
    } else if (const auto* inherited = std::get_if<InheritedListener>(&name.listener)) {
        listener = take_listener(inherited->fd);
    }
    if (!listener) return tl::unexpected(listener.error());
    const int flags = ::fcntl(listener->get(), F_GETFL);
    if (flags < 0 || ::fcntl(listener->get(), F_SETFL, flags | O_NONBLOCK) != 0)
        return failure("cannot set the listener up");
    UniqueFd stopper(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!stopper) return failure("no eventfd");
    return std::unique_ptr<Slot>(new Slot(std::move(*listener), std::move(stopper), std::move(path), name.answer_time));
}

Slot::Slot(UniqueFd listener, UniqueFd stopper, std::string bound_path, std::chrono::milliseconds answer_time)
    : listener_(std::move(listener)),
      stopper_(std::move(stopper)),
      bound_path_(std::move(bound_path)),
      answer_time_(answer_time) {}

Slot::~Slot() {
    stop();
    if (!bound_path_.empty()) ::unlink(bound_path_.c_str());
}

std::shared_ptr<CardLink> Slot::card() const {
    const std::lock_guard lock(mutex_);
    return card_;
}

// The next card in the queue that has not left again.
std::shared_ptr<CardLink> Slot::accept_card() const {
    for (;;) {
        UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!fd) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            return nullptr;
        }
        auto link = std::make_shared<CardLink>(std::move(fd));
        if (!link->gone()) return link;
    }
}

Presence Slot::presence() {
    const std::lock_guard lock(mutex_);
    const bool may_move = event_thread_ == std::thread::id{} || event_thread_ == std::this_thread::get_id();
    if (card_) {
        if (!card_->gone()) return Presence::Present;
        if (may_move) {
            card_.reset();
            removal_ = Removal::Noticed;
        }
        return Presence::Absent;
    }
    if (may_move && removal_ == Removal::Shown) card_ = accept_card();
    return card_ ? Presence::Present : Presence::Absent;
}

void Slot::wait_for_change(std::chrono::milliseconds limit) {
    std::shared_ptr<CardLink> link;
    {
        const std::lock_guard lock(mutex_);
        event_thread_ = std::this_thread::get_id();
        link = card_;  // keeps the descriptor open while it is polled
        if (removal_ == Removal::Noticed) {
            removal_ = Removal::LookedForAgain;
            return;
        }
        removal_ = Removal::Shown;
    }
    // While a card is in, only its going matters; what it says belongs to transmit().
    std::array<pollfd, 2> items{
        pollfd{stopper_.get(), POLLIN, 0},
        link ? pollfd{link->fd(), POLLRDHUP, 0} : pollfd{listener_.get(), POLLIN, 0},
    };
    constexpr std::int64_t longest = 3'600'000;
    ::poll(items.data(), items.size(), static_cast<int>(std::clamp<std::int64_t>(limit.count(), 0, longest)));
    // One stop ends one wait: pcscd stops the thread at every disconnection, and a stop that stayed would make it spin.
    eventfd_t spent = 0;
    ::eventfd_read(stopper_.get(), &spent);
}

void Slot::stop() const noexcept {
    const eventfd_t one = 1;
    ::eventfd_write(stopper_.get(), one);
}

tl::expected<Bytes, LinkError> Slot::start(Control code) {
    const auto link = card();
    if (!link) return tl::unexpected(LinkError::Gone);
    if (const auto told = link->tell(code, answer_time_); !told) return tl::unexpected(told.error());
    const std::array<std::uint8_t, 1> ask{static_cast<std::uint8_t>(Control::Atr)};
    return link->request(ask, answer_time_);
}

tl::expected<Bytes, LinkError> Slot::power_on() { return start(Control::PowerOn); }

tl::expected<Bytes, LinkError> Slot::reset() { return start(Control::Reset); }

void Slot::power_off() {
    if (const auto link = card()) (void)link->tell(Control::PowerOff, answer_time_);
}

tl::expected<Bytes, LinkError> Slot::transmit(ByteView apdu) {
    const auto link = card();
    if (!link) return tl::unexpected(LinkError::Gone);
    // A body of one byte would be a control code.
    if (apdu.size() < 2) return tl::unexpected(LinkError::Unruly);
    return link->request(apdu, answer_time_);
}

}  // namespace sekimori::lab
