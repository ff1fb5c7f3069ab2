// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/card_connection.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "tests/lab/cards/socket_address.hpp"
#include "tests/lab/reader/frame.hpp"

namespace sekimori::lab {
namespace {

bool send_all(int fd, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace

CardConnection::CardConnection(std::shared_ptr<Card> card, Faults faults)
    : card_(std::move(card)), faults_(std::move(faults)), stopper_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

CardConnection::~CardConnection() { pull(); }

Outcome<void> CardConnection::insert(const std::string& socket, std::chrono::milliseconds patience) {
    pull();
    auto fd = connect_to_reader(socket, patience, -1);
    if (!fd) return tl::unexpected(fd.error());
    {
        const std::lock_guard lock(mutex_);
        ++counters_.connects;
        counters_.out = Out::NotYet;
        taken_ = false;
        in_ = true;
    }
    thread_ =
        std::thread([this, socket, connected = std::move(*fd)]() mutable { serve(std::move(connected), socket); });
    return {};
}

void CardConnection::pull() {
    if (!thread_.joinable()) return;
    ::eventfd_write(stopper_.get(), 1);
    thread_.join();
    eventfd_t drained = 0;
    ::eventfd_read(stopper_.get(), &drained);
}

void CardConnection::serve(UniqueFd fd, const std::string& socket) {
    std::shared_ptr<Card> card = card_;
    for (;;) {
        End end = serve_one(fd, card);
        fd.reset();
        if (end.next) {
            card = std::move(end.next);
        } else if (end.why != Out::ByReader || reader_loss_ == ReaderLoss::Ends) {
            return leave(end.why);
        }
        auto again = connect_to_reader(socket, kPatience, stopper_.get());
        if (!again) return leave(Out::ByReader);
        fd = std::move(*again);
        const std::lock_guard lock(mutex_);
        ++counters_.connects;
    }
}

CardConnection::End CardConnection::serve_one(const UniqueFd& fd, const std::shared_ptr<Card>& card) {
    WireSession session(card, card == card_ ? faults_ : Faults{});
    FrameParser parser;
    std::array<std::uint8_t, 4096> chunk{};
    std::array<pollfd, 2> items{pollfd{stopper_.get(), POLLIN, 0}, pollfd{fd.get(), POLLIN, 0}};
    for (;;) {
        if (::poll(items.data(), items.size(), -1) < 0) continue;
        if (items[0].revents != 0) return {Out::Pulled, nullptr};
        acknowledge_quickly(fd.get());
        const ssize_t n = ::recv(fd.get(), chunk.data(), std::min(parser.missing(), chunk.size()), MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n <= 0) return {Out::ByReader, nullptr};
        parser.feed(ByteView(chunk).first(static_cast<std::size_t>(n)));
        const auto body = parser.take();
        if (!body) continue;

        WireSession::Step step;
        {
            const std::lock_guard lock(card_mutex_);
            step = session.on_frame(*body);
        }
        note(*body, session);
        if (step.delay.count() > 0 && stopped_within(step.delay)) return {Out::Pulled, nullptr};
        if (!send_all(fd.get(), step.out)) return {Out::ByReader, nullptr};
        if (leaves(step.ending)) return {Out::ByFault, step.next};
    }
}

bool CardConnection::stopped_within(std::chrono::milliseconds time) const {
    pollfd item{stopper_.get(), POLLIN, 0};
    return ::poll(&item, 1, static_cast<int>(time.count())) > 0;
}

void CardConnection::note(ByteView body, const WireSession& session) {
    const std::lock_guard lock(mutex_);
    taken_ = taken_ || session.taken();
    if (body.size() > 1) ++counters_.apdus;
    if (body.size() == 1 && Control{body[0]} == Control::PowerOn) ++counters_.power_ons;
    if (body.size() == 1 && Control{body[0]} == Control::Reset) ++counters_.resets;
    changed_.notify_all();
}

void CardConnection::leave(Out why) {
    const std::lock_guard lock(mutex_);
    counters_.out = why;
    in_ = false;
    changed_.notify_all();
}

template <class Condition>
bool CardConnection::wait(std::chrono::milliseconds limit, Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, condition);
}

bool CardConnection::wait_until_taken(std::chrono::milliseconds limit) {
    wait(limit, [this] { return taken_ || !in_; });
    const std::lock_guard lock(mutex_);
    return taken_;
}

bool CardConnection::wait_until_out(std::chrono::milliseconds limit) {
    return wait(limit, [this] { return !in_; });
}

bool CardConnection::wait_for_apdus(std::size_t count, std::chrono::milliseconds limit) {
    return wait(limit, [this, count] { return counters_.apdus >= count; });
}

CardConnection::Counters CardConnection::counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
}

}  // namespace sekimori::lab
