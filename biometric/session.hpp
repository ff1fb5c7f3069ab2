// SPDX-License-Identifier: Apache-2.0
// One request of the broker from open to closed, as a pure state machine: no clock, no device, no thread.
//
//     opening ── Opened ──► settling ── quiet ──► live ── verdict ──► ending ── ScanEnded ──► closing ── Closed ──►
//     done
//
// Settling and live run the SAME kind of scan. While settling, whatever the scan delivers is thrown away and the quiet
// time starts anew; once the sensor has been empty for kQuiet, `Armed` is said and the scan that already runs becomes
// the one that counts. There is no moment after `Armed` at which a touch could be lost, and none before it at which one
// could count.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "biometric/event.hpp"
#include "core/instant.hpp"

namespace sekimori::biometric {

// How long the sensor must have been live, empty and silent before the person is asked. Longer than a driver needs to
// notice a finger that already lies there (they look every 10 to 50 ms) and than a waiting image takes from the wire
// through the matcher (35 ms, measured); short enough to pass for the opening of the device.
inline constexpr Millis kQuiet{120};
// libfprint's heat model stops a sensor after 180 s of continuous activity (measured). One request stays well below.
inline constexpr Millis kLongestVerify{std::chrono::seconds{60}};
inline constexpr Millis kLongestEnrol{std::chrono::seconds{150}};  // five stages of the contract's 30 s
// A port that does not finish opening, or cancelling and closing, in this time will not finish at all. Some sensors
// load their firmware when they are opened.
inline constexpr Millis kLongestOpening{std::chrono::seconds{10}};
inline constexpr Millis kPatience{std::chrono::seconds{5}};
// Retries and ends of scans in one request. No hand makes more: a sensor that answers everything with a retry is
// broken.
inline constexpr std::uint32_t kMostTurns = 120;

// In the order of the picture above; `abandoned`: stopped while still opening.
enum class Phase : std::uint8_t { opening, abandoned, settling, live, ending, closing, done };

class Session {
  public:
    // `limit`: verify: from Armed to the verdict; enrol: for each stage. It bounds the settling as well.
    Session(wire::Request request, Purpose purpose, Millis limit, Millis now) noexcept;

    // What a new session orders before any step.
    static constexpr Order kFirst = Order::open;
    // Total: an event that means nothing in the present state changes nothing.
    [[nodiscard]] std::vector<Action> step(Event event, Millis now);

    [[nodiscard]] wire::Request request() const noexcept { return request_; }
    [[nodiscard]] Purpose purpose() const noexcept { return purpose_; }
    // When DeadlineOver is due; nothing once done.
    [[nodiscard]] std::optional<Millis> deadline() const noexcept;
    // When StillLongEnough is due, if at all.
    [[nodiscard]] std::optional<Millis> still_at() const noexcept;
    [[nodiscard]] Phase phase() const noexcept { return static_cast<Phase>(state_.index()); }
    [[nodiscard]] bool done() const noexcept { return phase() == Phase::done; }
    // The broker has its answer, or wants none: only the sensor is still being put away.
    [[nodiscard]] bool answered() const noexcept {
        return phase() != Phase::opening && phase() != Phase::settling && phase() != Phase::live;
    }
    // The sensor vanished: this process will not see it again.
    [[nodiscard]] bool sensor_lost() const noexcept { return sensor_lost_; }

  private:
    struct Opening {
        Millis deadline;
    };
    struct Settling {
        Millis deadline;
        Surface surface{Surface::busy};
        std::optional<Millis> since;  // the surface has been like this, in silence
        bool disturbed{false};        // something was there before the person was asked
    };
    struct Live {
        Millis deadline;
        std::uint32_t turns{0};
    };
    struct Abandoned {  // answered while still opening
        Millis deadline;
    };
    struct Ending {
        Millis deadline;
    };
    struct Closing {
        Millis deadline;
    };
    struct Done {};
    using Actions = std::vector<Action>;

    void on(Opening& state, const Event& event, Millis now, Actions& out);
    void on(Abandoned& state, const Event& event, Millis now, Actions& out);
    void on(Settling& state, const Event& event, Millis now, Actions& out);
    void on(Live& state, Event& event, Millis now, Actions& out);
    void on(Ending& state, const Event& event, Millis now, Actions& out);
    void on(Closing& state, const Event& event, Millis now, Actions& out);

    void end_scan(Millis now, Actions& out);
    void close(Millis now, Actions& out);
    void give_up(Actions& out);
    [[nodiscard]] wire::FingerFailed failed(wire::FingerFault fault) noexcept;
    [[nodiscard]] Millis capped(Millis at) const noexcept { return at < end_ ? at : end_; }

    wire::Request request_;
    Purpose purpose_;
    Millis limit_;
    Millis end_;  // whatever happens
    bool sensor_lost_{false};
    std::variant<Opening, Abandoned, Settling, Live, Ending, Closing, Done> state_;
};

}  // namespace sekimori::biometric
