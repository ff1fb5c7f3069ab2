// SPDX-License-Identifier: Apache-2.0
// What a person knows, in a flow: a code in the card's place, a password beside the card, a break-glass code. It is
// kept from its question to the comparison, which comes last and after a charge.
#include <algorithm>

#include "daemon/auth/code_text.hpp"
#include "daemon/auth/flow.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

std::uint32_t seconds_of(Millis wait) { return static_cast<std::uint32_t>((wait.count() + 999) / 1000); }

}  // namespace

CodeQuestion Flow::code_question() const { return {question(request_.user), broker_.terminal, request_.emergency}; }

std::vector<CardVisit> Flow::cards_here() const {
    auto present = broker_.cards.present();
    if (request_.skip) std::erase(present, *request_.skip);
    return present;
}

void Flow::ask_password() {
    dialogue_.ask({MessageId::enter_password, 0, request_.service, request_.requester, {}}, wire::PromptStyle::echo_off,
                  [this](wire::AnswerStatus status, SecureBytes text) {
                      if (status != wire::AnswerStatus::given || text.empty()) return refuse(Reason::cancelled);
                      secret_ = std::move(text);
                      feed(event::SecretEntered{});
                  });
}

void Flow::ask_code() {
    dialogue_.ask({MessageId::enter_code, 0, request_.service, request_.requester, {}}, wire::PromptStyle::echo_off,
                  [this](wire::AnswerStatus status, const SecureBytes& text) {
                      if (status != wire::AnswerStatus::given) return refuse(Reason::cancelled);
                      // Whoever found the card after all just goes on.
                      if (text.empty()) return feed(event::CodeSkipped{cards_here()});
                      on_code(text);
                  });
}

void Flow::on_code(const SecureBytes& typed) {
    auto code = read_code(typed.span());
    auto holders = code_holders(broker_.store, broker_.accounts, broker_.policy, code_question());
    auto holder = code ? holder_of(std::move(holders), code->handle) : std::nullopt;
    Charges counters(broker_.store, broker_.lockout_policy());
    std::vector<LockoutKey> keys{{LockoutOf::caller, request_.caller}};
    if (holder) keys.push_back({LockoutOf::person, person_of(*holder).id.hex()});
    counters.keys(std::move(keys));
    charges_ = std::move(counters);
    if (const LockoutView view = charges_.worst(boottime()); view.locked())
        return feed(event::CodeUnfit{Reason::locked_out, seconds_of(view.wait)});
    if (!holder) {
        // Nobody's: a guess all the same, at the expense of the place that it came from.
        if (!charges_.charge(boottime())) return feed(event::CodeUnfit{Reason::record_failed});
        return feed(event::CodeUnfit{Reason::code_wrong, charges_.worst(boottime()).tries});
    }
    secret_ = std::move(code->whole);
    adopt_holder(std::move(*holder));
}

void Flow::adopt_holder(Holder holder) {
    account_ = request_.user;
    if (auto* ticket = std::get_if<TicketHolder>(&holder)) {
        ticket_ = std::move(*ticket);
        return feed(event::GlassFits{{ticket_->person.id, ticket_->ticket.id}});
    }
    auto& found = std::get<CodeHolder>(holder);
    if (!broker_.fingers.up() || broker_.fingers.scanners().empty())
        return feed(event::CodeUnfit{broker_.fingers.up() ? Reason::no_scanner : Reason::finger_worker_lost});
    code_ = found.secret;
    resolved_ = Resolved{found.candidate, {}, std::move(found.person), {account_}};
    feed(event::CodeFits{resolved_->candidate});
}

