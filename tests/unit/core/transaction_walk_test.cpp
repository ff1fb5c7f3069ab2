// SPDX-License-Identifier: Apache-2.0
// The whole state space of Transaction: every reachable state under every event, at every moment that the machine can
// tell apart (in time, after the state's deadline, after the end), to exhaustion. Beside each state walks a ghost that
// remembers what the machine may not forget, so that the invariants of core/transaction.hpp are checked on every
// transition and not only on the paths somebody thought of.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "core/transaction.hpp"
#include "tests/unit/core/transaction_events.hpp"
#include "tests/unit/core/transaction_text.hpp"

namespace sekimori {
namespace {

using test::kCard;
using test::Key;
using test::kId;
using test::kPerson;
using test::kTicket;
using test::kVisits;

// What happened on the way, kept outside of the machine.
struct Ghost {
    std::uint32_t charges{0};
    std::uint32_t fits{0};     // bit per visit that was resolved to an enrolled card
    std::uint32_t removed{0};  // bit per visit that was pulled since it was resolved
    std::uint32_t seen{0};     // bit per visit that has begun
    bool proved{false};        // the right card's proof was fed
    bool matched{false};       // a proof of the right person's finger was fed after the sensor was armed
    bool known{false};         // a proof of the right person's code or password was fed when all else was right
    bool glass{false};         // it went the way of break-glass
    bool word{false};          // a proof of the right ticket was fed
    bool recording{false};     // RecordGrant or RecordGlass was asked for
    bool held{false};          // an attempt or the event is not on disk
    [[nodiscard]] std::string text() const {
        std::ostringstream out;
        out << charges << ',' << seen << ',' << fits << ',' << removed << ',' << proved << matched << known << glass
            << word << recording << held;
        return out.str();
    }
};

std::uint32_t bit_of(const CardVisit& visit) {
    for (std::size_t i = 0; i < std::size(kVisits); ++i)
        if (kVisits[i] == visit) return 1U << i;
    return 0;
}

struct Node {
    Transaction transaction;
    Ghost ghost;
    [[nodiscard]] std::string key() const { return std::visit(Key{}, transaction.state) + " | " + ghost.text(); }
};

const Candidate* candidate_of(const TransactionState& state) {
    return std::visit(
        [](const auto& s) -> const Candidate* {
            if constexpr (requires { s.candidate; }) return &s.candidate;
            return nullptr;
        },
        state);
}

class Walk {
  public:
    Walk(Several several, FullDisk full) : several_(several) {
        policy_.finger_tries = 2;
        policy_.full = full;
    }

    void run() {
        start({});
        start({kVisits[0]});
        start({kVisits[0], kVisits[1]});
        start({}, Ask::yes);
        start({kVisits[0]}, Ask::yes);
        while (!queue_.empty()) {
            const Node node = queue_.front();
            queue_.pop_front();
            for (const TransactionEvent& event : events_)
                for (const Millis now : {Millis{0}, node.transaction.deadline, node.transaction.end})
                    visit(node, event, now);
        }
    }
    [[nodiscard]] std::size_t states() const { return seen_.size(); }
    [[nodiscard]] std::size_t transitions() const { return transitions_; }
    [[nodiscard]] const std::map<std::string, std::size_t>& endings() const { return endings_; }

  private:
    void start(std::vector<CardVisit> present, Ask code = Ask::no) {
        Ghost ghost;
        for (const CardVisit& visit : present) ghost.seen |= bit_of(visit);
        auto begun = begin(policy_, kId, several_, std::move(present), Millis{0}, code);
        add({std::move(begun.transaction), ghost});
    }
    void add(Node node) {
        if (node.transaction.over()) ++endings_[ending_of(node.transaction)];
        if (seen_.insert({node.key(), true}).second) queue_.push_back(std::move(node));
    }

    static std::string ending_of(const Transaction& transaction) {
        const Granted* granted = transaction.granted();
        return granted != nullptr ? "Granted " + granted->candidate.set.text()
                                  : std::visit(Key{}, transaction.state).substr(0, 24);
    }

