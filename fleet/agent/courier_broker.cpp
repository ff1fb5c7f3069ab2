// SPDX-License-Identifier: Apache-2.0
// The courier's side to the broker: what it may say, and where that leads.
#include "fleet/agent/courier.hpp"

namespace sekimori::fleet {
namespace {

constexpr std::size_t kMaxWatches = 64;

}  // namespace

// One table: what the broker may say, and who hears it.
Status Courier::from_broker(wire::MessageType type, ByteSpan message) {
    const auto with = [&]<class T>(auto handle, const T*) -> Status {
        auto decoded = wire::decode<T>(message);
        if (!decoded) return tl::unexpected<Error>(decoded.error());
        return handle(std::move(*decoded));
    };
    const auto into_outbox = [this](auto decoded) { return outbox_.take(std::move(decoded)); };
    switch (static_cast<int>(type)) {
        default:
            return fail(ErrorCode::malformed, "a message that is not for us");
        case static_cast<int>(wire::MessageType::fleet_state):
            return with([this](const wire::FleetState& s) { return state(s), Status{}; },
                        static_cast<const wire::FleetState*>(nullptr));
        case static_cast<int>(wire::MessageType::submit_blob):
            return with(into_outbox, static_cast<const wire::SubmitBlob*>(nullptr));
        case static_cast<int>(wire::MessageType::submit_person_key):
            return with(into_outbox, static_cast<const wire::SubmitPersonKey*>(nullptr));
        case static_cast<int>(wire::MessageType::submit):
            return with(into_outbox, static_cast<const wire::Submit*>(nullptr));
        case static_cast<int>(wire::MessageType::acknowledge):
            return with(into_outbox, static_cast<const wire::Acknowledge*>(nullptr));
        case static_cast<int>(wire::MessageType::trail_row):
            return with(into_outbox, static_cast<const wire::TrailRow*>(nullptr));
        case static_cast<int>(wire::MessageType::trail_head):
            return with(into_outbox, static_cast<const wire::TrailHeadSigned*>(nullptr));
        case static_cast<int>(wire::MessageType::watch_acks):
            return with(
                [this](const wire::WatchAcks& watch) -> Status {
                    const Bytes hash(watch.statement.begin(), watch.statement.end());
                    if (watch.watching == wire::Watching::stop) {
                        watches_.erase(hash);
                        return {};
                    }
                    if (watches_.size() >= kMaxWatches) return fail(ErrorCode::too_large, "too many watches");
                    watches_[hash] = {};
                    watch_acks();
                    return {};
                },
                static_cast<const wire::WatchAcks*>(nullptr));
        case static_cast<int>(wire::MessageType::join_start):
            return with([this](const wire::JoinStart& s) { return joiner_.start(s), Status{}; },
                        static_cast<const wire::JoinStart*>(nullptr));
        case static_cast<int>(wire::MessageType::join_request):
            return with([this](const wire::JoinRequest& r) { return joiner_.request(r), Status{}; },
                        static_cast<const wire::JoinRequest*>(nullptr));
        case static_cast<int>(wire::MessageType::join_done):
            return with(
                [this](const wire::JoinDone& d) {
                    auto finished = joiner_.finish(d);
                    // Of a member that joined again: what it had is not used any longer.
                    if (finished && membership_ == wire::Membership::member) {
                        server_.close();
                        outbox_.pause();
                    }
                    return finished;
                },
                static_cast<const wire::JoinDone*>(nullptr));
        case static_cast<int>(wire::MessageType::renewal_request):
            return with([this](const wire::RenewalRequest& r) { return renewing_.request(r), Status{}; },
                        static_cast<const wire::RenewalRequest*>(nullptr));
        case static_cast<int>(wire::MessageType::fleet_left):
            return with(
                [this](const wire::FleetLeft&) {
                    joiner_.stop();
                    papers_.forget();
                    broker_lost();
                    return Status{};
                },
                static_cast<const wire::FleetLeft*>(nullptr));
    }
}

void Courier::broker_lost() {
    joiner_.stop();
    renewing_.end();
    outbox_.clear();
    watches_.clear();
    membership_ = wire::Membership::none;
    server_.close();
    rest();
    again_.reset();
    paused_ = Paused::no;
    failures_ = 0;
}

void Courier::state(const wire::FleetState& state) {
    joiner_.stop();
    membership_ = state.membership;
    seq_ = state.seq;
    change_ = -1;
    if (membership_ != wire::Membership::member) {
        // A revoked one has nothing to fetch, and the server does not know it any more.
        renewing_.end();
        server_.close();
        outbox_.pause();
        return;
    }
    if (server_.is_up()) return want(Millis{0});
    renewing_.begin(state.terminal);
    connect();
}

}  // namespace sekimori::fleet
