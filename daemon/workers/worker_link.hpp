// SPDX-License-Identifier: Apache-2.0
// WorkerLink: the broker's end of one class of workers (card or finger). Listens on that class's socket, takes one
// worker at a time, knows it by the listener, its uid and, in the lab, the pid that the launcher registered. A worker
// that breaks the protocol is cut off.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "daemon/io/loop.hpp"
#include "protocol/channel.hpp"
#include "protocol/schema.hpp"

namespace sekimori::daemon {

// Which pids may be workers (lab). Outside the lab there is no registry and the uid of the listener's owner decides.
class WorkerRegistry {
  public:
    void expect(wire::WorkerClass worker, pid_t pid) { pids_[worker] = pid; }
    [[nodiscard]] bool knows(wire::WorkerClass worker, pid_t pid) const {
        const auto found = pids_.find(worker);
        return found != pids_.end() && found->second == pid;
    }

  private:
    std::map<wire::WorkerClass, pid_t> pids_;
};

struct WorkerLinkOptions {
    wire::WorkerClass worker{};
    std::string socket_path;           // its owner is the uid that the worker must have
    UniqueFd listener;                 // made by us, or passed by whoever started us
    const WorkerRegistry* registry{};  // nullptr: production
};

class WorkerLink {
  public:
    // Message: returns whether the worker may stay. Up/Down: a worker greeted us, a worker is gone.
    struct Handlers {
        std::function<Status(wire::MessageType, ByteSpan)> message;
        std::function<void()> up;
        std::function<void()> down;
    };
    WorkerLink(WorkerLinkOptions options, Handlers handlers);

    [[nodiscard]] bool up() const noexcept { return greeted_; }
    // Errors: gone (no worker), busy (it does not read: it is cut off).
    template <class T>
    Status send(const T& message) {
        if (!greeted_) return fail(ErrorCode::gone, "no worker");
        auto sent = channel_.send(message);
        if (!sent) cut_soon();
        return sent;
    }
    // The same, and what the worker does not read at once waits here, in order. Do not mix it with send(). Errors:
    // gone, too_large (more waits than kMostWaiting: it is cut off).
    template <class T>
    Status post(const T& message) {
        if (!greeted_) return fail(ErrorCode::gone, "no worker");
        auto bytes = wire::encode(message);
        if (!bytes) return tl::unexpected<Error>(bytes.error());
        return enqueue(std::move(*bytes));
    }
    // Ends the connection; down() is called from the loop.
    void cut_soon();
    // Asks the worker to end and takes none that is the same process. up() tells when the next one is there.
    Status retire();

  private:
    void on_listener();
    void on_channel();
    void adopt(Channel channel, pid_t pid);
    void cut();
    [[nodiscard]] Status read_one();
    [[nodiscard]] Status enqueue(SecureBytes bytes);
    void flush();
    [[nodiscard]] Status check_peer(const Peer& peer) const;

    WorkerLinkOptions options_;
    Handlers handlers_;
    Channel channel_;
    pid_t pid_{-1};
    bool greeted_{false};
    std::optional<pid_t> retired_;
    std::deque<SecureBytes> waiting_;
    std::size_t waiting_bytes_{0};
    Source listen_source_, channel_source_, cut_source_, hello_timer_, write_source_;
};

}  // namespace sekimori::daemon
