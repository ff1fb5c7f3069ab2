// SPDX-License-Identifier: Apache-2.0
// Transaction: one authentication as a pure state machine, step(policy, transaction, event, now) -> {transaction,
// actions}.
//
//   AwaitCard ─► Identifying ─► ChooseAccount? ─► AwaitSecret? ─► (Charging) ─► Proving ─► (Charging) ─► Arming ─►
//   AwaitFinger ─► (Checking) ─► Recording ─► Granted
//   AwaitCode ─┬─► Charging ─► Arming ─► AwaitFinger ─► Checking ─► Recording ─► Granted      a code in the card's
//   place
//              ├─► GlassCharging ─► GlassChecking ─► GlassRecording ─► GlassBroken            two administrators' word
//              └─► AwaitCard, Identifying                                                     the card after all
//        every state ─► Denied(reason)        terminal states absorb every event
//        Recording ─► MayDeny      on a full disk, for what only takes away (TransactionPolicy::full)
//
// A code or password is kept by the driver from AwaitCode or AwaitSecret to Checking, and compared last: whoever is
// refused is not told whether it was that or the finger.
//
// The driver (daemon/) performs the actions in their order and feeds what comes of them back as events. An event that a
// state does not expect changes nothing. Invariants, walked to exhaustion by tests/unit/core/transaction_walk_test.cpp:
//   - Granted holds a Grant: two proofs of different kinds, of this transaction and of the candidate's person;
//   - no PIN is asked for and no challenge sent before a card was resolved to an enrolled, active card of a person who
//   may use the account;
//   - a guess (PIN, finger, code, password) is made only after an attempt was charged;
//   - Granted is entered only from Recording, on Recorded: the audit event is durable first;
//   - from what leads to GlassBroken nothing leads to Granted; GlassBroken holds a BreakGlassProof, and its event is
//   durable first as well;
//   - an attempt or an event that is not on disk leads to Denied, or to MayDeny where the policy says so: never to
//   Granted or GlassBroken;
//   - with presence `hold` the card sat there from its identification to the verdict;
//   - every state that waits has a deadline, and the whole has one.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/factor.hpp"
#include "core/instant.hpp"
#include "core/message.hpp"
#include "core/proof.hpp"
#include "core/verdict.hpp"
#include "core/verifier.hpp"

namespace sekimori {

// What comes of an attempt, or of the last event, for which the disk has no room.
enum class FullDisk : std::uint8_t { refuses, may_deny };

struct TransactionPolicy {
    Millis card{std::chrono::seconds{30}};
    Millis identify{std::chrono::seconds{10}};
    Millis pin{std::chrono::seconds{60}};
    Millis prove{std::chrono::seconds{15}};  // under the nonce's 30 s
    Millis arm{std::chrono::seconds{10}};
    Millis finger{std::chrono::seconds{20}};
    Millis total{std::chrono::seconds{90}};
    std::uint32_t finger_tries{1};
    FullDisk full{FullDisk::refuses};
};

// One visit of a card at a reader: `counter` changes with every insertion and removal.
struct CardVisit {
    std::uint32_t reader{};
    std::uint32_t counter{};
    auto operator<=>(const CardVisit&) const = default;
};

enum class Ask : std::uint8_t { no, yes };

// A card that was looked up and may be used: enrolled, active, of a person who may use the account, strong enough.
// Or, where `set` names a code, somebody whose code is in force: then there is no card, and no visit of one.
struct Candidate {
    CardVisit visit;
    PersonId person;
    CardId card;
    CardSlot slot{};
    FactorSet set;  // what the policy wants of this person with this card
    Presence presence{Presence::hold};
    Ask pin{Ask::no};       // the slot signs only with a PIN
    Ask account{Ask::no};   // several accounts: the person is asked which
    std::uint8_t tries{0};  // PIN tries left on the card, 0: not told
};

// Whom two administrators let in once.
struct Glass {
    PersonId person;
    StatementId ticket;
};

// What to do with a second card that fits: with a named account only that person's cards fit and the first one is
// taken.
enum class Several : std::uint8_t { take_first, refuse };

// ---- states
// -------------------------------------------------------------------------------------------------------------------

struct Denied {
    Reason reason;
    std::uint32_t number{0};  // tries or seconds, for the message
};
struct AwaitCard {};
struct Identifying {
    std::vector<CardVisit> pending;  // at most kMaxVisits
    std::optional<Candidate> taken;
    std::optional<Denied> refusal;  // of a card that did not fit; told if none fits
};
struct ChooseAccount {
    Candidate candidate;
};
// The card's PIN, or a password.
struct AwaitSecret {
    Candidate candidate;
};
struct AwaitCode {};
// An attempt is being charged. Next is the PIN's use (no evidence yet) or the finger.
struct Charging {
    Candidate candidate;
    Evidence evidence;
    std::uint32_t placements{0};
};
struct Proving {
    Candidate candidate;
    Ask charged{Ask::no};
};
struct Arming {
    Candidate candidate;
    Evidence evidence;
    std::uint32_t placements{0};  // that failed so far
};
struct AwaitFinger {
    Candidate candidate;
    Evidence evidence;
    std::uint32_t placements{0};
};
// All but the code or password was right.
struct Checking {
    Candidate candidate;
    Evidence evidence;
};
struct Recording {
    Candidate candidate;
    Grant grant;
};
struct Granted {
    Candidate candidate;
    Grant grant;
};
// Proved, but the disk keeps no trace of it.
struct MayDeny {
    Candidate candidate;
    Warrant warrant;
};

struct GlassCharging {
    Glass glass;
};
struct GlassChecking {
    Glass glass;
};
struct GlassRecording {
    Glass glass;
    BreakGlassProof proof;
};
struct GlassBroken {
    Glass glass;
    BreakGlassProof proof;
};

using TransactionState = std::variant<AwaitCard, Identifying, ChooseAccount, AwaitSecret, AwaitCode, Charging, Proving,
                                      Arming, AwaitFinger, Checking, Recording, Granted, MayDeny, GlassCharging,
                                      GlassChecking, GlassRecording, GlassBroken, Denied>;
inline constexpr std::size_t kMaxVisits = 4;

// Is every attempt of it on disk?
enum class Trace : std::uint8_t { kept, missing };

struct Transaction {
    TransactionId id;
    Several several{Several::take_first};
    Millis end{0};       // boot time at which the whole is over
    Millis deadline{0};  // boot time at which this state is over
    TransactionState state{AwaitCard{}};
    Trace trace{Trace::kept};

