// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/lock_client.hpp"

namespace sekimori::daemon {

using namespace session;
namespace event = session::event;

LockClient::LockClient(WorkerLinkOptions options)
    : link_(std::move(options), {[this](wire::MessageType type, ByteSpan bytes) { return on_message(type, bytes); },
                                 [this] {
                                     if (listener_ != nullptr) listener_->lockd_up();
                                 },
                                 [this] {
                                     if (listener_ != nullptr) listener_->lockd_down();
                                 }}) {}

Status LockClient::watch(const std::string& id, Millis whole, Millis alone) {
    return link_.send(
        wire::WatchSession{id, static_cast<std::uint32_t>(whole.count()), static_cast<std::uint32_t>(alone.count())});
}
Status LockClient::lock(const std::string& id) { return link_.send(wire::LockSession{id}); }
Status LockClient::end(const std::string& id, wire::EndScope scope) { return link_.send(wire::EndSession{id, scope}); }
Status LockClient::forget(const std::string& id) { return link_.send(wire::ForgetSession{id}); }

template <class T, class Handler>
Status LockClient::take(ByteSpan bytes, Handler handler) {
    const auto message = wire::decode<T>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    if (listener_ != nullptr) handler(*message);
    return {};
}

Status LockClient::on_message(wire::MessageType type, ByteSpan bytes) {
    using M = wire::MessageType;
    const auto tell = [this](const std::string& id, const Event& event) { listener_->session_event(id, event); };
    if (type == M::session_facts)
        return take<wire::SessionFacts>(bytes, [this](const auto& facts) { listener_->session_facts(facts); });
    if (type == M::session_seen)
        return take<wire::SessionSeen>(bytes, [&](const auto& m) { tell(m.session, event::Seen{m.shown}); });
    if (type == M::locker_gone)
        return take<wire::LockerGone>(bytes, [&](const auto& m) { tell(m.session, event::LockerGone{}); });
    if (type == M::session_removed)
        return take<wire::SessionRemoved>(bytes, [&](const auto& m) { tell(m.session, event::Removed{m.left}); });
    if (type == M::session_emptied)
        return take<wire::SessionEmptied>(bytes, [&](const auto& m) { tell(m.session, event::Emptied{}); });
    if (type == M::session_idle)
        return take<wire::SessionIdle>(bytes, [&](const auto& m) {
            if (m.state == wire::IdleState::idle) return tell(m.session, event::IdleBegun{});
            tell(m.session, event::IdleEnded{});
        });
    if (type == M::machine_slept)
        return take<wire::MachineSlept>(bytes, [this](const auto&) { listener_->machine_slept(); });
    return fail(ErrorCode::malformed, "not lockd's message");
}

}  // namespace sekimori::daemon
