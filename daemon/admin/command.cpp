// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/command.hpp"

#include <unistd.h>

#include <algorithm>

#include "daemon/admin/station.hpp"
#include "daemon/fleet/fleet.hpp"
#include "event/log.hpp"
#include "protocol/schema_receipt.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kPlacedPatience = std::chrono::seconds{20};

bool has_administrator(const Store& store) {
    const auto persons = store.persons();
    return std::any_of(persons.begin(), persons.end(),
                       [](const PersonRecord& person) { return person.roles.has(Role::administrator); });
}

// Takes something away and gives nobody anything.
bool stops(const CommandVerb& verb) {
    const std::string_view name = verb.name;
    return verb.right == Right::deny || verb.right == Right::read || name == "person.remove" || name == "fleet.leave";
}

}  // namespace

Broker& DenyRun::broker() const noexcept { return run_->broker(); }
Denier DenyRun::denier() const { return run_->actor(); }
void DenyRun::receipt(std::uint32_t confirmed, std::uint32_t terminals) const { run_->receipt(confirmed, terminals); }
void DenyRun::done(Reply reply) const { run_->done(std::move(reply)); }
void DenyRun::record(std::optional<PersonId> subject, std::optional<CardId> card, const Reply& reply) const {
    (void)run_->record(subject, card, reply);
}

CommandRun::CommandRun(Broker& broker, const CommandVerb& verb, std::string arguments, Channel channel, UniqueFd file,
                       CommandCaller caller, std::function<void(CommandRun*)> ended)
    : broker_(broker),
      verb_(verb),
      arguments_(std::move(arguments)),
      channel_(std::move(channel)),
      file_(std::move(file)),
      caller_(std::move(caller)),
      ended_(std::move(ended)),
      dialogue_(channel_, [this] { close(); }) {
    actor_.where = "uid " + std::to_string(caller_.uid);
    source_ = watch_readable(channel_.fd(), [this] { on_readable(); });
    start_ = soon([this] { start(); });
}

CommandRun::~CommandRun() = default;

void CommandRun::start() {
    const bool lab_administrator =
        broker_.config.lab == LabMode::on && is_root() && broker_.config.lab_user == LabUser::administers;
    eyes_ = eyes();
    authorized_ = (lab_administrator && eyes_ != Eyes::four_named) || opens_an_empty_ledger();
    // Of a station's verbs only those that one may do alone.
    if (const auto administrator = authorized_ || eyes_ != Eyes::two ? std::nullopt : voucher()) {
        actor_.person = administrator;
        authorized_ = true;
    }
    if (authorized_ && verb_.devices == Devices::not_needed) return run();
    const Rank rank = authorized_ || is_root() ? Rank::root : Rank::unprivileged;
    auto ticket = broker_.turns.enter(rank, caller_.uid,
                                      {[this] { authorized_ ? run() : authorize(); }, [this] { preempted(); }});
    if (!ticket) return done(refuse(Denied{Reason::busy}));
    ticket_ = std::move(*ticket);
}

// The lab's own user counts as root among callers.
bool CommandRun::is_root() const {
    return caller_.uid == 0 || (broker_.config.lab == LabMode::on && caller_.uid == geteuid());
}

// The first administrators are made by root on a ledger that has none, or come back with a backup or with a fleet into
// one that nothing was ever written to; afterwards every writing verb needs one of them. A terminal that opens nothing
// any more, because it was revoked or its fleet is lost, must be able to leave: root could as well delete the ledger.
// What is carried to one that is cut off has an officer's signature, and nobody can show card and finger there; no more
// can they where a certificate has ended, and the token by which a member gets another one is the authority's word.
bool CommandRun::opens_an_empty_ledger() const {
    if (!is_root()) return false;
    const std::string_view verb = verb_.name;
    return (verb == "setup" && !has_administrator(broker_.store)) ||
           // Whose machine it is may take it into a fleet and out of it again; what the ledger held is gone then.
           (verb == "restore" && broker_.store.head().seq == 1) ||
           (verb == "fleet.join" && (broker_.store.head().seq == 1 || broker_.store.fleet() != nullptr)) ||
           verb == "fleet.leave" || verb == "fleet.take";
}

