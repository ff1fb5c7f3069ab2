// SPDX-License-Identifier: Apache-2.0
#include "core/transaction.hpp"

#include <algorithm>

namespace sekimori {
namespace {

template <class... F>
struct Overload : F... {
    using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

// One step under way: knows the clock and the policy, collects the actions.
class Stepper {
  public:
    Stepper(const TransactionPolicy& policy, Transaction& transaction, std::vector<TransactionAction>& actions,
            Millis now)
        : policy_(policy), t_(transaction), actions_(actions), now_(now) {}

    void deny(Reason reason, std::uint32_t number = 0) { t_.state = Denied{reason, number}; }

    void await_card() {
        enter(AwaitCard{}, policy_.card);
        act(action::Tell{MessageId::tap_card});
    }

    void identify(std::vector<CardVisit> visits) {
        if (visits.empty()) return await_card();
        for (const CardVisit& visit : visits) act(action::IdentifyCard{visit});
        enter(Identifying{std::move(visits), std::nullopt, std::nullopt}, policy_.identify);
    }

    // --- Identifying ---
    void resolve(Identifying state, const CardVisit& visit, std::optional<Candidate> fits,
                 std::optional<event::CardUnfit> unfit) {
        const auto at = std::find(state.pending.begin(), state.pending.end(), visit);
        if (at == state.pending.end()) return;  // answered already, or pulled meanwhile
        state.pending.erase(at);
        if (fits && t_.several == Several::take_first) return choose(*fits);
        if (fits && state.taken) return deny(Reason::too_many_cards);
        if (fits) state.taken = *fits;
        if (unfit && !state.refusal) state.refusal = Denied{unfit->reason, unfit->number};
        settle(std::move(state));
    }
    // All cards answered: the one that fits, or why the first one did not.
    void settle(Identifying state) {
        if (!state.pending.empty()) {
            t_.state = std::move(state);
            return;
        }
        if (state.taken) return choose(*state.taken);
        if (state.refusal) return deny(state.refusal->reason, state.refusal->number);
        await_card();
    }
    void removed(Identifying state, const CardVisit& visit) {
        if (state.taken && state.taken->visit == visit) return deny(Reason::card_removed);
        std::erase(state.pending, visit);
        settle(std::move(state));
    }
    void inserted(Identifying state, const CardVisit& visit) {
        if (state.pending.size() >= kMaxVisits) return deny(Reason::too_many_cards);
        if (std::find(state.pending.begin(), state.pending.end(), visit) != state.pending.end()) return;
        state.pending.push_back(visit);
        t_.state = std::move(state);
        act(action::IdentifyCard{visit});
    }

    // --- from a candidate to its proof ---
    void choose(const Candidate& candidate) {
        if (candidate.set.has(Factor::code)) return deny(Reason::internal);  // it has no card
        if (candidate.account == Ask::no) return ask_secret(candidate);
        enter(ChooseAccount{candidate}, policy_.pin);
        act(action::AskAccount{});
    }
    void ask_secret(const Candidate& candidate) {
        const bool password = candidate.set.has(Factor::password);
        if (candidate.pin == Ask::no && !password) return prove(candidate, Ask::no);
        if (candidate.pin == Ask::yes && password) return deny(Reason::internal);  // choose() offers no such set
        enter(AwaitSecret{candidate}, policy_.pin);
        if (password)
            act(action::AskPassword{});
        else
            act(action::AskPin{candidate.tries});
    }

