// SPDX-License-Identifier: Apache-2.0
// Connection: one client of auth.sock, from Hello to its one Verdict. What a message may do depends on the state and on
// who the peer is: one table (connection.cpp). A message out of its place, a malformed one, or silence ends the
// connection, and with it the transaction.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/auth/dialogue.hpp"
#include "daemon/auth/flow.hpp"
#include "daemon/auth/origin_lookup.hpp"
#include "daemon/broker.hpp"

namespace sekimori::daemon {

// Who is at the other end: SO_PEERCRED, frozen at connect, and a pidfd taken at accept, so that a pid that was reused
// is seen.
struct Caller {
    Peer peer;
    UniqueFd pidfd;
    Rank rank{Rank::unprivileged};
    [[nodiscard]] bool alive() const noexcept;
    // For the trail: the terminal that a root caller names, and of others what is known of them.
    [[nodiscard]] std::string place(const std::string& tty) const;
};
// Errors: gone (the process has ended already), io.
[[nodiscard]] Result<Caller> identify_caller(const Channel& channel, LabMode lab);

class Connection {
  public:
    Connection(Broker& broker, Channel channel, Caller caller, std::function<void(Connection*)> closed);
    ~Connection();
    [[nodiscard]] const Caller& caller() const noexcept { return caller_; }

  private:
    enum class State : std::uint8_t { fresh, greeted, transaction, decided };
    struct Row;
    static const Row kTable[];

    void on_readable();
    Status handle(ByteSpan bytes);
    Status on_hello(ByteSpan bytes);
    Status on_begin(ByteSpan bytes);
    Status on_answer(ByteSpan bytes);
    Status on_account(ByteSpan bytes);
    Status on_open_session(ByteSpan bytes);
    Status on_close_session(ByteSpan bytes);

    [[nodiscard]] Reason admit(const wire::Begin& begin) const;
    [[nodiscard]] std::optional<Denied> locked(const wire::Begin& begin) const;
    [[nodiscard]] std::string caller_key(const wire::Begin& begin) const;
    void look_up(const std::string& rhost, OriginLookup::Done then);
    void on_origin(const OriginFacts& facts);
    void refuse(const Denied& end);
    void queue(const wire::Begin& begin);
    void on_result(const FlowResult& result);
    void take_back(const FlowResult& result, Reason reason);
    void tell_of_login(const FlowResult& result);
    void verdict(const Denied& end, const std::string& user, SecureBytes grant);
    void close();

    Broker& broker_;
    Channel channel_;
    Caller caller_;
    std::function<void(Connection*)> closed_;
    State state_{State::fresh};
    ChannelDialogue dialogue_;
    wire::Begin begin_;
    wire::OpenSession open_;
    struct Swapped {
        CardVisit own;
        std::uint32_t back_seconds;
    };
    std::optional<Swapped> swapped_;  // the card that made room
    std::string session_;             // logind's id of the caller's session, "" if it has none
    std::unique_ptr<OriginLookup> look_up_;
    Turns::Ticket ticket_;
    std::unique_ptr<Flow> flow_;
    Source source_, limit_, close_;
};

}  // namespace sekimori::daemon
