// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/connection.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "daemon/auth/account_phase.hpp"
#include "daemon/auth/origin.hpp"
#include "daemon/session/sessions.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kGreeting = std::chrono::seconds{5};  // from connect to the message that asks for something
constexpr Millis kGrace = std::chrono::seconds{5};     // after the transaction's own limit, and after a verdict

const char* what_of(wire::Intent intent) {
    switch (intent) {
        case wire::Intent::login:
            return "login";
        case wire::Intent::unlock:
            return "unlock";
        case wire::Intent::elevate:
            return "elevate";
        case wire::Intent::boot:
            return "boot";
        case wire::Intent::application:
            return "application";
        case wire::Intent::administer:
            return "administer";
    }
    return "login";
}

}  // namespace

bool Caller::alive() const noexcept {
    pollfd item{pidfd.get(), POLLIN, 0};
    return pidfd && poll(&item, 1, 0) == 0;
}

std::string Caller::place(const std::string& tty) const {
    return rank == Rank::root ? tty : "uid:" + std::to_string(peer.uid);
}

Result<Caller> identify_caller(const Channel& channel, LabMode lab) {
    const auto peer = channel.peer();
    if (!peer) return tl::unexpected<Error>(peer.error());
    Caller caller;
    caller.peer = *peer;
    caller.pidfd.reset(static_cast<int>(syscall(SYS_pidfd_open, peer->pid, 0)));
    if (!caller.pidfd) return fail(ErrorCode::gone, "the caller is gone");
    const bool root = peer->uid == 0 || (lab == LabMode::on && peer->uid == geteuid());
    caller.rank = root ? Rank::root : Rank::unprivileged;
    return caller;
}

struct Connection::Row {
    wire::MessageType type;
    State state;  // the one state in which it is allowed
    Rank least;   // unprivileged: everybody
    Status (Connection::*handler)(ByteSpan);
};

const Connection::Row Connection::kTable[] = {
    {wire::MessageType::hello, State::fresh, Rank::unprivileged, &Connection::on_hello},
    {wire::MessageType::begin, State::greeted, Rank::unprivileged, &Connection::on_begin},
    {wire::MessageType::answer, State::transaction, Rank::unprivileged, &Connection::on_answer},
    {wire::MessageType::account, State::greeted, Rank::unprivileged, &Connection::on_account},
    {wire::MessageType::open_session, State::greeted, Rank::root, &Connection::on_open_session},
    {wire::MessageType::close_session, State::greeted, Rank::root, &Connection::on_close_session},
};

Connection::Connection(Broker& broker, Channel channel, Caller caller, std::function<void(Connection*)> closed)
    : broker_(broker),
      channel_(std::move(channel)),
      caller_(std::move(caller)),
      closed_(std::move(closed)),
      dialogue_(channel_, [this] { close(); }) {
    source_ = watch_readable(channel_.fd(), [this] { on_readable(); });
    limit_ = after(kGreeting, [this] { close(); });
}

Connection::~Connection() = default;

// Everything ends with the connection: its flow (the sensor stops, the card is let go), its turn.
void Connection::close() {
    if (close_) return;
    source_.reset();
    limit_.reset();
    look_up_.reset();
    if (flow_) flow_->refuse(Reason::cancelled);
    close_ = soon([this] {
        // The flow has told the trail by now (its end was queued before this).
        flow_.reset();
        ticket_.drop();
        const auto closed = closed_;  // `this` ends in the call
        closed(this);
    });
}

void Connection::on_readable() {
    auto bytes = channel_.receive(std::nullopt);
    if (!bytes) {
        if (bytes.error().code != ErrorCode::busy) close();
        return;
    }
    if (auto handled = handle(bytes->span()); !handled) {
        if (broker_.complaints.take(broker_.clock.now().boottime))
            log_warning("a client of uid {} is cut off: {}", caller_.peer.uid, handled.error().message);
        close();
    }
}

