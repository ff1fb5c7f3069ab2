// SPDX-License-Identifier: Apache-2.0
// CardProofRound: one challenge to one card and its verification with the ENROLLED key: a signature, or Lite-S's two
// rounds. Used by the transaction and by enrolment (where the key is the one that was just read). Dropping it forgets
// the answer.
#pragma once

#include <functional>
#include <memory>
#include <variant>

#include "core/verifier.hpp"
#include "daemon/broker.hpp"

namespace sekimori::daemon {

struct ProofTarget {
    CardVisit visit;
    CardType type{};
    CardId card;
    CardSlot slot{};
    std::vector<std::uint8_t> spki;
    std::uint8_t scheme{};
    std::vector<std::uint8_t> public_id;  // Lite-S
    SecureBytes secret;                   // Lite-S: CK
    CardStrength least{CardStrength::symmetric};
};

using ProofResult = std::variant<CardProofs, Denied>;

class CardProofRound {
  public:
    // `done` comes from the loop, once. The transcript's nonce and time are set here.
    CardProofRound(Broker& broker, ProofTarget target, Transcript transcript, SecureBytes pin,
                   std::function<void(ProofResult)> done);

  private:
    void start(SecureBytes pin);
    void sign(SecureBytes pin);
    void on_signature(const CardAnswer& answer);
    void lite_s();
    void on_lite_s(const CardAnswer& answer);
    void accept_identifier();
    void finish(ProofResult result);
    void later(ProofResult result);

    Broker& broker_;
    ProofTarget target_;
    Transcript transcript_;
    std::function<void(ProofResult)> done_;
    CardRequest request_;
    LiteSExchange exchange_;
    enum class Round : std::uint8_t { first, second } round_{Round::first};  // of Lite-S
    Millis sent_{};
    Source later_;
};

}  // namespace sekimori::daemon