    void visit(const Node& before, const TransactionEvent& event, Millis now) {
        // A visit happens once: a reader's counter never comes back to where it was.
        if (const auto* in = std::get_if<event::CardInserted>(&event);
            in != nullptr && (before.ghost.seen & bit_of(in->visit)) != 0)
            return;
        if (const auto* skipped = std::get_if<event::CodeSkipped>(&event);
            skipped != nullptr && std::any_of(skipped->present.begin(), skipped->present.end(),
                                              [&](const auto& one) { return (before.ghost.seen & bit_of(one)) != 0; }))
            return;
        ++transitions_;
        auto stepped = step(policy_, before.transaction, event, now);
        Node after{std::move(stepped.transaction), before.ghost};
        const bool in_time = now < before.transaction.deadline && now < before.transaction.end;
        remember(before, event, in_time, after);
        check(before, event, in_time, after, stepped.actions);
        if (!after.transaction.over()) {
            after.transaction.end = policy_.total;  // time is abstracted to its boundaries: every state is entered at 0
            after.transaction.deadline = before.transaction.deadline;
        }
        add(std::move(after));
    }

    // What this transition told the machine, if it was in a state to hear it.
    void remember(const Node& before, const TransactionEvent& event, bool in_time, Node& after) {
        if (!in_time || before.transaction.over()) return;
        Ghost& ghost = after.ghost;
        const auto& state = before.transaction.state;
        if (const auto* in = std::get_if<event::CardInserted>(&event)) {
            ghost.seen |= bit_of(in->visit);
        }
        if (const auto* skipped = std::get_if<event::CodeSkipped>(&event);
            skipped != nullptr && std::holds_alternative<AwaitCode>(state))
            for (const CardVisit& visit : skipped->present) ghost.seen |= bit_of(visit);
        if (std::holds_alternative<event::GlassFits>(event) && std::holds_alternative<AwaitCode>(state))
            ghost.glass = true;
        if (const auto* fits = std::get_if<event::CardFits>(&event)) {
            const auto* identifying = std::get_if<Identifying>(&state);
            const CardVisit visit = fits->candidate.visit;
            if (identifying != nullptr &&
                std::count(identifying->pending.begin(), identifying->pending.end(), visit) > 0)
                ghost.fits |= bit_of(visit);
        }
        if (const auto* out = std::get_if<event::CardRemoved>(&event)) ghost.removed |= bit_of(out->visit) & ghost.fits;
        const bool held = std::holds_alternative<event::ChargeHeld>(event);
        if ((held || std::holds_alternative<event::Charged>(event)) &&
            (std::holds_alternative<Charging>(state) || std::holds_alternative<GlassCharging>(state))) {
            ++ghost.charges;
            ghost.held = ghost.held || held;
        }
        if (std::holds_alternative<event::RecordHeld>(event) &&
            (std::holds_alternative<Recording>(state) || std::holds_alternative<GlassRecording>(state)))
            ghost.held = true;
        if (const auto* proved = std::get_if<event::SecretProved>(&event))
            if (const auto* checking = std::get_if<Checking>(&state))
                ghost.known = proved->proof.binding() == Binding{kId, kPerson} &&
                              checking->candidate.set.has(proved->proof.factor());
        if (const auto* proved = std::get_if<event::GlassProved>(&event);
            proved != nullptr && std::holds_alternative<GlassChecking>(state))
            ghost.word = proved->proof.binding() == Binding{kId, kPerson} && proved->proof.statement() == kTicket;
        if (const auto* proved = std::get_if<event::CardProved>(&event);
            proved != nullptr && std::holds_alternative<Proving>(state))
            ghost.proved = proved->proofs.possession.binding() == Binding{kId, kPerson} &&
                           proved->proofs.possession.card() == kCard;
        if (const auto* matched = std::get_if<event::FingerMatched>(&event);
            matched != nullptr && std::holds_alternative<AwaitFinger>(state))
            ghost.matched = matched->proof.binding() == Binding{kId, kPerson};
    }