// At an enrolment station one administrator's card and finger open the way to give people what they lack, and nothing
// else: neither a second card nor another finger in the place of one that is there.
std::optional<PersonId> CommandRun::voucher() const {
    for (const StationLease& lease : broker_.stations) {
        if (lease.caller != caller_.bus_name || broker_.clock.now().boottime >= lease.until) continue;
        const auto administrator = broker_.store.person(lease.administrator);
        if (!administrator || administrator->state != PersonState::active || !administrator->roles.may(verb_.right))
            continue;
        if (is_lacking(broker_, verb_.name, arguments_)) return lease.administrator;
    }
    return std::nullopt;
}

Eyes CommandRun::eyes() const {
    if (verb_.eyes == nullptr) return Eyes::two;
    Arguments arguments(arguments_);  // read once more by the verb itself
    return verb_.eyes(broker_, arguments);
}

// Each was right when asked; until the other one was found, or the devices were free, much may have happened.
bool CommandRun::still_entitled() const {
    const auto may = [&](const std::optional<PersonId>& id, Right right) {
        if (!id) return true;
        const auto person = broker_.store.person(*id);
        return person && person->state == PersonState::active && person->roles.may(right);
    };
    return may(actor_.person, verb_.right) && may(actor_.second, Right::administer);
}

// A login wants the devices. An administrator who is at work keeps them; whoever has proved nothing yet does not.
void CommandRun::preempted() {
    if (!authorized_ && flow_) flow_->refuse(Reason::busy);
}

void CommandRun::authorize() {
    broker_.refresh_policy();  // one with an effective date may have come into force
    FlowRequest request;
    request.scope = Scope::administrator;
    request.service = std::string("sekimori ") + verb_.name;
    request.requester = "uid " + std::to_string(caller_.uid);
    request.where = actor_.where;
    request.what = "administer";
    request.caller = "uid:" + std::to_string(caller_.uid);
    request.right = verb_.right;
    if (actor_.person) {  // the second one, who has that right for any act
        request.right = Right::administer;
        request.other_than = actor_.person;
        request.skip = first_;
    }
    dialogue_.tell({MessageId::intent_notice, 0, request.service, request.requester, {}});
    flow_ = std::make_unique<Flow>(broker_, std::move(request), dialogue_,
                                   [this](const FlowResult& result) { on_authorized(result); });
    flow_->start();
}

void CommandRun::on_authorized(const FlowResult& result) {
    if (over_) return;
    if (!result.granted()) {
        if (!may_deny(result)) return done(refuse(result.end));
        trace_ = Trace::missing;
    }
    if (eyes_ != Eyes::two && !actor_.person) {
        actor_.person = result.person->id;
        first_ = result.visit;
        start_ = soon([this] {
            flow_.reset();
            authorize();
        });
        return;
    }
    (actor_.person ? actor_.second : actor_.person) = result.person->id;
    authorized_ = true;
    start_ = soon([this] {
        flow_.reset();
        // A passphrase may be long in coming: nobody waits for it at the devices.
        if (verb_.devices == Devices::not_needed) ticket_.drop();
        run();
    });
}

// On a full disk, by one who proved both factors. Two are never asked for a denial.
bool CommandRun::may_deny(const FlowResult& result) const noexcept {
    return result.warrant && result.person && result.person->id == result.warrant->binding().person && verb_.denies() &&
           eyes_ == Eyes::two;
}

void CommandRun::deny(Arguments& arguments) {
    if (verb_.denial != nullptr) return done(verb_.denial(*this, arguments));
    task_ = verb_.denial_task(*this, arguments);
}

void CommandRun::run() {
    if (over_) return;
    if (!still_entitled()) return done(refuse(Denied{Reason::revoked_meanwhile}));
    // What it takes was judged before the dialogue; meanwhile the policy may have become a stricter one, or somebody an
    // administrator.
    if (actor_.person && !actor_.second && eyes() != Eyes::two)
        return done(refuse(ErrorCode::refused, "it takes a second administrator by now", "repeat the command"));
    if (FleetStore* const fleet = broker_.store.fleet())
        for (const FleetStore::Waiting& one : fleet->waiting()) before_.push_back(one.hash);
    Arguments arguments(arguments_);
    if (verb_.denies()) return deny(arguments);
    if (trace_ == Trace::missing) return done(refuse(Denied{Reason::record_failed}));
    if (verb_.answer != nullptr) return done(verb_.answer(*this, arguments));
    task_ = verb_.task(*this, arguments);
}