    // --- a code in the card's place ---
    void ask_code() {
        enter(AwaitCode{}, policy_.pin);
        act(action::AskCode{});
    }
    void code_fits(const Candidate& candidate) {
        if (!candidate.set.has(Factor::code) || !candidate.set.provable()) return deny(Reason::internal);
        charge(candidate, {}, 0);
    }
    void skip_code(std::vector<CardVisit> present) {
        if (present.size() > kMaxVisits) return deny(Reason::too_many_cards);
        identify(std::move(present));
    }
    void glass_fits(const Glass& glass) {
        enter(GlassCharging{glass}, policy_.identify);
        act(action::ChargeAttempt{});
    }
    void check_glass(const Glass& glass) {
        enter(GlassChecking{glass}, policy_.identify);
        act(action::CheckGlass{});
    }
    void glass_proved(const Glass& glass, const BreakGlassProof& proof) {
        if (proof.binding() != Binding{t_.id, glass.person} || proof.statement() != glass.ticket)
            return deny(Reason::internal);
        enter(GlassRecording{glass, proof}, policy_.identify);
        act(action::RecordGlass{});
    }
    void charge(const Candidate& candidate, Evidence evidence, std::uint32_t placements) {
        enter(Charging{candidate, std::move(evidence), placements}, policy_.identify);
        act(action::ChargeAttempt{});
    }
    void charged(const Charging& state) {
        if (state.candidate.set.has(Factor::card) && !state.evidence.possession)
            return prove(state.candidate, Ask::yes);
        arm(state.candidate, state.evidence, state.placements);
    }
    void held(const Charging& state) {
        if (policy_.full == FullDisk::refuses) return deny(Reason::record_failed);
        t_.trace = Trace::missing;
        charged(state);
    }
    void prove(const Candidate& candidate, Ask charged_already) {
        enter(Proving{candidate, charged_already}, policy_.prove);
        act(action::ProveCard{});
    }
    void proved(const Proving& state, const CardProofs& proofs) {
        const Binding mine{t_.id, state.candidate.person};
        if (proofs.possession.binding() != mine || proofs.possession.card() != state.candidate.card)
            return deny(Reason::card_bad_signature);
        Evidence evidence{proofs.possession, proofs.knowledge, std::nullopt};
        if (!state.candidate.set.has(Factor::finger)) return complete(state.candidate, evidence);
        // The PIN's charge covers the first placement too: one attempt, one charge.
        if (state.charged == Ask::yes) return arm(state.candidate, std::move(evidence), 0);
        charge(state.candidate, std::move(evidence), 0);
    }

    // --- finger ---
    void arm(const Candidate& candidate, Evidence evidence, std::uint32_t placements) {
        enter(Arming{candidate, std::move(evidence), placements}, policy_.arm);
        act(action::ArmFinger{});
    }
    void armed(const Arming& state) {
        enter(AwaitFinger{state.candidate, state.evidence, state.placements}, policy_.finger);
        act(action::Tell{MessageId::place_finger});
    }
    void no_match(const AwaitFinger& state, std::uint32_t tries_left) {
        // Another try would tell that it was the finger.
        if (state.candidate.set.secret()) return deny(Reason::code_no_match, tries_left);
        const std::uint32_t placements = state.placements + 1;
        if (placements >= policy_.finger_tries || tries_left == 0) return deny(Reason::no_match, tries_left);
        act(action::Tell{MessageId::no_match, tries_left});
        charge(state.candidate, state.evidence, placements);
    }
    void matched(const AwaitFinger& state, const InherenceProof& proof) {
        if (proof.binding() != Binding{t_.id, state.candidate.person}) return deny(Reason::internal);
        Evidence evidence = state.evidence;
        evidence.inherence = proof;
        complete(state.candidate, evidence);
    }

    // --- verdict ---
    void complete(const Candidate& candidate, const Evidence& evidence) {
        if (!candidate.set.secret()) return record(candidate, evidence);
        enter(Checking{candidate, evidence}, policy_.identify);
        act(action::CheckSecret{});
    }
    void secret_proved(const Checking& state, const KnowledgeProof& proof) {
        if (proof.binding() != Binding{t_.id, state.candidate.person} || state.candidate.set.secret() != proof.factor())
            return deny(Reason::internal);
        Evidence evidence = state.evidence;
        evidence.knowledge = proof;
        record(state.candidate, evidence);
    }
    void record(const Candidate& candidate, const Evidence& evidence) {
        const auto grant = Grant::for_set(candidate.set, evidence);
        if (!grant || grant->binding() != Binding{t_.id, candidate.person}) return deny(Reason::internal);
        enter(Recording{candidate, *grant}, policy_.identify);
        act(action::RecordGrant{});
    }
    void recorded(const Recording& state) {
        if (t_.trace == Trace::missing) return may_deny(state);
        t_.state = Granted{state.candidate, state.grant};
    }
    void may_deny(const Recording& state) {
        if (policy_.full == FullDisk::refuses) return deny(Reason::record_failed);
        t_.state = MayDeny{state.candidate, Warrant(state.grant)};
    }

    template <class State>
    void card_left(const State& state, const CardVisit& visit) {
        if (!state.candidate.set.has(Factor::card)) return;  // it has no visit
        if (state.candidate.visit == visit && state.candidate.presence == Presence::hold) deny(Reason::card_removed);
    }
    void act(TransactionAction what) { actions_.push_back(what); }