Status Connection::handle(ByteSpan bytes) {
    const auto type = wire::type_of(bytes);
    if (!type) return tl::unexpected<Error>(type.error());
    for (const Row& row : kTable) {
        if (static_cast<std::uint16_t>(row.type) != *type) continue;
        if (row.state != state_) {
            // An answer that crossed with the verdict is no offence.
            if (row.type == wire::MessageType::answer && state_ == State::decided) return {};
            return fail(ErrorCode::malformed, "a message out of its place");
        }
        if (row.least == Rank::root && caller_.rank != Rank::root)
            return fail(ErrorCode::refused, "a message for root");
        return (this->*row.handler)(bytes);
    }
    return fail(ErrorCode::malformed, "an unknown message");
}

Status Connection::on_hello(ByteSpan bytes) {
    const auto hello = wire::decode<wire::Hello>(bytes);
    if (!hello) return tl::unexpected<Error>(hello.error());
    if (hello->min > hello->max || hello->min > wire::kProtocolMax || hello->max < wire::kProtocolMin)
        return fail(ErrorCode::unsupported, "no version in common");
    state_ = State::greeted;
    wire::Welcome welcome;
    welcome.version = std::min(hello->max, wire::kProtocolMax);
    return channel_.send(welcome);
}

// ---- the transaction
// ------------------------------------------------------------------------------------------------------------

// What the message and the ledger say by themselves, before anybody is asked.
Reason Connection::admit(const wire::Begin& begin) const {
    const bool locker = begin.intent == wire::Intent::unlock || begin.intent == wire::Intent::application;
    const bool unprivileged = caller_.rank == Rank::unprivileged;
    if (begin.intent == wire::Intent::administer) return Reason::not_permitted;
    // A locker or an application may ask for its own account, and for nothing that opens a new session.
    if (unprivileged && (!locker || begin.user.empty())) return Reason::not_permitted;
    if (!is_local_host(begin.rhost)) return Reason::remote;
    // The system's directory may be slow to answer: it is asked about accounts of persons only.
    if (!begin.user.empty() && broker_.store.persons_of_account(begin.user).empty()) return Reason::person_unknown;
    if (unprivileged && broker_.accounts.uid_of(begin.user) != caller_.peer.uid) return Reason::not_permitted;
    return Reason::granted;
}

std::string Connection::caller_key(const wire::Begin& begin) const {
    if (caller_.rank == Rank::unprivileged) return caller_.place({});
    return begin.tty.empty() ? "service:" + begin.service : "tty:" + begin.tty;
}

// Locked before a card is even asked for: the caller, or every person of the account.
std::optional<Denied> Connection::locked(const wire::Begin& begin) const {
    Charges counters(broker_.store, broker_.lockout_policy());
    const Millis now = broker_.clock.now().boottime;
    Millis wait = counters.view({LockoutOf::caller, caller_key(begin)}, now).wait;
    if (!begin.user.empty()) {
        Millis shortest = kGrantLife * 1000;
        for (const PersonRecord& person : broker_.store.persons_of_account(begin.user))
            shortest = std::min(shortest, counters.view({LockoutOf::person, person.id.hex()}, now).wait);
        wait = std::max(wait, shortest);
    }
    if (wait <= Millis{0}) return std::nullopt;
    return Denied{Reason::locked_out, static_cast<std::uint32_t>((wait.count() + 999) / 1000)};
}

Status Connection::on_begin(ByteSpan bytes) {
    auto begin = wire::decode<wire::Begin>(bytes);
    if (!begin) return tl::unexpected<Error>(begin.error());
    if (begin->service.empty()) return fail(ErrorCode::malformed, "a transaction without a service");
    state_ = State::transaction;
    limit_ = after(broker_.config.limits.transaction + kGrace, [this] { close(); });
    begin_ = std::move(*begin);
    if (const Reason reason = admit(begin_); reason != Reason::granted)
        refuse({reason});
    else
        look_up(begin_.rhost, [this](const OriginFacts& facts) { on_origin(facts); });
    return {};
}

void Connection::look_up(const std::string& rhost, OriginLookup::Done then) {
    look_up_ =
        std::make_unique<OriginLookup>(caller_.peer.pid, caller_.peer.uid, rhost, broker_.config.lab, std::move(then));
}

