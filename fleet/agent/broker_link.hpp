// SPDX-License-Identifier: Apache-2.0
// BrokerLink: the agent's end of fleet.sock. It outlives its broker and connects again for ever. What the broker does
// not read yet waits here; whoever brings more looks at backlog() first.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "event/log.hpp"
#include "event/loop.hpp"
#include "protocol/channel.hpp"
#include "protocol/schema.hpp"

namespace sekimori::fleet {

class BrokerLink {
  public:
    struct Handlers {
        // Errors end the connection.
        std::function<Status(wire::MessageType, ByteSpan)> message;
        std::function<void()> lost;
        std::function<void()> drained;  // backlog() is 0 again
    };
    BrokerLink(Loop& loop, std::string path) : loop_(loop), path_(std::move(path)) {}
    void use(Handlers handlers) { handlers_ = std::move(handlers); }
    void connect();

    // Without a broker that has welcomed us nothing is sent: it is told all that counts when it comes. Errors: what
    // can't be encoded, which the broker then does not hear.
    template <class T>
    [[nodiscard]] Status tell(const T& message) {
        if (state_ != State::welcome) return {};
        auto bytes = wire::encode(message);
        if (!bytes) return tl::unexpected<Error>(bytes.error());
        enqueue(std::move(*bytes));
        return {};
    }
    // What it can do without.
    template <class T>
    void send(const T& message) {
        if (const auto told = tell(message); !told) log_error("the broker can't be told: {}", told.error().message);
    }
    [[nodiscard]] std::size_t backlog() const noexcept { return queue_.size(); }

  private:
    enum class State : std::uint8_t { away, greeting, welcome };
    void enqueue(SecureBytes bytes);
    void flush();
    void on_ready();
    [[nodiscard]] Status read_one();
    void lost();

    Loop& loop_;
    std::string path_;
    Handlers handlers_;
    Channel channel_;
    State state_{State::away};
    std::deque<SecureBytes> queue_;
    Source source_, again_;
};

}  // namespace sekimori::fleet
