// SPDX-License-Identifier: Apache-2.0
#include "daemon/fleet/fleet.hpp"

#include <array>

#include "daemon/session/sessions.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kMinute = std::chrono::minutes{1};
constexpr Millis kRenewals{1000};  // between two requests that are signed

}  // namespace

Fleet::Fleet(Broker& broker, WorkerLinkOptions options)
    : broker_(broker),
      agent_(std::move(options), {[this](wire::MessageType type, ByteSpan bytes) { return on_message(type, bytes); },
                                  [this] { agent_up(); }, [this] { agent_down(); }}) {
    if (store() == nullptr) return;
    became_member();
    owed();
}

Fleet::~Fleet() {
    if (FleetStore* const fleet = store()) fleet->hooks({});
}

void Fleet::became_member() {
    FleetStore& fleet = *store();
    const FleetStore::Facts facts = fleet.facts();
    broker_.terminal = facts.terminal;
    fleet.reach(FleetStore::Reach::no);
    fleet.hooks({[this] { pump_soon(); }, [this] { pump_soon(); }});
    mine_ = Mine::in_force;
    // Those of the broker before this one: their sessions are not known any more.
    for (const FleetStore::Waiting& one : fleet.waiting())
        if (denies(one.type))
            if (const auto denial = fleet.denial(one.hash)) remember(one.hash, *denial, Since::before);
    if (facts.standing == Standing::revoked) revoked();
    every_minute();
}

// How old this is, so that no restart makes it younger; and what a full disk kept back.
void Fleet::every_minute() {
    minute_ = after(kMinute, [this] { every_minute(); });
    FleetStore* const fleet = store();
    if (fleet == nullptr) return minute_.reset();
    if (auto kept = fleet->keep_age(); !kept) complain("its age could not be kept: " + kept.error().message);
    if (auto written = fleet->harden(); !written)
        complain("what came could not be written: " + written.error().message);
    settle();
}

// ---- the agent

void Fleet::agent_up() {
    link_ = {};
    taking_ = Taking::entries;
    send_state();
    for (const auto& [hash, count] : watched_) watch_on_server(hash, wire::Watching::start);
}

void Fleet::agent_down() {
    link_ = {};
    certificate_.reset();
    cut_.reset();
    offered_.clear();
    under_way_.clear();
    acks_sent_.clear();
    trail_stored_.reset();
    if (FleetStore* const fleet = store()) fleet->reach(FleetStore::Reach::no);
    if (joining_ != nullptr) joining_->failed({ErrorCode::unavailable, "the fleet's agent went away"});
}

void Fleet::send_state() {
    wire::FleetState state;
    if (FleetStore* const fleet = store()) {
        const FleetStore::Facts facts = fleet->facts();
        state.membership = facts.standing == Standing::revoked ? wire::Membership::revoked : wire::Membership::member;
        state.ledger = broker_.ledger;
        state.terminal = facts.terminal;
        state.seq = facts.head.seq;
        state.hash = facts.head.hash;
    }
    (void)agent_.post(state);
}

// What is wrong with it may be anybody's doing, however often.
void Fleet::complain(const std::string& what) {
    if (broker_.complaints.take(broker_.clock.now().boottime)) log_warning("fleet: {}", what);
}

void Fleet::note(Trouble trouble, const std::string& why) {
    complain(why);
    if (!troubles_.note(trouble, broker_.clock.now())) return;
    const AuditEvent event{name_of(trouble), "", link_.server, std::nullopt, std::nullopt, std::nullopt, false, why};
    if (const auto stored = broker_.store.append(event); !stored)
        log_error("{} could not be recorded: {}", name_of(trouble), stored.error().message);
}

template <class T, class Handler>
Status Fleet::take(ByteSpan bytes, Handler handler) {
    const auto message = wire::decode<T>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    handler(*message);
    return {};
}

// One table: what the agent may say, and when. What a member's agent says to a terminal that is none (any more) was on
// its way while it left, and is nothing.
Status Fleet::on_message(wire::MessageType type, ByteSpan bytes) {
    using M = wire::MessageType;
    const bool member = store() != nullptr;
    const auto of_member = [&]<class T>(void (Fleet::*handler)(const T&)) {
        return take<T>(bytes, [&](const T& message) {
            if (member) (this->*handler)(message);
        });
    };
    const auto of_join = [&]<class T>(void (Joining::*handler)(const T&)) {
        return take<T>(bytes, [&](const T& message) {
            if (joining_ != nullptr) (joining_->*handler)(message);
        });
    };
    switch (static_cast<int>(type)) {
        case static_cast<int>(M::link_state):
            return of_member(&Fleet::on_link);
        case static_cast<int>(M::denial_heard):
            return of_member(&Fleet::on_denial);
        case static_cast<int>(M::entry_came):
            return of_member(&Fleet::on_entry);
        case static_cast<int>(M::blob_came):
            return of_member(&Fleet::on_blob);
        case static_cast<int>(M::person_key_came):
            return of_member(&Fleet::on_person_key);
        case static_cast<int>(M::group_key_came):
            return of_member(&Fleet::on_group_key);
        case static_cast<int>(M::heartbeat_came):
            return of_member(&Fleet::on_beat);
        case static_cast<int>(M::submit_done):
            return of_member(&Fleet::on_submitted);
        case static_cast<int>(M::ack_stored):
            return of_member(&Fleet::on_ack_stored);
        case static_cast<int>(M::ack_came):
            return of_member(&Fleet::on_ack);
        case static_cast<int>(M::trail_stored):
            return of_member(&Fleet::on_trail_stored);
        case static_cast<int>(M::certificate_state):
            return of_member(&Fleet::on_certificate);
        case static_cast<int>(M::renewal_csr):
            return of_member(&Fleet::on_renewal);
        case static_cast<int>(M::join_csr):
            return of_join(&Joining::on_csr);
        case static_cast<int>(M::join_answer):
            return of_join(&Joining::on_answer);
        case static_cast<int>(M::join_failed):
            return of_join(&Joining::on_failed);
        default:
            return fail(ErrorCode::malformed, "not the fleet agent's message");
    }
}