void Connection::on_origin(const OriginFacts& facts) {
    // What was said about the pid holds for the caller only if it is still there.
    if (!caller_.alive()) return close();
    if (judge_origin(facts) == Origin::remote) return refuse({Reason::remote});
    if (facts.session) session_ = facts.session->id;
    if (const auto lock = locked(begin_)) return refuse(*lock);
    broker_.refresh_policy();  // one with an effective date may have come into force
    queue(begin_);
}

void Connection::refuse(const Denied& end) {
    broker_.refusals.append(broker_.store,
                            {what_of(begin_.intent), begin_.service, caller_.place(begin_.tty), std::nullopt,
                             std::nullopt, std::nullopt, false, name_of(end.reason)},
                            broker_.clock.now().boottime);
    verdict(end, begin_.user, {});
}

void Connection::queue(const wire::Begin& begin) {
    FlowRequest request;
    request.service = begin.service;
    request.user = begin.user;
    request.requester = begin.ruser.empty() ? begin.user : begin.ruser;
    if (caller_.rank == Rank::unprivileged)
        request.requester = begin.user;  // it may claim whatever it likes; the uid says this
    request.where = caller_.place(begin.tty);
    request.what = begin.trial == wire::Trial::observe ? "trial" : what_of(begin.intent);
    request.caller = caller_key(begin);
    request.still_there = [this] { return caller_.alive(); };
    request.code = Ask::yes;
    // A ticket is spent on a session, and on nothing less.
    if (caller_.rank == Rank::root && begin.intent == wire::Intent::login && begin.trial == wire::Trial::no)
        request.emergency = Emergency::yes;
    // sudo and polkit say who asks; when another's card is wanted in the one reader, the asker's session bears with it.
    if (caller_.rank == Rank::root && begin.intent == wire::Intent::elevate && broker_.sessions != nullptr) {
        if (auto swap = broker_.sessions->swap(begin.ruser, begin.user)) {
            request.skip = swap->own;
            request.lease = std::move(swap->lease);
            swapped_ = Swapped{swap->own, static_cast<std::uint32_t>(swap->back.count() / 1000)};
        }
    }
    // A trail that says "granted" and a session that says no must not be: it is asked before the event is written.
    if (begin.intent == wire::Intent::unlock && begin.trial == wire::Trial::no && broker_.sessions != nullptr)
        request.last_word = [this](const PersonRecord& person, const std::string& account) {
            return broker_.sessions->may_unlock(account, session_, person.id);
        };
    // Shown before anything is armed (CVE-2024-37408): who asks, and for what.
    if (begin.intent == wire::Intent::elevate || begin.intent == wire::Intent::application)
        dialogue_.tell({MessageId::intent_notice, 0, request.service, request.requester, {}});
    flow_ = std::make_unique<Flow>(broker_, std::move(request), dialogue_,
                                   [this](const FlowResult& result) { on_result(result); });
    auto ticket = broker_.turns.enter(caller_.rank, caller_.peer.uid,
                                      {[this] { flow_->start(); }, [this] { flow_->refuse(Reason::busy); }});
    if (!ticket) {
        flow_.reset();
        return verdict({Reason::busy}, begin_.user, {});
    }
    ticket_ = std::move(*ticket);
}

Status Connection::on_answer(ByteSpan bytes) {
    auto answer = wire::decode<wire::Answer>(bytes);
    if (!answer) return tl::unexpected<Error>(answer.error());
    return dialogue_.on_answer(std::move(*answer));
}