    void check(const Node& before, const TransactionEvent& event, bool in_time, Node& after,
               const std::vector<TransactionAction>& actions) {
        const std::string where = before.key() + " -> " + after.key();
        if (before.transaction.over()) {
            EXPECT_EQ(before.key(), after.key()) << "a terminal state absorbs";
            EXPECT_TRUE(actions.empty()) << where;
            return;
        }
        if (!in_time) EXPECT_NE(after.transaction.denied(), nullptr) << "a deadline that passed denies: " << where;
        if (std::holds_alternative<event::Refused>(event)) EXPECT_NE(after.transaction.denied(), nullptr) << where;
        if (after.transaction.over()) EXPECT_TRUE(actions.empty()) << "nothing is asked of anybody any more: " << where;
        if (!after.transaction.over()) {
            EXPECT_GT(after.transaction.deadline, Millis{0}) << where;
            EXPECT_LE(after.transaction.deadline, after.transaction.end) << where;
        }
        const Candidate* candidate = candidate_of(after.transaction.state);
        if (candidate != nullptr) {
            EXPECT_FALSE(after.ghost.glass) << "break-glass leads nowhere else: " << where;
            EXPECT_TRUE(candidate->set.provable()) << where;
        }
        if (candidate != nullptr && candidate->set.has(Factor::card)) {
            EXPECT_NE(after.ghost.fits & bit_of(candidate->visit), 0U)
                << "a candidate is a card that was resolved: " << where;
            const bool proved = after.ghost.proved;
            if (candidate->presence == Presence::hold || !proved)
                EXPECT_EQ(after.ghost.removed & bit_of(candidate->visit), 0U)
                    << "a card that was pulled goes nowhere: " << where;
        }
        for (const TransactionAction& action : actions) check_action(action, after, candidate, where);
        check_grant(before, event, after, where);
    }

    void check_action(const TransactionAction& action, Node& after, const Candidate* candidate,
                      const std::string& where) {
        const bool asks_pin = std::holds_alternative<action::AskPin>(action);
        const bool proves = std::holds_alternative<action::ProveCard>(action);
        const bool arms = std::holds_alternative<action::ArmFinger>(action);
        const bool checks = std::holds_alternative<action::CheckSecret>(action);
        if (asks_pin || proves || arms || checks)
            ASSERT_NE(candidate, nullptr) << "nothing is spent on an unknown card: " << where;
        if (proves && candidate->pin == Ask::yes)
            EXPECT_GE(after.ghost.charges, 1U) << "a PIN is used only after a charge: " << where;
        if (arms) {
            const auto& arming = std::get<Arming>(after.transaction.state);
            EXPECT_GT(after.ghost.charges, arming.placements) << "each placement was charged: " << where;
            if (candidate->set.has(Factor::card))
                EXPECT_TRUE(after.ghost.proved) << "the finger comes after the card's proof: " << where;
            else
                EXPECT_TRUE(candidate->set.has(Factor::code)) << where;
        }
        if (checks) {
            EXPECT_GE(after.ghost.charges, 1U) << "a code or password is compared only after a charge: " << where;
            EXPECT_EQ(after.ghost.proved, candidate->set.has(Factor::card)) << where;
            EXPECT_EQ(after.ghost.matched, candidate->set.has(Factor::finger)) << "and last of all: " << where;
        }
        if (std::holds_alternative<action::CheckGlass>(action)) EXPECT_GE(after.ghost.charges, 1U) << where;
        if (std::holds_alternative<action::RecordGlass>(action)) {
            EXPECT_TRUE(after.ghost.glass && after.ghost.word) << where;
            after.ghost.recording = true;
        }
        if (std::holds_alternative<action::RecordGrant>(action)) {
            EXPECT_FALSE(after.ghost.glass) << where;
        }
        if (std::holds_alternative<action::RecordGrant>(action)) after.ghost.recording = true;
    }

