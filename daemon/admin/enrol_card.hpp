// SPDX-License-Identifier: Apache-2.0
// EnrolCard: from a card on a reader to a card in the ledger. A worker without a past reads it; the card proves its key
// by a signature (or Lite-S's mutual authentication) over our nonce; the chain is checked to the configured roots; only
// then it is stored.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/admin/command.hpp"
#include "daemon/auth/card_proof.hpp"

namespace sekimori::daemon {

struct EnrolCardRequest {
    PersonRecord person;
    std::optional<std::string> reader;
    CardSlot slot{CardSlot::none};  // none: 9E if the card has it, else 9A
    Millis timeout{std::chrono::seconds{60}};
    std::vector<PersonId> earlier;       // whose cards may lie there still: they are passed over, and may be taken away
    std::optional<PersonId> approver{};  // of a temporary card: it ends with today
};

class EnrolCard final : public CardListener {
  public:
    // `done` comes from the loop, once. Dropped before: nothing is stored.
    EnrolCard(CommandRun& run, EnrolCardRequest request, std::function<void(Reply)> done);
    ~EnrolCard() override;

    void card_inserted(const CardVisit& visit) override;
    void card_removed(const CardVisit& visit) override;
    void readers_changed() override;

  private:
    enum class State : std::uint8_t { renewing, settling, waiting, reading, asking, proving, over };
    void renewed();
    void look();
    void next();
    void wait();
    void read(const CardVisit& visit);
    void on_data(const CardAnswer& answer);
    void take();
    [[nodiscard]] bool earlier(const CardKey& key) const;
    [[nodiscard]] std::optional<Refusal> judge(const wire::CardData& data) const;
    void ask_pin();
    void prove(SecureBytes pin);
    void prove_lite_s();
    void on_proof(const ProofResult& result);
    void store();
    void finish(Reply reply);

    CommandRun& run_;
    Broker& broker_;
    EnrolCardRequest request_;
    std::function<void(Reply)> done_;
    State state_{State::renewing};
    CardVisit visit_;                // that is being read, or was taken
    std::vector<CardVisit> unread_;  // besides it
    struct Found {
        CardVisit visit;
        wire::CardData data;
    };
    std::optional<Found> found_;  // while the others are read
    CardId card_;
    wire::CardData data_;
    std::vector<SecureBytes> keys_;  // Lite-S: those still to be tried
    SecureBytes key_;
    CardRequest reading_;
    std::unique_ptr<CardProofRound> proof_;
    Source limit_, step_, retry_;
};

}  // namespace sekimori::daemon
