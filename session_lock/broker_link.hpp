// SPDX-License-Identifier: Apache-2.0
// BrokerLink: lockd's end of lock.sock. Unlike the workers, lockd outlives its broker: it connects again for ever.
#pragma once

#include <string>

#include "event/loop.hpp"
#include "protocol/channel.hpp"
#include "session_lock/warden.hpp"

namespace sekimori::lockd {

class BrokerLink final : public News {
  public:
    BrokerLink(Loop& loop, std::string path) : loop_(loop), path_(std::move(path)) {}
    void use(Warden& warden) { warden_ = &warden; }
    void connect();

    void tell(const wire::SessionFacts& facts) override { send(facts); }
    void tell(const wire::SessionSeen& seen) override { send(seen); }
    void tell(const wire::LockerGone& gone) override { send(gone); }
    void tell(const wire::SessionRemoved& removed) override { send(removed); }
    void tell(const wire::SessionEmptied& emptied) override { send(emptied); }
    void tell(const wire::SessionIdle& idle) override { send(idle); }
    void tell(const wire::MachineSlept& slept) override { send(slept); }

  private:
    enum class State : std::uint8_t { away, greeting, welcome };
    template <class T>
    void send(const T& message) {
        if (state_ == State::welcome && !channel_.send(message)) lost();
    }
    void on_readable();
    [[nodiscard]] Status read_one();
    void lost();

    Loop& loop_;
    std::string path_;
    Warden* warden_{nullptr};
    Channel channel_;
    State state_{State::away};
    Source source_, again_;
};

}  // namespace sekimori::lockd