void CommandRun::progress(wire::ProgressEvent event, std::uint8_t stage, std::uint8_t stages, MessageId hint) {
    wire::Progress message;
    message.event = event;
    message.stage = stage;
    message.stages = stages;
    message.hint = hint;
    if (!channel_.send(message)) close();
}

void CommandRun::receipt(std::uint32_t confirmed, std::uint32_t terminals) {
    if (!channel_.send(wire::ReceiptFills{confirmed, terminals})) close();
}

void CommandRun::done(Reply reply) {
    if (over_ || placing_) return;
    held_ = std::move(reply);
    if (held_ && held_->contains("schema")) after_ = nullptr;  // whole: of several grants, say
    if (!held_ || !await([this](const Status& outcome) { placed(outcome); })) finish(held_);
}

bool CommandRun::await(std::function<void(const Status&)> then) {
    FleetStore* const fleet = broker_.store.fleet();
    if (fleet == nullptr || broker_.fleet == nullptr) return false;
    std::vector<Hash> grants;
    for (const FleetStore::Waiting& one : fleet->waiting())
        if (!denies(one.type) && std::find(before_.begin(), before_.end(), one.hash) == before_.end())
            grants.push_back(one.hash);
    if (grants.empty()) return false;
    placing_ =
        broker_.fleet->when_placed(grants, kPlacedPatience, [this, then = std::move(then)](const Status& outcome) {
            placing_.reset();
            then(outcome);
        });
    return true;
}

void CommandRun::placed(const Status& outcome) {
    if (outcome) return finish(after_ ? after_() : held_);
    const Reply refused = refuse(outcome.error());
    record(std::nullopt, std::nullopt, refused);
    finish(refused);
}

void CommandRun::finish(const Reply& reply) {
    if (over_) return;
    over_ = true;
    const Reply told = reply && unrecorded_ ? Reply(refuse(unrecorded_->code, "its event could not be recorded",
                                                           "see what stands, and free space on the disk"))
                                            : reply;
    wire::CommandDone message;
    message.result = told ? wire::CommandResult::done : wire::CommandResult::failed;
    message.json = (told ? *told : told.error().json()).dump(-1, ' ', false, Json::error_handler_t::replace);
    if (!channel_.send(message)) log_warning("the answer to {} could not be delivered", verb_.name);
    close();
}

Status CommandRun::record(std::optional<PersonId> subject, std::optional<CardId> card, const Reply& reply) {
    AuditEvent event{verb_.name, "",      actor_.where,      actor_.person,
                     card,       subject, reply.has_value(), reply ? "done" : reply.error().code};
    std::vector<AuditEvent> events{event};
    if (actor_.second) {  // the same act, under the second one's id
        event.what += ".second";
        event.who = actor_.second;
        events.push_back(std::move(event));
    }
    Status stored = broker_.store.append_all(events);
    if (!stored) {
        log_error("{} could not be recorded: {}", verb_.name, stored.error().message);
        if (!stops(verb_)) unrecorded_ = stored.error();
    }
    return stored;
}

void CommandRun::close() {
    over_ = true;
    source_.reset();
    start_.reset();
    if (close_) return;
    if (flow_) flow_->refuse(Reason::cancelled);  // an attempt that was charged has failed, and the trail says so
    close_ = soon([this] {
        task_.reset();
        flow_.reset();
        ticket_.drop();
        const auto ended = ended_;  // `this` ends in the call
        ended(this);
    });
}

void CommandRun::on_readable() {
    auto answer = channel_.receive_as<wire::Answer>(std::nullopt);
    if (!answer) {
        if (answer.error().code != ErrorCode::busy) close();
        return;
    }
    if (!dialogue_.on_answer(std::move(*answer))) close();
}

}  // namespace sekimori::daemon