    [[nodiscard]] bool over() const noexcept;
    [[nodiscard]] const Denied* denied() const noexcept { return std::get_if<Denied>(&state); }
    [[nodiscard]] const Granted* granted() const noexcept { return std::get_if<Granted>(&state); }
    [[nodiscard]] const MayDeny* may_deny() const noexcept { return std::get_if<MayDeny>(&state); }
    [[nodiscard]] const GlassBroken* glass_broken() const noexcept { return std::get_if<GlassBroken>(&state); }
};

// ---- events
// -------------------------------------------------------------------------------------------------------------------

namespace event {
struct CardInserted {
    CardVisit visit;
};
struct CardRemoved {
    CardVisit visit;
};
struct CardFits {
    Candidate candidate;
};  // the answer to IdentifyCard
struct CardUnfit {
    CardVisit visit;
    Reason reason;
    std::uint32_t number{0};
};
struct AccountChosen {};  // and checked by the driver
struct SecretEntered {};  // a PIN or password; the driver keeps it
// The answers to AskCode: whose code it may be (nothing was compared yet), or what was typed was no code.
struct CodeFits {
    Candidate candidate;
};
struct GlassFits {
    Glass glass;
};
struct CodeUnfit {
    Reason reason;
    std::uint32_t number{0};
};
struct CodeSkipped {
    std::vector<CardVisit> present;
};  // the card after all
struct Charged {};
struct ChargeHeld {};  // it counts, but in memory only: there is no room for it on the disk
struct ChargeRefused {
    Reason reason;
    std::uint32_t number{0};
};
struct CardProved {
    CardProofs proofs;
};
struct CardFailed {
    Reason reason;
    std::uint32_t number{0};
};
struct FingerArmed {};
struct FingerRetry {
    MessageId hint;
};
struct FingerMatched {
    InherenceProof proof;
};
struct FingerNoMatch {
    std::uint32_t tries_left{0};
};
struct FingerFailed {
    Reason reason;
};
struct SecretProved {
    KnowledgeProof proof;
};
struct GlassProved {
    BreakGlassProof proof;
};
struct SecretFailed {
    Reason reason;
    std::uint32_t number{0};
};
struct Recorded {};
struct RecordHeld {};  // there is no room for the event on the disk
struct RecordFailed {};
struct Refused {
    Reason reason;
    std::uint32_t number{0};
};  // cancelled, a denial came in, a worker was lost, the caller misbehaved
struct Tick {};
}  // namespace event

using TransactionEvent =
    std::variant<event::CardInserted, event::CardRemoved, event::CardFits, event::CardUnfit, event::AccountChosen,
                 event::SecretEntered, event::CodeFits, event::GlassFits, event::CodeUnfit, event::CodeSkipped,
                 event::Charged, event::ChargeHeld, event::ChargeRefused, event::CardProved, event::CardFailed,
                 event::FingerArmed, event::FingerRetry, event::FingerMatched, event::FingerNoMatch,
                 event::FingerFailed, event::SecretProved, event::GlassProved, event::SecretFailed, event::Recorded,
                 event::RecordHeld, event::RecordFailed, event::Refused, event::Tick>;

// ---- actions
// ------------------------------------------------------------------------------------------------------------------

namespace action {
struct Tell {
    MessageId id;
    std::uint32_t number{0};
};  // a prompt that is not answered
struct IdentifyCard {
    CardVisit visit;
};
struct AskAccount {};
struct AskPin {
    std::uint8_t tries;
};
struct AskPassword {};
struct AskCode {};
struct CheckSecret {};  // compare what was typed with the candidate's own
struct CheckGlass {};
struct RecordGlass {};  // and spend the ticket: both durable before Recorded
struct ChargeAttempt {};
struct ProveCard {};  // make the nonce, send the challenge (with the PIN if the candidate wants one)
struct ArmFinger {};
struct RecordGrant {};
}  // namespace action

using TransactionAction =
    std::variant<action::Tell, action::IdentifyCard, action::AskAccount, action::AskPin, action::AskPassword,
                 action::AskCode, action::ChargeAttempt, action::ProveCard, action::ArmFinger, action::CheckSecret,
                 action::CheckGlass, action::RecordGrant, action::RecordGlass>;

struct TransactionStep {
    Transaction transaction;
    std::vector<TransactionAction> actions;
};

// `present`: the cards that sit on the allowed readers now. `code`: somebody who may come has one, and it is asked for
// first (Ask::yes only without a card).
[[nodiscard]] TransactionStep begin(const TransactionPolicy& policy, TransactionId id, Several several,
                                    std::vector<CardVisit> present, Millis now, Ask code = Ask::no);
[[nodiscard]] TransactionStep step(const TransactionPolicy& policy, Transaction transaction,
                                   const TransactionEvent& event, Millis now);

}  // namespace sekimori
