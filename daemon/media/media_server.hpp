// SPDX-License-Identifier: Apache-2.0
// MediaServer: the broker's end of media.sock. Says whether a device may be used, and writes down every plug. It has no
// device itself: when something changes it touches a file, and systemd has everything looked at again
// (sekimori-media.path).
#pragma once

#include <list>
#include <memory>

#include "daemon/broker.hpp"
#include "daemon/io/loop.hpp"
#include "daemon/media/plugged.hpp"

namespace sekimori::daemon {

class MediaServer {
  public:
    static constexpr std::size_t kMaxConnections = 16;

    MediaServer(Broker& broker, std::string socket_path, UniqueFd listener);
    ~MediaServer();
    MediaServer(const MediaServer&) = delete;
    MediaServer& operator=(const MediaServer&) = delete;
    MediaServer(MediaServer&&) = delete;
    MediaServer& operator=(MediaServer&&) = delete;

    // A record came, went or ended: what is plugged in is looked at again.
    void changed();
    [[nodiscard]] const std::vector<Plug>& plugs() const noexcept { return plugged_.list(); }

  private:
    struct Connection;
    void on_listener();
    void on_readable(Connection& connection);
    Status read_one(Connection& connection);
    [[nodiscard]] wire::MediaVerdict plugged(const wire::MediaPlugged& message);
    void record(Plug& plug, wire::Settled settled, const Instant& now);
    void wait_for_next_end();

    Broker& broker_;
    std::string socket_path_;
    UniqueFd listener_;
    Plugged plugged_;
    Refusals refusals_;
    std::list<std::unique_ptr<Connection>> connections_;
    UniqueFd timer_;
    Source source_, timer_source_;
};

}  // namespace sekimori::daemon
