// SPDX-License-Identifier: Apache-2.0
// Outbox: what the broker wants on the server, in its order, denials before everything else. The broker keeps it until
// it is told; here it is held only while it is on its way, so that nothing is lost with the agent.
#pragma once

#include <deque>
#include <functional>

#include "fleet/agent/broker_link.hpp"
#include "fleet/pq/connection.hpp"

namespace sekimori::fleet {

class Outbox {
  public:
    // `jitter`: some time up to the given one, by chance.
    Outbox(Loop& loop, BrokerLink& broker, Connection& server, std::function<Millis(Millis)> jitter)
        : loop_(loop), broker_(broker), server_(server), jitter_(std::move(jitter)) {}

    // Errors: too_large (the broker sends more than it may before it waits).
    [[nodiscard]] Status take(wire::SubmitBlob blob);
    [[nodiscard]] Status take(wire::SubmitPersonKey key);
    [[nodiscard]] Status take(wire::Submit submit);
    [[nodiscard]] Status take(wire::Acknowledge ack);
    [[nodiscard]] Status take(wire::TrailRow row);
    [[nodiscard]] Status take(wire::TrailHeadSigned head);

    // The server is up, and what it has of the trail.
    void go(std::uint64_t trail_seq);
    void pause();  // the server is gone: what was under way is sent again
    void clear();  // the broker is gone: it will say all of it again
    // Whether something was submitted that may still be refused.
    [[nodiscard]] bool expects_refusals() const noexcept { return submitted_ > 0; }

  private:
    struct Item {
        std::int16_t kind{};
        Bytes name;
        GroupId group;
        std::int32_t generation{1};
        Bytes sealed;
    };
    struct Parcel {
        wire::Submit submit;
        std::vector<Item> items;
    };
    void next();
    void send_parcel(std::deque<Parcel>& from);
    void send_acks();
    void send_trail();
    void send_head();
    void later();
    [[nodiscard]] Status add(Item item);

    Loop& loop_;
    BrokerLink& broker_;
    Connection& server_;
    std::function<Millis(Millis)> jitter_;
    enum class Link : std::uint8_t { down, up } link_{Link::down};
    enum class Busy : std::uint8_t { no, yes } busy_{Busy::no};
    std::vector<Item> items_;  // for the Submit that comes
    std::size_t items_bytes_{0};
    std::deque<Parcel> denials_, grants_;
    std::deque<wire::Acknowledge> acks_;
    std::deque<wire::TrailRow> trail_;
    std::optional<wire::TrailHeadSigned> head_;
    std::size_t submitted_{0};
    Source again_, gather_;
};

}  // namespace sekimori::fleet
