// SPDX-License-Identifier: Apache-2.0
// What a sensor reports and what a session orders: the two vocabularies between the pure session and a port.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "protocol/schema.hpp"

namespace sekimori::biometric {

enum class Purpose : std::uint8_t { verify, enrol };

// What lies on the sensor. `busy`: a scan is still being worked on, or the sensor is not live yet.
enum class Surface : std::uint8_t { busy, finger, empty };

// ---- from the port
struct Opened {};
struct OpenFailed {
    wire::FingerFault fault{};
};
struct SurfaceSeen {
    Surface surface{};
};
struct Matched {
    std::uint8_t index{};  // of the gallery item
};
struct NotMatched {};
struct Retried {
    wire::RetryHint hint{};
};
struct StageAccepted {
    std::uint8_t stage{}, stages{};
};
struct Enrolled {
    wire::Scanner scanner;
    SecureBytes data;
};
// The scan that was started is over, and the sensor is off. After a verdict or a retry a scan ends by itself; the fault
// says that it ended for another reason.
struct ScanEnded {
    std::optional<wire::FingerFault> fault;
};
struct Closed {};
// ---- from the worker's own world
struct Stopped {};          // the broker wants nothing more of this request, or is gone
struct StillLongEnough {};  // Session::still_at() has come, and nothing else is waiting to be handled
struct DeadlineOver {};     // Session::deadline() has come

using Event = std::variant<Opened, OpenFailed, SurfaceSeen, Matched, NotMatched, Retried, StageAccepted, Enrolled,
                           ScanEnded, Closed, Stopped, StillLongEnough, DeadlineOver>;

// ---- to the port
enum class Order : std::uint8_t {
    open,
    scan,         // from the beginning
    go_on,        // scan again for the same request: what was already tried stays tried
    cancel_scan,  // is answered by ScanEnded
    close,        // is answered by Closed
    give_up,      // the port does not answer any more: the process ends
};

// What a session wants done, in this order. The messages go to the broker.
using Action = std::variant<Order, wire::Armed, wire::FingerRetry, wire::FingerMatched, wire::FingerNoMatch,
                            wire::FingerFailed, wire::EnrolStage, wire::EnrolDone>;

}  // namespace sekimori::biometric
