// SPDX-License-Identifier: Apache-2.0
// Joining: from a token to a member's store. What the agent carries is authenticated end to end with the token's
// secret, which it never sees; nothing is stored before the authority's answer was verified. A member that has lost its
// certificate, or let it end, joins again as the terminal that it is: its keys and its ledger stay.
#pragma once

#include <functional>

#include "daemon/broker.hpp"
#include "daemon/workers/worker_link.hpp"
#include "ledger/join.hpp"

namespace sekimori::daemon {

class Joining {
  public:
    struct Hands {
        std::function<void()> joined;      // the store is a member's
        std::function<void(Status)> done;  // once: it opens logins, or why it never will
        std::function<void()> over;        // this object ends
    };
    // Borrows broker and agent.
    Joining(Broker& broker, WorkerLink& agent, JoinToken token, Hands hands)
        : broker_(broker), agent_(agent), token_(std::move(token)), hands_(std::move(hands)) {}
    ~Joining();
    Joining(const Joining&) = delete;
    Joining& operator=(const Joining&) = delete;

    // Errors: crypto, unavailable.
    [[nodiscard]] Status begin();

    void on_csr(const wire::JoinCsr& csr);
    void on_answer(const wire::JoinAnswer& answer);
    void on_failed(const wire::JoinFailed& failed);
    void failed(Error error);
    // Something came: is this terminal admitted and fresh by now?
    void look();
    void linked();

  private:
    enum class At : std::uint8_t { keys, request, answer, chain, over };
    enum class As : std::uint8_t { stranger, member };
    [[nodiscard]] Status draw_keys();
    [[nodiscard]] Result<Bytes> proof(const Bytes& csr) const;
    [[nodiscard]] Status store_membership(const GroupId& group);
    void give_up();
    [[nodiscard]] bool left();
    [[nodiscard]] Status accept(const wire::JoinAnswer& answer);
    void end(const Status& outcome);

    Broker& broker_;
    WorkerLink& agent_;
    JoinToken token_;
    Hands hands_;
    At at_{At::keys};
    As as_{As::stranger};
    enum class Linked : std::uint8_t { no, yes } linked_{Linked::no};  // with what was given now
    TerminalId terminal_;
    crypto::PublicKey sign_public_{};
    crypto::BoxPublicKey box_public_{};
    std::optional<crypto::SigningKey> sign_;  // of a stranger: the new ones
    std::optional<crypto::BoxKey> box_;
    Source soon_;
};

}  // namespace sekimori::daemon
