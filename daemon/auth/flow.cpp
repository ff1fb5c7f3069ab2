// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/flow.hpp"

#include <algorithm>

#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

template <class... F>
struct Overload : F... {
    using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

// Seconds, rounded up: "0 seconds" would be a lie.
std::uint32_t seconds_of(Millis wait) { return static_cast<std::uint32_t>((wait.count() + 999) / 1000); }

}  // namespace

Flow::Flow(Broker& broker, FlowRequest request, Dialogue& dialogue, std::function<void(FlowResult)> done)
    : broker_(broker),
      request_(std::move(request)),
      dialogue_(dialogue),
      done_(std::move(done)),
      policy_(broker.transaction_policy()),
      terminal_(broker.terminal.hex()),
      charges_(broker.store, broker.lockout_policy()) {
    // Until its turn comes nothing of it runs out; whoever queued it has a limit.
    transaction_.end = transaction_.deadline = Millis::max() / 4;
    // A full disk is no way to keep a lost card alive: what only takes away goes on without a trace of who asked.
    if (request_.scope == Scope::administrator && request_.right == Right::deny) policy_.full = FullDisk::may_deny;
    broker_.cards.add(this);
    broker_.flows.push_back(this);
}

Flow::~Flow() {
    broker_.cards.remove(this);
    std::erase(broker_.flows, this);
}

void Flow::start() {
    turn_ = Turn::ours;
    const auto id = broker_.rng.draw<TransactionId>();
    transaction_.id = id ? *id : TransactionId{};
    transaction_.end = transaction_.deadline = boottime() + policy_.total;
    if (!id) return refuse(Reason::internal);
    if (const Reason missing = devices_missing(); missing != Reason::granted) return refuse(missing);
    const Several several = request_.user.empty() ? Several::refuse : Several::take_first;
    auto present = cards_here();
    const bool asks = request_.code == Ask::yes && present.empty() &&
                      !code_holders(broker_.store, broker_.accounts, broker_.policy, code_question()).empty();
    adopt(begin(policy_, *id, several, std::move(present), boottime(), asks ? Ask::yes : Ask::no));
    drain();
}

Reason Flow::devices_missing() const {
    if (!broker_.cards.up()) return Reason::card_worker_lost;
    if (broker_.cards.readers().empty()) return Reason::no_reader;
    return Reason::granted;
}

const Candidate* Flow::candidate() const noexcept { return resolved_ ? &resolved_->candidate : nullptr; }

// ---- events in, actions out
// -----------------------------------------------------------------------------------------------------

void Flow::feed(TransactionEvent event) {
    events_.push_back(std::move(event));
    drain();
}

void Flow::adopt(TransactionStep step) {
    transaction_ = std::move(step.transaction);
    for (auto& action : step.actions) actions_.push_back(action);
    const Millis now = boottime();
    timer_ = after(std::max(std::min(transaction_.deadline, transaction_.end) - now, Millis{0}) + Millis{1},
                   [this] { feed(event::Tick{}); });
}

void Flow::drain() {
    if (draining_ == Running::yes) return;  // an action fed an event: the outer call goes on with it
    draining_ = Running::yes;
    while (!transaction_.over() && (!actions_.empty() || !events_.empty())) {
        if (!actions_.empty()) {
            const TransactionAction action = actions_.front();
            actions_.pop_front();
            perform(action);
            continue;
        }
        const TransactionEvent event = std::move(events_.front());
        events_.pop_front();
        adopt(step(policy_, std::move(transaction_), event, boottime()));
    }
    draining_ = Running::no;
    if (transaction_.over() && !finish_) {
        // At once, before anything else: the sensor stops, the card is let go, the PIN is wiped.
        finger_.drop();
        identifying_.clear();
        proof_.reset();
        pin_.clear();
        secret_.clear();
        timer_.reset();
        finish_ = soon([this] { finish(); });
    }
}

// Whose card is wanted, and what stands in its way.
MessageId Flow::prompt_for(MessageId id) const noexcept {
    if (id != MessageId::tap_card) return id;
    if (request_.scope == Scope::administrator)
        return request_.other_than ? MessageId::tap_second_card : MessageId::tap_admin_card;
    return request_.skip && broker_.cards.is_present(*request_.skip) ? MessageId::swap_card : id;
}

