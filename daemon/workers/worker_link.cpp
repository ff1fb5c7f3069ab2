// SPDX-License-Identifier: Apache-2.0
#include "daemon/workers/worker_link.hpp"

#include <sys/stat.h>

#include <chrono>
#include <string_view>

#include "core/build.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kHelloLimit = std::chrono::seconds{5};
constexpr std::size_t kMostWaiting = std::size_t{2} << 20;
constexpr int kBurst = 32;  // messages read in one turn of the loop, so that a chatty worker can't starve the others

const char* class_name(wire::WorkerClass worker) {
    switch (worker) {
        case wire::WorkerClass::card:
            return "card";
        case wire::WorkerClass::finger:
            return "finger";
        case wire::WorkerClass::fleet:
            return "fleet agent";
        case wire::WorkerClass::lock:
            return "lock";
    }
    return "";
}

}  // namespace

WorkerLink::WorkerLink(WorkerLinkOptions options, Handlers handlers)
    : options_(std::move(options)), handlers_(std::move(handlers)) {
    listen_source_ = watch_readable(options_.listener.get(), [this] { on_listener(); });
}

Status WorkerLink::check_peer(const Peer& peer) const {
    struct stat info {};
    if (stat(options_.socket_path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode))
        return fail(ErrorCode::refused, "the worker's socket has no owner");
    if (peer.uid != info.st_uid) return fail(ErrorCode::refused, "another uid than the socket's owner");
    if (options_.registry != nullptr && !options_.registry->knows(options_.worker, peer.pid))
        return fail(ErrorCode::refused, "a process that the launcher did not register");
    if (retired_ && *retired_ == peer.pid) return fail(ErrorCode::refused, "the worker that was to end");
    return {};
}

void WorkerLink::on_listener() {
    auto channel = accept_from(options_.listener.get());
    if (!channel) return;
    const auto peer = channel->peer();
    if (!peer) return;
    if (auto known = check_peer(*peer); !known) {
        log_warning("{} worker refused: {} (uid {}, pid {})", class_name(options_.worker), known.error().message,
                    peer->uid, peer->pid);
        return;
    }
    // A newer process of the right account takes the place of the older one: the supervisor started it because that one
    // was dead or stuck.
    if (channel_) cut();
    adopt(std::move(*channel), peer->pid);
}

void WorkerLink::adopt(Channel channel, pid_t pid) {
    channel_ = std::move(channel);
    pid_ = pid;
    retired_.reset();
    channel_source_ = watch_readable(channel_.fd(), [this] { on_channel(); });
    hello_timer_ = after(kHelloLimit, [this] {
        if (!greeted_) cut();
    });
}

Status WorkerLink::read_one() {
    auto bytes = channel_.receive(std::nullopt);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const auto type = wire::type_of(bytes->span());
    if (!type) return tl::unexpected<Error>(type.error());
    if (!greeted_) {
        auto hello = wire::decode<wire::WorkerHello>(bytes->span());
        if (!hello) return tl::unexpected<Error>(hello.error());
        if (hello->worker != options_.worker || hello->build != kBuild)
            return fail(ErrorCode::mismatch, "a worker of another class or build");
        if (auto sent = channel_.send(wire::WorkerWelcome{}); !sent) return sent;
        greeted_ = true;
        hello_timer_.reset();
        log_info("{} worker is there (pid {})", class_name(options_.worker), pid_);
        handlers_.up();
        return {};
    }
    return handlers_.message(static_cast<wire::MessageType>(*type), bytes->span());
}

void WorkerLink::on_channel() {
    for (int i = 0; i < kBurst && channel_; ++i) {
        auto status = read_one();
        if (status) continue;
        if (status.error().code == ErrorCode::busy) return;
        if (status.error().code != ErrorCode::gone)
            log_warning("{} worker is cut off: {}", class_name(options_.worker), status.error().message);
        cut();
        return;
    }
}

Status WorkerLink::enqueue(SecureBytes bytes) {
    if (waiting_bytes_ + bytes.size() > kMostWaiting) {
        cut_soon();
        return fail(ErrorCode::too_large, "the worker does not read");
    }
    waiting_bytes_ += bytes.size();
    waiting_.push_back(std::move(bytes));
    if (!write_source_) flush();
    return {};
}

void WorkerLink::flush() {
    while (!waiting_.empty()) {
        const Status sent = channel_.send_bytes(waiting_.front().span());
        if (!sent && sent.error().code == ErrorCode::busy) {
            if (!write_source_) write_source_ = watch_writable(channel_.fd(), [this] { flush(); });
            return;
        }
        if (!sent) {
            write_source_.reset();
            return cut_soon();
        }
        waiting_bytes_ -= waiting_.front().size();
        waiting_.pop_front();
    }
    write_source_.reset();
}

void WorkerLink::cut_soon() {
    if (channel_) cut_source_ = soon([this] { cut(); });
}

void WorkerLink::cut() {
    const bool was_up = greeted_;
    cut_source_.reset();
    channel_source_.reset();
    write_source_.reset();
    hello_timer_.reset();
    waiting_.clear();
    waiting_bytes_ = 0;
    channel_ = Channel();
    greeted_ = false;
    if (!was_up) return;
    log_info("{} worker is gone (pid {})", class_name(options_.worker), pid_);
    handlers_.down();
}

Status WorkerLink::retire() {
    auto sent = send(wire::Retire{});
    if (sent) retired_ = pid_;
    return sent;
}

}  // namespace sekimori::daemon
