// SPDX-License-Identifier: Apache-2.0
// The schema, part four: sekimori-lockd, which locks and ends sessions and says what it sees of them. It decides
// nothing while there is a broker.
#pragma once

#include "core/session.hpp"
#include "protocol/schema_types.hpp"

namespace sekimori::wire {

using session::Leftover;
using session::Shown;
using session::Surface;

enum class Found : std::uint8_t { no, yes };
enum class EndScope : std::uint8_t { session, user };
enum class IdleState : std::uint8_t { busy, idle };

inline constexpr std::size_t kMaxSessionId = 64;

// The answer to WatchSession. Not found: it is gone already, or was never one.
struct SessionFacts {
    static constexpr auto kType = MessageType::session_facts;
    std::string session;
    Found found{};
    Surface surface{};
    Shown shown{};
    static constexpr auto kFields =
        std::tuple{field<1>(&SessionFacts::session, kMaxSessionId), field<2>(&SessionFacts::found),
                   field<3>(&SessionFacts::surface), field<4>(&SessionFacts::shown)};
};
struct SessionSeen {
    static constexpr auto kType = MessageType::session_seen;
    std::string session;
    Shown shown{};
    static constexpr auto kFields =
        std::tuple{field<1>(&SessionSeen::session, kMaxSessionId), field<2>(&SessionSeen::shown)};
};
struct LockerGone {
    static constexpr auto kType = MessageType::locker_gone;
    std::string session;
    static constexpr auto kFields = std::tuple{field<1>(&LockerGone::session, kMaxSessionId)};
};
struct SessionRemoved {
    static constexpr auto kType = MessageType::session_removed;
    std::string session;
    Leftover left{};
    static constexpr auto kFields =
        std::tuple{field<1>(&SessionRemoved::session, kMaxSessionId), field<2>(&SessionRemoved::left)};
};
// After SessionRemoved with processes left: they are gone too.
struct SessionEmptied {
    static constexpr auto kType = MessageType::session_emptied;
    std::string session;
    static constexpr auto kFields = std::tuple{field<1>(&SessionEmptied::session, kMaxSessionId)};
};
struct SessionIdle {
    static constexpr auto kType = MessageType::session_idle;
    std::string session;
    IdleState state{};
    static constexpr auto kFields =
        std::tuple{field<1>(&SessionIdle::session, kMaxSessionId), field<2>(&SessionIdle::state)};
};
// The machine is awake again; nothing is known of what happened to cards meanwhile.
struct MachineSlept {
    static constexpr auto kType = MessageType::machine_slept;
    static constexpr auto kFields = std::tuple<>{};
};

// `whole_ms` and `alone_ms` are for the time without a broker: how long one may be away, and how long a lock may take.
struct WatchSession {
    static constexpr auto kType = MessageType::watch_session;
    std::string session;
    std::uint32_t whole_ms{}, alone_ms{};
    static constexpr auto kFields = std::tuple{field<1>(&WatchSession::session, kMaxSessionId),
                                               field<2>(&WatchSession::whole_ms), field<3>(&WatchSession::alone_ms)};
};
struct LockSession {
    static constexpr auto kType = MessageType::lock_session;
    std::string session;
    static constexpr auto kFields = std::tuple{field<1>(&LockSession::session, kMaxSessionId)};
};
// user: kill what is left of the session, and end everything of its user if no other session of them is left.
struct EndSession {
    static constexpr auto kType = MessageType::end_session;
    std::string session;
    EndScope scope{};
    static constexpr auto kFields =
        std::tuple{field<1>(&EndSession::session, kMaxSessionId), field<2>(&EndSession::scope)};
};
struct ForgetSession {
    static constexpr auto kType = MessageType::forget_session;
    std::string session;
    static constexpr auto kFields = std::tuple{field<1>(&ForgetSession::session, kMaxSessionId)};
};

// Bounds of the enums that travel.
template <>
inline constexpr std::uint64_t kLast<Found> = static_cast<std::uint64_t>(Found::yes);
template <>
inline constexpr std::uint64_t kLast<EndScope> = static_cast<std::uint64_t>(EndScope::user);
template <>
inline constexpr std::uint64_t kLast<IdleState> = static_cast<std::uint64_t>(IdleState::idle);
template <>
inline constexpr std::uint64_t kLast<Surface> = static_cast<std::uint64_t>(Surface::none);
template <>
inline constexpr std::uint64_t kLast<Shown> = static_cast<std::uint64_t>(Shown::seat);
template <>
inline constexpr std::uint64_t kLast<Leftover> = static_cast<std::uint64_t>(Leftover::processes);

}  // namespace sekimori::wire