void Flow::perform(const TransactionAction& action) {
    std::visit(
        Overload{[this](const action::Tell& tell) {
                     dialogue_.tell({prompt_for(tell.id), tell.number, request_.service, request_.requester, {}});
                 },
                 [this](const action::IdentifyCard& identify_card) { identify(identify_card.visit); },
                 [this](const action::AskAccount&) { ask_account(); },
                 [this](const action::AskPin& pin) { ask_pin(pin.tries); },
                 [this](const action::AskPassword&) { ask_password(); }, [this](const action::AskCode&) { ask_code(); },
                 [this](const action::ChargeAttempt&) { charge(); }, [this](const action::ProveCard&) { prove(); },
                 [this](const action::ArmFinger&) { arm(); }, [this](const action::CheckSecret&) { check_secret(); },
                 [this](const action::CheckGlass&) { check_glass(); }, [this](const action::RecordGrant&) { record(); },
                 [this](const action::RecordGlass&) { record_glass(); }},
        action);
}

void Flow::refuse(Reason reason) {
    if (transaction_.over()) return;
    feed(event::Refused{reason, 0});
}

void Flow::denied(const std::optional<PersonId>& person, const std::optional<CardId>& card) {
    if (ticket_ && person && ticket_->person.id == *person) return refuse(Reason::revoked_meanwhile);
    const Candidate* current = candidate();
    if (current == nullptr) return;  // what is looked up from now on sees the denial
    if ((person && current->person == *person) || (card && current->card == *card)) refuse(Reason::revoked_meanwhile);
}

void Flow::withdrawn(const StatementId& statement) {
    if ((code_ && code_->id == statement) || (ticket_ && ticket_->ticket.id == statement))
        refuse(Reason::revoked_meanwhile);
}

// Cards and readers are the business of whoever has the turn: one that waits neither takes a card nor misses a worker.
void Flow::card_inserted(const CardVisit& visit) {
    if (turn_ == Turn::ours) feed(event::CardInserted{visit});
}
void Flow::card_removed(const CardVisit& visit) {
    if (turn_ != Turn::ours) return;
    // What a card that left still answers is nobody's: the machine has forgotten the visit.
    std::erase_if(identifying_, [&](const auto& one) { return one.first == visit; });
    feed(event::CardRemoved{visit});
}
void Flow::readers_changed() {
    if (turn_ != Turn::ours) return;
    if (const Reason missing = devices_missing(); missing != Reason::granted) refuse(missing);
}

// ---- card
// -----------------------------------------------------------------------------------------------------------------------

ResolveQuestion Flow::question(std::string_view user) const {
    return {request_.scope,      user,           {request_.service, {}, terminal_},
            broker_.clock.now(), request_.right, request_.other_than};
}

void Flow::identify(const CardVisit& visit) {
    identifying_.emplace_back(visit, broker_.cards.identify(visit, [this, visit](const CardAnswer& answer) {
        on_identified(visit, answer);
    }));
}

void Flow::on_identified(const CardVisit& visit, const CardAnswer& answer) {
    std::erase_if(identifying_, [&](const auto& one) { return one.first == visit; });
    // A second card that answers after the first one was taken changes nothing any more.
    if (!std::holds_alternative<Identifying>(transaction_.state)) return;
    if (const auto* failed = std::get_if<wire::CardFailed>(&answer))
        return feed(event::CardUnfit{visit, refusal_of(failed->fault), failed->tries});
    const auto* identified = std::get_if<wire::Identified>(&answer);
    if (identified == nullptr) return feed(event::CardUnfit{visit, Reason::card_worker_lost});
    auto judged = resolve(broker_.store, broker_.accounts, broker_.policy, visit, identified->references,
                          question(request_.user));
    if (const auto* refusal = std::get_if<Denied>(&judged)) {
        for (const wire::CardReference& reference : identified->references)
            if (auto card = broker_.store.card_by_key(reference.key); card && card->id.valid())
                claimed_ = std::move(card);
        return feed(event::CardUnfit{visit, refusal->reason, refusal->number});
    }
    const Resolved& fits = std::get<Resolved>(judged);
    // Locked before a PIN is asked for, or anything is sent to the card.
    Charges counters(broker_.store, broker_.lockout_policy());
    counters.keys({{LockoutOf::person, fits.person.id.hex()},
                   {LockoutOf::card, fits.card.key.hex()},
                   {LockoutOf::caller, request_.caller}});
    if (const LockoutView view = counters.worst(boottime()); view.locked())
        return feed(event::CardUnfit{visit, Reason::locked_out, seconds_of(view.wait)});
    if (fits.candidate.set.has(Factor::finger) && (!broker_.fingers.up() || broker_.fingers.scanners().empty()))
        return feed(event::CardUnfit{visit, broker_.fingers.up() ? Reason::no_scanner : Reason::finger_worker_lost});
    if (!resolved_) {
        charges_ = std::move(counters);
        resolved_ = fits;
        account_ = request_.scope == Scope::user && fits.accounts.size() == 1 ? fits.accounts.front() : std::string();
    }
    feed(event::CardFits{fits.candidate});
}

