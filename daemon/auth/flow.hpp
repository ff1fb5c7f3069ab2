// SPDX-License-Identifier: Apache-2.0
// Flow: drives one Transaction (core/transaction.hpp): performs its actions with the devices, the store and the
// dialogue, and feeds what comes of them back. Dropping a Flow drops its guards: the sensor stops, the card is let go,
// nothing is granted.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/transaction.hpp"
#include "daemon/auth/card_proof.hpp"
#include "daemon/auth/charges.hpp"
#include "daemon/auth/code_holder.hpp"
#include "daemon/auth/dialogue.hpp"
#include "daemon/auth/resolve.hpp"
#include "daemon/broker.hpp"

namespace sekimori::daemon {

struct FlowRequest {
    Scope scope{Scope::user};
    std::string service;
    std::string user;       // empty: the card says who it is
    std::string requester;  // shown with the prompts
    std::string where;      // for the trail
    std::string what;       // "login", "elevate", ...
    std::string caller;     // whom the caller's counter belongs to
    Purpose purpose{Purpose::authenticate};
    std::function<bool()> still_there;  // the caller's process lives: asked again before the verdict
    // Asked with everything else that is read again before the event is written: what the grant is for may not take it.
    std::function<Reason(const PersonRecord& person, const std::string& account)> last_word;
    std::optional<CardVisit> skip;  // a session's own card, which is to make room
    std::shared_ptr<void> lease;    // for as long as this lasts that session does not miss it
    Ask code{Ask::no};              // a code in the card's place will do, where somebody has one
    Emergency emergency{Emergency::no};
    Right right{Right::administer};        // of an administrator
    std::optional<PersonId> other_than{};  // the first of two
};

struct FlowResult {
    Denied end{Reason::internal};  // reason granted: granted
    std::optional<PersonRecord> person;
    std::optional<CardId> card;
    std::string account;
    CardVisit visit{};
    Presence presence{Presence::hold};
    Hold hold{};                    // without a card: what stood in for it
    std::optional<LastUse> before;  // when the person came in last
    // Two factors, but the disk is full (end: record_failed): whoever is asked for a denial may take this, and nobody
    // else. Only where `right` was Right::deny.
    std::optional<Warrant> warrant;
    // Two factors.
    [[nodiscard]] bool granted() const noexcept { return end.reason == Reason::granted; }
    // Or two administrators' word.
    [[nodiscard]] bool let_in() const noexcept { return granted() || end.reason == Reason::break_glass; }
};

class Flow final : public CardListener {
  public:
    // `done` is called from the loop, once; the Flow may be destroyed in it. Precondition: the turn is ours.
    Flow(Broker& broker, FlowRequest request, Dialogue& dialogue, std::function<void(FlowResult)> done);
    ~Flow() override;

    void start();
    // Ends it: cancelled, preempted, the peer is gone.
    void refuse(Reason reason);
    void denied(const std::optional<PersonId>& person, const std::optional<CardId>& card);
    void withdrawn(const StatementId& statement);

    void card_inserted(const CardVisit& visit) override;
    void card_removed(const CardVisit& visit) override;
    void readers_changed() override;

  private:
    void feed(TransactionEvent event);
    void adopt(TransactionStep step);
    void drain();
    void perform(const TransactionAction& action);
    [[nodiscard]] MessageId prompt_for(MessageId id) const noexcept;
    void finish();

    void identify(const CardVisit& visit);
    void on_identified(const CardVisit& visit, const CardAnswer& answer);
    void ask_account();
    void on_account(wire::AnswerStatus status, const SecureBytes& text);
    void ask_pin(std::uint8_t tries);
    void charge();
    [[nodiscard]] OnFullDisk on_full_disk() const noexcept;
    void held(std::string_view what);
    void prove();
    void arm();
    void on_finger(FingerAnswer answer);
    void record();
    // flow_secret.cpp
    void ask_password();
    void ask_code();
    void on_code(const SecureBytes& typed);
    void adopt_holder(Holder holder);
    void check_secret();
    void check_glass();
    void record_glass();
    [[nodiscard]] CodeQuestion code_question() const;
    [[nodiscard]] Reason recheck_code() const;
    [[nodiscard]] AuditEvent refusal_event(Reason reason) const;
    [[nodiscard]] ResolveQuestion question(std::string_view user) const;
    [[nodiscard]] Reason recheck() const;
    [[nodiscard]] Reason devices_missing() const;
    [[nodiscard]] std::vector<CardVisit> cards_here() const;  // but for the one that makes room
    [[nodiscard]] const Candidate* candidate() const noexcept;
    [[nodiscard]] Millis boottime() const { return broker_.clock.now().boottime; }

    Broker& broker_;
    FlowRequest request_;
    Dialogue& dialogue_;
    std::function<void(FlowResult)> done_;
    TransactionPolicy policy_;
    Transaction transaction_;
    enum class Turn : std::uint8_t { waited_for, ours } turn_{Turn::waited_for};
    const std::string terminal_;
    std::deque<TransactionEvent> events_;
    std::deque<TransactionAction> actions_;
    enum class Running : std::uint8_t { no, yes } draining_{Running::no};
    Source timer_, finish_;

    std::vector<std::pair<CardVisit, CardRequest>> identifying_;
    std::optional<Resolved> resolved_;   // what the machine's candidate stands for
    std::optional<CardRecord> claimed_;  // what a refused card said it is; nothing was proved
    std::string account_;
    SecureBytes pin_;
    SecureBytes secret_;                // a code or password, until it is compared
    std::optional<SecretRecord> code_;  // instead of a card
    std::optional<TicketHolder> ticket_;
    std::optional<LastUse> before_;
    Charges charges_;
    std::unique_ptr<CardProofRound> proof_;
    FingerRequest finger_;
    std::vector<FingerId> gallery_;
};

}  // namespace sekimori::daemon
