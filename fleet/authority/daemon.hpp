// SPDX-License-Identifier: Apache-2.0
// The sequencer at work: what waits on the server is judged, written to chain.log and only then placed; a heartbeat
// every few seconds says how far the chain has come. Whatever ends it in between, the next start goes on from
// chain.log.
#pragma once

#include "fleet/authority/chain_log.hpp"
#include "fleet/authority/server.hpp"
#include "fleet/authority/state.hpp"

namespace sekimori::fleet {

class Daemon {
  public:
    // `stop`: a descriptor that becomes readable when it is time to end. Errors: busy (another process), corrupt, …
    [[nodiscard]] static Result<Daemon> make(const State& state, Clock& clock, int stop);
    // Until `stop`. Errors: what only a person can mend (full, corrupt, locked …); a server that is away is none.
    [[nodiscard]] Status run();

  private:
    Daemon(State state, Target target, LedgerId ledger, std::array<std::uint8_t, 16> instance, ChainLog log,
           Sequencer sequencer, Clock& clock, std::optional<ClockRecord> kept, int stop)
        : state_(std::move(state)),
          target_(std::move(target)),
          ledger_(ledger),
          instance_(instance),
          log_(std::move(log)),
          sequencer_(std::move(sequencer)),
          clock_(clock),
          kept_(kept),
          stop_(stop) {}
    [[nodiscard]] Status serve(Server& server);
    [[nodiscard]] Status reconcile(Server& server, const Server::Head& head);
    // Whether something was there, so that more may wait.
    enum class More : std::uint8_t { no, likely };
    [[nodiscard]] Result<More> work(Server& server);
    [[nodiscard]] Status renew_keys(const std::vector<Waiting>& waiting);
    [[nodiscard]] bool stopped(Millis limit) const;
    // Whether anything may be signed by this time.
    [[nodiscard]] bool may_sign(const Instant& now);

    State state_;
    Target target_;
    LedgerId ledger_;
    std::array<std::uint8_t, 16> instance_;
    ChainLog log_;
    Sequencer sequencer_;
    Clock& clock_;
    std::optional<ClockRecord> kept_;  // none: nothing is kept yet
    ClockIs was_{ClockIs::right};
    int stop_;
};

}  // namespace sekimori::fleet