void Flow::ask_account() {
    PromptText text{MessageId::choose_account, 0, request_.service, request_.requester, resolved_->accounts};
    if (text.items.size() > 16) text.items.resize(16);
    dialogue_.ask(text, wire::PromptStyle::echo_on,
                  [this](wire::AnswerStatus status, const SecureBytes& answer) { on_account(status, answer); });
}

void Flow::on_account(wire::AnswerStatus status, const SecureBytes& text) {
    if (status != wire::AnswerStatus::given) return refuse(Reason::cancelled);
    const auto& names = resolved_->accounts;
    auto chosen = std::find(names.begin(), names.end(), text.view());
    if (chosen == names.end() && text.size() <= 2) {
        std::size_t number = 0;
        for (const char c : text.view())
            number = c >= '0' && c <= '9' ? number * 10 + static_cast<std::size_t>(c - '0') : names.size() + 1;
        if (number >= 1 && number <= names.size()) chosen = names.begin() + static_cast<std::ptrdiff_t>(number - 1);
    }
    if (chosen == names.end()) return refuse(Reason::account_not_allowed);
    account_ = *chosen;
    feed(event::AccountChosen{});
}

void Flow::ask_pin(std::uint8_t tries) {
    dialogue_.ask({MessageId::enter_pin, tries, request_.service, request_.requester, {}}, wire::PromptStyle::echo_off,
                  [this](wire::AnswerStatus status, SecureBytes text) {
                      if (status != wire::AnswerStatus::given) return refuse(Reason::cancelled);
                      if (text.empty())
                          return refuse(Reason::pin_malformed);  // never reaches a card (OpenSC CVE-2023-40660)
                      pin_ = std::move(text);
                      feed(event::SecretEntered{});
                  });
}

void Flow::prove() {
    const CardRecord& card = resolved_->card;
    ProofTarget target{resolved_->candidate.visit,
                       card.type,
                       card.id,
                       card.slot,
                       card.spki,
                       card.scheme,
                       card.public_id,
                       SecureBytes(),
                       broker_.policy.least};
    if (card.type == CardType::lite_s) {
        auto secret = broker_.store.card_secret(card.id);
        if (!secret) return feed(event::CardFailed{Reason::internal});
        target.secret = std::move(*secret);
    }
    Transcript transcript;
    transcript.purpose = request_.purpose;
    transcript.service = request_.service;
    transcript.person = resolved_->person.id;
    transcript.account = account_;
    transcript.transaction = transaction_.id;
    proof_ = std::make_unique<CardProofRound>(
        broker_, std::move(target), std::move(transcript), std::move(pin_), [this](const ProofResult& result) {
            if (const auto* denied = std::get_if<Denied>(&result)) {
                // A signature that is not the enrolled key's is a guess, too: it counts although none was charged
                // before it.
                if (denied->reason == Reason::card_bad_signature && !charges_.charged())
                    (void)charges_.charge(boottime(), on_full_disk());
                return feed(event::CardFailed{denied->reason, denied->number});
            }
            feed(event::CardProved{std::get<CardProofs>(result)});
        });
}

// ---- verdict
// --------------------------------------------------------------------------------------------------------------------