void Connection::on_result(const FlowResult& result) {
    if (close_) return;  // nobody is there to be told
    SecureBytes token;
    Denied end = result.end;
    const Millis now = broker_.clock.now().boottime;
    if (result.granted() && begin_.trial == wire::Trial::no && begin_.intent == wire::Intent::unlock &&
        broker_.sessions != nullptr) {
        // Before the verdict: the locker may open the screen at once.
        end.reason = broker_.sessions->unlock(
            result.account, session_, {result.person->id, result.card.value_or(CardId{}), result.hold, result.visit});
        if (end.reason != Reason::granted) take_back(result, end.reason);
    }
    if (swapped_ && !broker_.cards.is_present(swapped_->own))
        dialogue_.tell({MessageId::swap_back, swapped_->back_seconds, {}, {}, {}});
    // What the flow ended with, if nothing has come between.
    const bool let_in = result.let_in() && end.reason == result.end.reason;
    if (let_in && begin_.trial == wire::Trial::no) {
        if (caller_.rank == Rank::root) {
            auto issued = broker_.grants.issue(
                {result.person->id, result.card.value_or(CardId{}), result.account, begin_.service, begin_.intent,
                 broker_.store.head().hash, now + kGrantLife, result.visit, result.presence, result.hold},
                broker_.rng);
            if (issued)
                token = std::move(*issued);
            else
                end = Denied{Reason::internal};
        } else {
            broker_.grants.note_unprivileged(caller_.peer.uid, result.account, now);
        }
        if (begin_.intent == wire::Intent::login) tell_of_login(result);
    }
    const bool names_it = end.reason == Reason::granted || end.reason == Reason::break_glass;
    verdict(end, names_it ? result.account : begin_.user, std::move(token));
}

// When the account's person was here last, and how long they may stay where no card says so.
void Connection::tell_of_login(const FlowResult& result) {
    const auto seconds = [](Millis wall) {
        return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(wall).count());
    };
    if (result.before)
        dialogue_.tell({MessageId::last_login, seconds(result.before->wall), begin_.service, result.before->where, {}});
    if (result.hold.by != HeldBy::card)
        dialogue_.tell({MessageId::session_until, seconds(result.hold.until), begin_.service, {}, {}});
}

// The session began to end between the event and its verdict: the trail gets the last word as well.
void Connection::take_back(const FlowResult& result, Reason reason) {
    const AuditEvent event{what_of(begin_.intent),
                           begin_.service,
                           caller_.place(begin_.tty),
                           result.person->id,
                           result.card,
                           std::nullopt,
                           false,
                           name_of(reason)};
    if (const auto stored = broker_.store.append(event); !stored)
        log_error("a refusal could not be recorded: {}", stored.error().message);
}

void Connection::verdict(const Denied& end, const std::string& user, SecureBytes grant) {
    const ReasonRow& row = row_of(end.reason);
    wire::Verdict message;
    message.outcome = row.outcome;
    message.id = row.message;
    message.number = end.number;
    message.user = user;
    message.grant = std::move(grant);
    state_ = State::decided;
    ticket_.drop();
    if (!channel_.send(message)) return close();
    limit_ = after(kGrace, [this] { close(); });  // the client closes first; one that lingers is cut
}

// ---- account and session phases
// -------------------------------------------------------------------------------------------------

Status Connection::on_account(ByteSpan bytes) {
    const auto account = wire::decode<wire::Account>(bytes);
    if (!account) return tl::unexpected<Error>(account.error());
    verdict({judge_account_phase(broker_, caller_, *account)}, account->user, {});
    return {};
}

Status Connection::on_open_session(ByteSpan bytes) {
    auto open = wire::decode<wire::OpenSession>(bytes);
    if (!open) return tl::unexpected<Error>(open.error());
    state_ = State::transaction;
    limit_ = after(kOriginLimit + kGrace, [this] { close(); });
    open_ = std::move(*open);
    look_up({}, [this](const OriginFacts& place) {
        if (!caller_.alive()) return close();
        verdict({judge_open_session(broker_, caller_, open_, place)}, open_.user, {});
    });
    return {};
}

Status Connection::on_close_session(ByteSpan bytes) {
    const auto gone = wire::decode<wire::CloseSession>(bytes);
    if (!gone) return tl::unexpected<Error>(gone.error());
    broker_.grants.unbind(gone->user, caller_.peer.pid);
    verdict({Reason::granted}, gone->user, {});
    return {};
}

}  // namespace sekimori::daemon