    void check_grant(const Node& before, const TransactionEvent& event, const Node& after, const std::string& where) {
        if (after.ghost.held) {
            EXPECT_EQ(after.transaction.granted(), nullptr) << "what is not on disk opens nothing: " << where;
            EXPECT_EQ(after.transaction.glass_broken(), nullptr) << where;
            if (policy_.full == FullDisk::refuses)
                EXPECT_NE(after.transaction.denied(), nullptr) << "nor does it go on: " << where;
        }
        if (const MayDeny* denial = after.transaction.may_deny()) {
            EXPECT_EQ(policy_.full, FullDisk::may_deny) << where;
            EXPECT_TRUE(std::holds_alternative<Recording>(before.transaction.state)) << where;
            EXPECT_TRUE(after.ghost.held && after.ghost.recording) << where;
            EXPECT_GE(after.ghost.charges, 1U) << where;
            EXPECT_EQ(denial->warrant.binding(), (Binding{kId, kPerson})) << where;
            check_factors(denial->candidate, after.ghost, where);
        }
        if (const GlassBroken* broken = after.transaction.glass_broken()) {
            EXPECT_TRUE(std::holds_alternative<GlassRecording>(before.transaction.state)) << where;
            EXPECT_TRUE(std::holds_alternative<event::Recorded>(event)) << where;
            EXPECT_TRUE(after.ghost.glass && after.ghost.word && after.ghost.recording) << where;
            EXPECT_EQ(broken->proof.binding(), (Binding{kId, kPerson})) << where;
            EXPECT_EQ(broken->glass.ticket, kTicket) << where;
            EXPECT_EQ(after.transaction.granted(), nullptr) << where;
        }
        const Granted* granted = after.transaction.granted();
        if (granted == nullptr) return;
        EXPECT_FALSE(after.ghost.glass || after.ghost.word) << "no grant by two others' word: " << where;
        EXPECT_TRUE(std::holds_alternative<Recording>(before.transaction.state)) << where;
        EXPECT_TRUE(std::holds_alternative<event::Recorded>(event)) << where;
        EXPECT_TRUE(after.ghost.recording) << where;
        EXPECT_EQ(granted->grant.binding(), (Binding{kId, kPerson})) << where;
        EXPECT_EQ(granted->candidate.person, kPerson) << where;
        EXPECT_GE(after.ghost.charges, 1U) << where;
        check_factors(granted->candidate, after.ghost, where);
    }
    // The set names two kinds, and every factor that it names was proved.
    static void check_factors(const Candidate& candidate, const Ghost& ghost, const std::string& where) {
        EXPECT_TRUE(candidate.set.provable()) << where;
        if (candidate.set.has(Factor::card)) EXPECT_TRUE(ghost.proved) << where;
        if (candidate.set.secret()) EXPECT_TRUE(ghost.known) << where;
        if (candidate.set.has(Factor::finger)) EXPECT_TRUE(ghost.matched) << where;
    }

    TransactionPolicy policy_;
    Several several_;
    std::vector<TransactionEvent> events_{test::events()};
    std::deque<Node> queue_;
    std::map<std::string, bool> seen_;
    std::map<std::string, std::size_t> endings_;
    std::size_t transitions_{0};
};

class TransactionWalk : public testing::TestWithParam<std::tuple<Several, FullDisk>> {};

TEST_P(TransactionWalk, ReachesEveryStateAndKeepsEveryInvariant) {
    const auto [several, full] = GetParam();
    Walk walk(several, full);
    walk.run();
    std::cout << "states " << walk.states() << ", transitions " << walk.transitions() << '\n';
    RecordProperty("states", static_cast<int>(walk.states()));
    RecordProperty("transitions", static_cast<int>(walk.transitions()));
    bool granted = false;
    for (const auto& [ending, count] : walk.endings()) granted = granted || ending.starts_with("Granted");
    EXPECT_TRUE(granted) << "a walk that never gets in proves nothing";
    bool by_code = false;
    bool by_glass = false;
    for (const auto& [ending, count] : walk.endings()) {
        by_code = by_code || ending == "Granted code+finger";
        by_glass = by_glass || ending.starts_with("GlassBroken");
    }
    EXPECT_TRUE(by_code && by_glass);
    const bool denies =
        std::ranges::any_of(walk.endings(), [](const auto& one) { return one.first.starts_with("MayDeny"); });
    EXPECT_EQ(denies, full == FullDisk::may_deny);
    EXPECT_GT(walk.states(), 200U);
}

INSTANTIATE_TEST_SUITE_P(All, TransactionWalk,
                         testing::Combine(testing::Values(Several::take_first, Several::refuse),
                                          testing::Values(FullDisk::refuses, FullDisk::may_deny)));

}  // namespace
}  // namespace sekimori