// Everything that could have changed since the card was looked up (records, policy, presence, the caller) is read
// again, just before the verdict is written.
Reason Flow::recheck() const {
    if (code_) return recheck_code();
    const auto card = broker_.store.card(resolved_->card.id);
    if (!card || card->person != resolved_->person.id) return Reason::revoked_meanwhile;
    if (resolved_->candidate.presence == Presence::hold && !broker_.cards.is_present(resolved_->candidate.visit))
        return Reason::card_removed;
    if (request_.still_there && !request_.still_there()) return Reason::cancelled;
    if (request_.scope == Scope::user && account_.empty()) return Reason::account_not_allowed;
    broker_.refresh_policy();
    const auto judged =
        entitle(broker_.store, broker_.accounts, broker_.policy, resolved_->candidate.visit, *card, question(account_));
    if (const auto* denied = std::get_if<Denied>(&judged)) {
        const bool ruled = denied->reason == Reason::not_permitted || denied->reason == Reason::account_not_allowed;
        return ruled                                      ? denied->reason
               : denied->reason == Reason::card_not_yours ? Reason::account_not_allowed
                                                          : Reason::revoked_meanwhile;
    }
    const Candidate& now = std::get<Resolved>(judged).candidate;
    if (now.presence == Presence::hold && !broker_.cards.is_present(now.visit)) return Reason::card_removed;
    // What was proved must be enough for what the policy wants now.
    if (!resolved_->candidate.set.covers(now.set)) return Reason::account_not_allowed;
    return request_.last_word ? request_.last_word(resolved_->person, account_) : Reason::granted;
}

void Flow::record() {
    if (const Reason refusal = recheck(); refusal != Reason::granted) return feed(event::Refused{refusal});
    before_ = broker_.store.last_use(resolved_->person.id);
    // By what, where it was not card and finger.
    AuditEvent event{request_.what, request_.service, request_.where, resolved_->person.id,
                     std::nullopt,  std::nullopt,     true,           name_of(Reason::granted)};
    if (!code_) event.card = resolved_->card.id;
    const FactorSet& set = resolved_->candidate.set;
    if (set.secret() || !set.has(Factor::finger)) event.reason += ":" + set.text();
    if (const auto stored = broker_.store.append(event); !stored) {
        log_error("the audit event could not be stored: {}", stored.error().message);
        if (stored.error().code != ErrorCode::full || policy_.full == FullDisk::refuses)
            return feed(event::RecordFailed{});
        held("a proof by both factors");
        return feed(event::RecordHeld{});
    }
    feed(event::Recorded{});
}

// Every event names a person if it can: who proved something, else whose account was asked for, else whose card it was.
AuditEvent Flow::refusal_event(Reason reason) const {
    AuditEvent event{request_.what, request_.service, request_.where, std::nullopt,
                     std::nullopt,  std::nullopt,     false,          name_of(reason)};
    if (resolved_) {
        event.who = resolved_->person.id;
        if (!code_) event.card = resolved_->card.id;
        return event;
    }
    if (ticket_) {
        event.who = ticket_->person.id;
        return event;
    }
    if (claimed_) {
        event.card = claimed_->id;
        event.subject = claimed_->person;
    }
    if (request_.user.empty() || request_.scope != Scope::user) return event;
    for (const PersonRecord& person : broker_.store.persons_of_account(request_.user)) event.subject = person.id;
    return event;
}

void Flow::finish() {
    FlowResult result;
    if (transaction_.granted() != nullptr) {
        result.end = Denied{Reason::granted, 0};
        result.account = account_;
        charges_.succeeded();
    } else if (transaction_.glass_broken() != nullptr) {
        result.end = Denied{Reason::break_glass, 0};
        result.account = account_;
        charges_.succeeded();
    } else if (const MayDeny* const denial = transaction_.may_deny()) {
        result.end = Denied{Reason::record_failed, 0};
        result.warrant = denial->warrant;
        charges_.taken_back();
    } else {
        result.end = *transaction_.denied();
        const bool charged = charges_.charged();
        charges_.failed(boottime());
        const AuditEvent event = refusal_event(result.end.reason);
        // Nothing was shown and nothing charged.
        if (!event.card && !event.who && !charged)
            broker_.refusals.append(broker_.store, event, boottime());
        else if (const auto stored = broker_.store.append(event); !stored)  // it stands all the same
            log_error("a refusal could not be recorded: {}", stored.error().message);
    }
    if (resolved_) {
        result.person = resolved_->person;
        result.visit = resolved_->candidate.visit;
        result.presence = resolved_->candidate.presence;
        if (!code_) result.card = resolved_->card.id;
    }
    if (code_) result.hold = {HeldBy::code, code_->id, code_->until};
    if (ticket_) {
        result.person = ticket_->person;
        result.hold = {HeldBy::break_glass, ticket_->ticket.id, ticket_->ticket.until};
    }
    result.before = before_;
    const auto done = std::move(done_);
    if (done != nullptr) done(std::move(result));
}

}  // namespace sekimori::daemon
