// SPDX-License-Identifier: Apache-2.0
#include "biometric/session.hpp"

#include <algorithm>
#include <utility>

namespace sekimori::biometric {

using wire::FingerFault;
using wire::RetryHint;

Session::Session(wire::Request request, Purpose purpose, Millis limit, Millis now) noexcept
    : request_(request),
      purpose_(purpose),
      limit_(std::max(limit, Millis{0})),
      end_(now + (purpose == Purpose::verify ? kLongestVerify : kLongestEnrol)),
      state_(Opening{now + kLongestOpening}) {}

std::vector<Action> Session::step(Event event, Millis now) {
    Actions out;
    // A copy is not made: every handler reads its state before it replaces it.
    std::visit(
        [&](auto& state) {
            if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(state)>, Done>) on(state, event, now, out);
        },
        state_);
    return out;
}

std::optional<Millis> Session::deadline() const noexcept {
    return std::visit(
        [](const auto& state) -> std::optional<Millis> {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(state)>, Done>)
                return std::nullopt;
            else
                return state.deadline;
        },
        state_);
}

std::optional<Millis> Session::still_at() const noexcept {
    const auto* settling = std::get_if<Settling>(&state_);
    if (settling == nullptr || !settling->since) return std::nullopt;
    return *settling->since + kQuiet;
}

wire::FingerFailed Session::failed(FingerFault fault) noexcept {
    if (fault == FingerFault::gone) sensor_lost_ = true;
    return {request_, fault};
}

void Session::end_scan(Millis now, Actions& out) {
    out.emplace_back(Order::cancel_scan);
    state_ = Ending{now + kPatience};
}

void Session::close(Millis now, Actions& out) {
    out.emplace_back(Order::close);
    state_ = Closing{now + kPatience};
}

void Session::give_up(Actions& out) {
    out.emplace_back(Order::give_up);
    state_ = Done{};
}

void Session::on(Opening& state, const Event& event, Millis now, Actions& out) {
    if (std::holds_alternative<Opened>(event)) {
        out.emplace_back(Order::scan);
        state_ = Settling{.deadline = capped(now + limit_), .surface = Surface::busy, .since = {}, .disturbed = false};
    } else if (const auto* refused = std::get_if<OpenFailed>(&event)) {
        out.emplace_back(failed(refused->fault));
        state_ = Done{};
    } else if (std::holds_alternative<Stopped>(event)) {
        state_ = Abandoned{state.deadline};
    } else if (std::holds_alternative<DeadlineOver>(event) && now >= state.deadline) {
        out.emplace_back(failed(FingerFault::internal));
        give_up(out);
    }
}

void Session::on(Abandoned& state, const Event& event, Millis now, Actions& out) {
    if (std::holds_alternative<Opened>(event)) {
        close(now, out);
    } else if (std::holds_alternative<OpenFailed>(event)) {
        state_ = Done{};
    } else if (std::holds_alternative<DeadlineOver>(event) && now >= state.deadline) {
        give_up(out);
    }
}

void Session::on(Settling& state, const Event& event, Millis now, Actions& out) {
    if (const auto* seen = std::get_if<SurfaceSeen>(&event)) {
        state.surface = seen->surface;
        state.since = seen->surface == Surface::busy ? std::nullopt : std::optional(now);
        if (seen->surface == Surface::finger) state.disturbed = true;
    } else if (std::holds_alternative<Matched>(event) || std::holds_alternative<NotMatched>(event) ||
               std::holds_alternative<Retried>(event)) {
        state.disturbed = true;
        state.since.reset();
        // After a retry an enrolment waits on; it says itself when the sensor is empty again.
    } else if (std::holds_alternative<StageAccepted>(event)) {
        // What was lying there must not become a part of the template: begin with a blank one.
        state.disturbed = true;
        state.since.reset();
        state.surface = Surface::busy;
        out.emplace_back(Order::cancel_scan);
    } else if (const auto* ended = std::get_if<ScanEnded>(&event)) {
        if (ended->fault) {
            out.emplace_back(failed(*ended->fault));
            close(now, out);
            return;
        }
        state.surface = Surface::busy;
        state.since.reset();
        out.emplace_back(Order::scan);
    } else if (std::holds_alternative<StillLongEnough>(event)) {
        if (!state.since || now < *state.since + kQuiet) return;
        if (state.surface == Surface::empty) {
            out.emplace_back(wire::Armed{request_});
            state_ = Live{.deadline = capped(now + limit_), .turns = 0};
        } else {
            state.since.reset();  // said once for this finger
            out.emplace_back(wire::FingerRetry{request_, RetryHint::remove_finger});
        }
    } else if (std::holds_alternative<Stopped>(event)) {
        end_scan(now, out);
    } else if (std::holds_alternative<DeadlineOver>(event) && now >= state.deadline) {
        out.emplace_back(failed(state.disturbed ? FingerFault::already_there : FingerFault::timeout));
        end_scan(now, out);
    }
}

void Session::on(Live& state, Event& event, Millis now, Actions& out) {
    if (const auto* matched = std::get_if<Matched>(&event)) {
        if (purpose_ != Purpose::verify) return;
        out.emplace_back(wire::FingerMatched{request_, matched->index});
        end_scan(now, out);
    } else if (std::holds_alternative<NotMatched>(event)) {
        if (purpose_ != Purpose::verify) return;
        out.emplace_back(wire::FingerNoMatch{request_});
        end_scan(now, out);
    } else if (const auto* retried = std::get_if<Retried>(&event)) {
        if (++state.turns > kMostTurns) {
            out.emplace_back(failed(FingerFault::internal));
            end_scan(now, out);
        } else {
            out.emplace_back(wire::FingerRetry{request_, retried->hint});
        }
    } else if (const auto* stage = std::get_if<StageAccepted>(&event)) {
        if (purpose_ != Purpose::enrol) return;
        out.emplace_back(wire::EnrolStage{request_, stage->stage, stage->stages});
        state.deadline = capped(now + limit_);
    } else if (auto* enrolled = std::get_if<Enrolled>(&event)) {
        if (purpose_ != Purpose::enrol) return;
        out.emplace_back(wire::EnrolDone{request_, std::move(enrolled->scanner), std::move(enrolled->data)});
        end_scan(now, out);
    } else if (const auto* ended = std::get_if<ScanEnded>(&event)) {
        if (ended->fault) {
            out.emplace_back(failed(*ended->fault));
            close(now, out);
        } else if (purpose_ == Purpose::enrol || ++state.turns > kMostTurns) {  // over without a template or a verdict
            out.emplace_back(failed(FingerFault::internal));
            close(now, out);
        } else {
            out.emplace_back(Order::go_on);
        }
    } else if (std::holds_alternative<Stopped>(event)) {
        end_scan(now, out);
    } else if (std::holds_alternative<DeadlineOver>(event) && now >= state.deadline) {
        out.emplace_back(failed(FingerFault::timeout));
        end_scan(now, out);
    }
}

void Session::on(Ending& state, const Event& event, Millis now, Actions& out) {
    if (const auto* ended = std::get_if<ScanEnded>(&event)) {
        if (ended->fault == FingerFault::gone) sensor_lost_ = true;
        close(now, out);
    } else if (std::holds_alternative<DeadlineOver>(event) && now >= state.deadline) {
        give_up(out);
    }
}

void Session::on(Closing& state, const Event& event, Millis now, Actions& out) {
    if (std::holds_alternative<Closed>(event)) {
        state_ = Done{};
    } else if (std::holds_alternative<DeadlineOver>(event) && now >= state.deadline) {
        give_up(out);
    }
}

}  // namespace sekimori::biometric
