// SPDX-License-Identifier: Apache-2.0
// Courier: between fleet.sock and the server. It carries bytes both ways, knows how far each side has come, and
// believes nothing: what it brings is verified by the broker, what it takes is signed already.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "fleet/agent/broker_link.hpp"
#include "fleet/agent/joiner.hpp"
#include "fleet/agent/outbox.hpp"
#include "fleet/agent/renewing.hpp"

namespace sekimori::fleet {

class Courier {
  public:
    Courier(Loop& loop, BrokerLink& broker, Papers& papers, Rng& rng);

  private:
    [[nodiscard]] Status from_broker(wire::MessageType type, ByteSpan message);
    void broker_lost();
    void state(const wire::FleetState& state);

    // The server.
    void connect();
    void reconnect();
    void rest();
    void up();
    void refused(const Error& error);
    void down(const Error& error);
    void greeted(const Rows& rows);
    void notified(std::string_view payload);
    void link_state(wire::LinkIs is, const std::string& why);

    // What the server has: each of these may be wanted again while it runs.
    void want(Millis delay);
    void fetch();
    void look_at_denials();
    void fetch_denials(Bytes after_hash, Bytes after_terminal);
    void fetch_keys();
    void look_at_reach();
    void fetch_entries();
    void fetch_their_material(const std::shared_ptr<Rows>& entries);
    void fetch_material(const std::shared_ptr<Rows>& entries, std::int64_t last);
    void down_after(const Error& error);
    void fetched(const Rows& entries);
    void pass_heartbeat();
    void fetch_refusals();
    void watch_acks();
    [[nodiscard]] Millis jitter(Millis most);
    [[nodiscard]] unsigned rounds() const;  // in which no host answered

    Loop& loop_;
    BrokerLink& broker_;
    Papers& papers_;
    Rng& rng_;
    Connection server_;
    Joiner joiner_;
    Outbox outbox_;
    Renewing renewing_;

    wire::Membership membership_{wire::Membership::none};
    Target target_;
    std::size_t host_{0};
    unsigned failures_{0};
    std::uint64_t seq_{0};     // the last entry that the broker was given
    std::int64_t change_{-1};  // the last blob or key; -1: to be asked for
    Bytes reach_;
    Bytes next_reach_;  // that the server says meanwhile: from the next round on
    Bytes heartbeat_;   // not passed on yet
    enum class Fetching : std::uint8_t { no, yes, again } fetching_{Fetching::no}, denials_{Fetching::no};
    enum class Paused : std::uint8_t { no, yes } paused_{Paused::no};
    struct Watch {
        std::int64_t after{0};
        std::set<std::int64_t> seen;
    };
    std::map<Bytes, Watch> watches_;
    std::size_t asked_{0};  // for their acknowledgements, and not answered
    Source again_, wanted_, keys_wanted_, regular_, acks_due_, refusals_due_;
};

}  // namespace sekimori::fleet