void Fleet::on_link(const wire::LinkState& state) {
    link_ = {state.state, state.server, state.why};
    const bool up = state.state == wire::LinkIs::up;
    store()->reach(up ? FleetStore::Reach::yes : FleetStore::Reach::no);
    // What the server had before it may have lost: all that has no entry is offered again.
    offered_.clear();
    under_way_.clear();
    acks_sent_.clear();
    trail_stored_.reset();
    log_info("fleet: the server {} is {}", state.server, up ? "there" : "away: " + state.why);
    if (up) pump_soon();
    if (up && joining_ != nullptr) joining_->linked();
    for (const auto& weak : watches_)
        if (const auto watch = weak.lock()) watch->more();
}

void Fleet::on_certificate(const wire::CertificateState& state) { certificate_ = state; }

// The agent's next key for TLS gets this terminal's word that it is its agent's; what the authority makes of it opens
// the server's door and nothing else.
void Fleet::on_renewal(const wire::RenewalCsr& csr) {
    const Millis now = broker_.clock.now().boottime;
    if (mine_ == Mine::revoked || (renewal_signed_ && now - *renewal_signed_ < kRenewals))
        return complain("a request for a certificate is not signed: too many, or this terminal is out");
    renewal_signed_ = now;
    auto record = store()->renewal_request(csr.csr);
    if (!record) return complain("a request for a certificate can't be signed: " + record.error().message);
    log_info("fleet: a new certificate is asked for");
    (void)agent_.post(wire::RenewalRequest{std::move(*record)});
}

// ---- joining and leaving

// Of a member: with a token of its own fleet, as the terminal that it is.
Status Fleet::may_join(const JoinToken& token) const {
    FleetStore* const fleet = store();
    if (fleet == nullptr) {
        if (broker_.store.head().seq != 1)
            return fail(ErrorCode::refused, "only an empty ledger can join: there are people or acts in the one here");
        return {};
    }
    if (mine_ == Mine::revoked) return fail(ErrorCode::refused, "this terminal was revoked: it can only leave");
    if (token.ledger != broker_.ledger || token.author != fleet->fleet_view().author || !fleet->facts().admitted)
        return fail(ErrorCode::refused, "this is a terminal of a fleet already, and the token is another fleet's");
    return {};
}

Result<std::unique_ptr<Joining>> Fleet::join(JoinToken token, std::function<void(Status)> done) {
    if (!agent_.up()) return fail(ErrorCode::unavailable, "the fleet's agent is not there (sekimori-fleet.service)");
    if (joining_ != nullptr) return fail(ErrorCode::busy, "this terminal is joining already");
    if (auto may = may_join(token); !may) return tl::unexpected<Error>(may.error());
    auto joining = std::make_unique<Joining>(broker_, agent_, std::move(token),
                                             Joining::Hands{[this, member = store() != nullptr] {
                                                                if (member) return send_state();
                                                                broker_.forget_policy();
                                                                broker_.refresh_ledger();
                                                                became_member();
                                                                send_state();
                                                            },
                                                            std::move(done), [this] { joining_ = nullptr; }});
    if (auto begun = joining->begin(); !begun) return tl::unexpected<Error>(begun.error());
    joining_ = joining.get();
    return joining;
}

Status Fleet::leave() {
    FleetStore* const fleet = store();
    if (fleet == nullptr) return fail(ErrorCode::refused, "this is no terminal of a fleet");
    fleet->hooks({});
    if (auto left = broker_.store.leave(); !left) {
        fleet->hooks({[this] { pump_soon(); }, [this] { pump_soon(); }});
        return left;
    }
    std::vector<std::string> ended;
    end_everything(ended);
    minute_.reset();
    settle_.reset();
    applying_.clear();
    receipts_.clear();
    receipts_order_.clear();
    fresh_.clear();
    placed_.clear();
    mine_ = Mine::in_force;
    broker_.forget_policy();
    broker_.refresh_ledger();
    (void)agent_.post(wire::FleetLeft{});
    send_state();
    return {};
}

}  // namespace sekimori::daemon