// Read again from the ledger: what was withdrawn or replaced since the question is not compared.
void Flow::check_secret() {
    const SecretUse use = code_ ? SecretUse::code : SecretUse::password;
    const Reason wrong = code_ ? Reason::code_wrong : Reason::password_wrong;
    const SecureBytes typed = std::move(secret_);
    secret_.clear();
    const auto secret = broker_.store.secret_of(resolved_->person.id, use);
    if (!secret || (code_ && secret->id != code_->id)) return feed(event::SecretFailed{Reason::revoked_meanwhile});
    const auto data = broker_.store.secret_data(secret->id);
    if (!data || broker_.secrets == nullptr) return feed(event::SecretFailed{Reason::internal});
    const auto proof =
        SecretVerifier(*broker_.secrets)
            .verify({transaction_.id, resolved_->person.id}, *secret, broker_.clock.now(), data->hash, typed.span());
    if (proof) return feed(event::SecretProved{*proof});
    if (proof.error().code == ErrorCode::mismatch)
        return feed(event::SecretFailed{wrong, charges_.worst(boottime()).tries});
    if (proof.error().code == ErrorCode::refused) return feed(event::SecretFailed{Reason::revoked_meanwhile});
    log_error("a secret could not be compared: {}", proof.error().message);
    feed(event::SecretFailed{Reason::internal});
}

void Flow::check_glass() {
    const SecureBytes typed = std::move(secret_);
    secret_.clear();
    const auto ticket = good_ticket_of(broker_.store, ticket_->ticket.id, code_question());
    if (!ticket) return feed(event::SecretFailed{Reason::revoked_meanwhile});
    const auto data = broker_.store.secret_data(ticket->id);
    if (!data || broker_.secrets == nullptr) return feed(event::SecretFailed{Reason::internal});
    const auto proof = BreakGlassVerifier(*broker_.secrets)
                           .verify({transaction_.id, ticket_->person.id}, *ticket, broker_.terminal,
                                   broker_.clock.now(), data->hash, typed.span());
    if (proof) return feed(event::GlassProved{*proof});
    if (proof.error().code != ErrorCode::mismatch) return feed(event::SecretFailed{Reason::internal});
    feed(event::SecretFailed{Reason::code_wrong, charges_.worst(boottime()).tries});
}

Reason Flow::recheck_code() const {
    if (request_.still_there && !request_.still_there()) return Reason::cancelled;
    broker_.refresh_policy();
    const auto judged =
        entitle_code(broker_.store, broker_.accounts, broker_.policy, resolved_->person.id, code_->id, code_question());
    if (const auto* denied = std::get_if<Denied>(&judged)) return denied->reason;
    if (!resolved_->candidate.set.covers(std::get<CodeHolder>(judged).candidate.set))
        return Reason::account_not_allowed;
    return request_.last_word ? request_.last_word(resolved_->person, account_) : Reason::granted;
}

// One use: the ticket is spent, on disk, before anybody hears of it; then the trail, the journal and the bus.
void Flow::record_glass() {
    const PersonId person = ticket_->person.id;
    const StatementId id = ticket_->ticket.id;
    if (request_.still_there && !request_.still_there()) return feed(event::Refused{Reason::cancelled});
    broker_.refresh_policy();
    const auto again = code_holders(broker_.store, broker_.accounts, broker_.policy, code_question());
    const bool good = std::any_of(again.begin(), again.end(), [&](const Holder& holder) {
        const auto* ticket = std::get_if<TicketHolder>(&holder);
        return ticket != nullptr && ticket->ticket.id == id && ticket->person.id == person;
    });
    if (!good) return feed(event::Refused{Reason::revoked_meanwhile});
    const auto spent = broker_.store.withdraw(id, Store::Withdrawal::used, {person, request_.where});
    if (!spent || !spent->changed || !spent->durable) {
        log_error("a break-glass ticket could not be spent");
        return feed(event::RecordFailed{});
    }
    before_ = broker_.store.last_use(person);
    const AuditEvent event{"break-glass.use", request_.service,   request_.where, person,
                           std::nullopt,      ticket_->ticket.by, true,           name_of(Reason::break_glass)};
    if (const auto stored = broker_.store.append(event); !stored) {
        log_error("the audit event could not be stored: {}", stored.error().message);
        return feed(event::RecordFailed{});
    }
    log_alert("break-glass: {} was let in at {} without two factors (person {}, ticket {})", account_, request_.where,
              person.hex(), id.hex());
    if (broker_.on_break_glass) broker_.on_break_glass(person.hex(), terminal_);
    feed(event::Recorded{});
}

}  // namespace sekimori::daemon