  private:
    void enter(TransactionState state, Millis wait) {
        t_.state = std::move(state);
        t_.deadline = std::min(now_ + wait, t_.end);
    }
    const TransactionPolicy& policy_;
    Transaction& t_;
    std::vector<TransactionAction>& actions_;
    Millis now_;
};

Reason timeout_of(const TransactionState& state) {
    return std::visit(Overload{[](const AwaitCard&) { return Reason::card_timeout; },
                               [](const Identifying&) { return Reason::card_unreadable; },
                               [](const ChooseAccount&) { return Reason::pin_timeout; },
                               [](const AwaitSecret&) { return Reason::pin_timeout; },
                               [](const AwaitCode&) { return Reason::pin_timeout; },
                               [](const Proving&) { return Reason::card_unreadable; },
                               [](const Arming&) { return Reason::no_scanner; },
                               [](const AwaitFinger&) { return Reason::finger_timeout; },
                               [](const Recording&) { return Reason::record_failed; },
                               [](const GlassRecording&) { return Reason::record_failed; },
                               [](const auto&) { return Reason::internal; }},
                      state);
}

// The state before the proof may not lose its card whatever the presence; after it, `tap` allows it.
template <class State>
void unproved_card_left(Stepper& s, const State& state, const CardVisit& visit) {
    if (state.candidate.set.has(Factor::card) && state.candidate.visit == visit) s.deny(Reason::card_removed);
}

// What each state does with each event that it knows. Everything else is ignored.
struct Table {
    Stepper& s;
    const TransactionEvent& e;

    template <class E>
    const E* is() const {
        return std::get_if<E>(&e);
    }
    void operator()(const AwaitCard&) const {
        if (const auto* in = is<event::CardInserted>()) s.identify({in->visit});
    }
    void operator()(const Identifying& state) const {
        if (const auto* fits = is<event::CardFits>())
            s.resolve(state, fits->candidate.visit, fits->candidate, std::nullopt);
        if (const auto* unfit = is<event::CardUnfit>()) s.resolve(state, unfit->visit, std::nullopt, *unfit);
        if (const auto* in = is<event::CardInserted>()) s.inserted(state, in->visit);
        if (const auto* out = is<event::CardRemoved>()) s.removed(state, out->visit);
    }
    void operator()(const ChooseAccount& state) const {
        if (is<event::AccountChosen>() != nullptr) s.ask_secret(state.candidate);
        if (const auto* out = is<event::CardRemoved>()) unproved_card_left(s, state, out->visit);
    }
    void operator()(const AwaitCode&) const {
        if (const auto* fits = is<event::CodeFits>()) s.code_fits(fits->candidate);
        if (const auto* glass = is<event::GlassFits>()) s.glass_fits(glass->glass);
        if (const auto* unfit = is<event::CodeUnfit>()) s.deny(unfit->reason, unfit->number);
        if (const auto* skipped = is<event::CodeSkipped>()) s.skip_code(skipped->present);
    }
    void operator()(const AwaitSecret& state) const {
        if (is<event::SecretEntered>() != nullptr) s.charge(state.candidate, {}, 0);
        if (const auto* out = is<event::CardRemoved>()) unproved_card_left(s, state, out->visit);
    }
    void operator()(const Charging& state) const {
        if (is<event::Charged>() != nullptr) s.charged(state);
        if (is<event::ChargeHeld>() != nullptr) s.held(state);
        if (const auto* no = is<event::ChargeRefused>()) s.deny(no->reason, no->number);
        if (const auto* out = is<event::CardRemoved>()) {
            if (state.evidence.possession)
                s.card_left(state, out->visit);
            else
                unproved_card_left(s, state, out->visit);
        }
    }
    void operator()(const Proving& state) const {
        if (const auto* proved = is<event::CardProved>()) s.proved(state, proved->proofs);
        if (const auto* failed = is<event::CardFailed>()) s.deny(failed->reason, failed->number);
        if (const auto* out = is<event::CardRemoved>()) unproved_card_left(s, state, out->visit);
    }
    void operator()(const Arming& state) const {
        if (is<event::FingerArmed>() != nullptr) s.armed(state);
        if (const auto* retry = is<event::FingerRetry>()) s.act(action::Tell{retry->hint});  // "lift your finger"
        if (const auto* failed = is<event::FingerFailed>()) s.deny(failed->reason);
        if (const auto* out = is<event::CardRemoved>()) s.card_left(state, out->visit);
    }
    void operator()(const AwaitFinger& state) const {
        if (const auto* matched = is<event::FingerMatched>()) s.matched(state, matched->proof);
        if (const auto* no = is<event::FingerNoMatch>()) s.no_match(state, no->tries_left);
        if (const auto* retry = is<event::FingerRetry>()) s.act(action::Tell{retry->hint});
        if (const auto* failed = is<event::FingerFailed>()) s.deny(failed->reason);
        if (const auto* out = is<event::CardRemoved>()) s.card_left(state, out->visit);
    }
    void operator()(const Checking& state) const {
        if (const auto* proved = is<event::SecretProved>()) s.secret_proved(state, proved->proof);
        if (const auto* failed = is<event::SecretFailed>()) s.deny(failed->reason, failed->number);
        if (const auto* out = is<event::CardRemoved>()) s.card_left(state, out->visit);
    }
    void operator()(const Recording& state) const {
        if (is<event::Recorded>() != nullptr) s.recorded(state);
        if (is<event::RecordHeld>() != nullptr) s.may_deny(state);
        if (is<event::RecordFailed>() != nullptr) s.deny(Reason::record_failed);
        if (const auto* out = is<event::CardRemoved>()) s.card_left(state, out->visit);
    }
    void operator()(const GlassCharging& state) const {
        if (is<event::Charged>() != nullptr) s.check_glass(state.glass);
        if (is<event::ChargeHeld>() != nullptr) s.deny(Reason::record_failed);
        if (const auto* no = is<event::ChargeRefused>()) s.deny(no->reason, no->number);
    }
    void operator()(const GlassChecking& state) const {
        if (const auto* proved = is<event::GlassProved>()) s.glass_proved(state.glass, proved->proof);
        if (const auto* failed = is<event::SecretFailed>()) s.deny(failed->reason, failed->number);
    }
    void operator()(const GlassRecording&) const {
        if (is<event::RecordHeld>() != nullptr) s.deny(Reason::record_failed);
        if (is<event::RecordFailed>() != nullptr) s.deny(Reason::record_failed);
    }
    void operator()(const Granted&) const {}
    void operator()(const MayDeny&) const {}
    void operator()(const GlassBroken&) const {}
    void operator()(const Denied&) const {}
};

}  // namespace

bool Transaction::over() const noexcept {
    return std::holds_alternative<Granted>(state) || std::holds_alternative<MayDeny>(state) ||
           std::holds_alternative<GlassBroken>(state) || std::holds_alternative<Denied>(state);
}

TransactionStep begin(const TransactionPolicy& policy, TransactionId id, Several several,
                      std::vector<CardVisit> present, Millis now, Ask code) {
    TransactionStep out;
    out.transaction.id = id;
    out.transaction.several = several;
    out.transaction.end = now + policy.total;
    Stepper stepper(policy, out.transaction, out.actions, now);
    if (present.size() > kMaxVisits)
        stepper.deny(Reason::too_many_cards);
    else if (code == Ask::yes && present.empty())
        stepper.ask_code();
    else
        stepper.identify(std::move(present));
    return out;
}

TransactionStep step(const TransactionPolicy& policy, Transaction transaction, const TransactionEvent& event,
                     Millis now) {
    TransactionStep out{std::move(transaction), {}};
    if (out.transaction.over()) return out;
    Stepper stepper(policy, out.transaction, out.actions, now);
    if (now >= out.transaction.end) {
        stepper.deny(Reason::transaction_timeout);
    } else if (now >= out.transaction.deadline) {
        stepper.deny(timeout_of(out.transaction.state));
    } else if (const auto* refused = std::get_if<event::Refused>(&event)) {
        stepper.deny(refused->reason, refused->number);
    } else if (const auto* glass = std::get_if<GlassRecording>(&out.transaction.state);
               glass != nullptr && std::holds_alternative<event::Recorded>(event)) {
        out.transaction.state = GlassBroken{glass->glass, glass->proof};
    } else {
        // A copy: a state that is replaced while it is read would be gone under the reader.
        const TransactionState before = out.transaction.state;
        std::visit(Table{stepper, event}, before);
    }
    if (out.transaction.over()) out.actions.clear();  // nothing is asked of anybody any more
    return out;
}

}  // namespace sekimori
