// SPDX-License-Identifier: Apache-2.0
// Every reachable state of a session under every event, in every order, before a port of which only this is assumed:
// it answers orders, later. Time is abstracted to the moments at which something is due.
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <iostream>
#include <set>
#include <tuple>

#include "biometric/session.hpp"

namespace sekimori::biometric {
namespace {

enum class Device : std::uint8_t { closed, opening, open, scanning, closing };

// What an observer between broker and port knows.
struct World {
    Session session;
    Millis now{};
    Device device{Device::opening};
    std::uint8_t armed{0}, ended{0};  // messages of that kind
    bool stopped{false}, given_up{false}, disturbed{false};
    Surface surface{Surface::busy};
    std::uint32_t turns{0};
    std::string wrong;
};

auto key(const World& world) {
    const auto ahead = [&](std::optional<Millis> at) { return at ? (*at - world.now).count() : -1; };
    return std::tuple(world.session.phase(), world.device, ahead(world.session.deadline()),
                      ahead(world.session.still_at()), world.armed, world.ended, world.stopped, world.given_up,
                      world.disturbed, world.surface, world.turns, world.session.sensor_lost());
}

void check(World& world, bool holds, const char* what) {
    if (!holds && world.wrong.empty()) world.wrong = what;
}

void obey(World& world, Order order) {
    switch (order) {
        case Order::open:
            check(world, false, "opened twice");
            break;
        case Order::scan:
        case Order::go_on:
            check(world, world.device == Device::open, "scan while not open, or while another runs");
            check(world, (order == Order::go_on) == (world.armed > 0), "go_on before Armed, or a fresh scan after it");
            world.device = Device::scanning;
            world.surface = Surface::busy;
            break;
        case Order::cancel_scan:
            check(world, world.device == Device::scanning, "cancel without a scan");
            break;
        case Order::close:
            check(world, world.device == Device::open, "close while scanning or not open");
            world.device = Device::closing;
            break;
        case Order::give_up:
            world.given_up = true;
            break;
    }
}

void apply(World& world, Event event) {
    const bool scan_over = std::holds_alternative<ScanEnded>(event);
    if (std::holds_alternative<Opened>(event) || scan_over) world.device = Device::open;
    if (std::holds_alternative<OpenFailed>(event) || std::holds_alternative<Closed>(event))
        world.device = Device::closed;
    if (std::holds_alternative<Stopped>(event)) world.stopped = true;
    if (std::holds_alternative<Retried>(event) || scan_over) ++world.turns;
    if (const auto* seen = std::get_if<SurfaceSeen>(&event)) world.surface = seen->surface;
    if (world.armed == 0 && world.surface == Surface::finger) world.disturbed = true;
    const bool was_ended = world.ended > 0 || (world.stopped && !std::holds_alternative<Stopped>(event));
    for (const Action& action : world.session.step(std::move(event), world.now)) {
        if (const auto* order = std::get_if<Order>(&action)) {
            obey(world, *order);
            continue;
        }
        check(world, !was_ended && !world.stopped, "a message after the end");
        check(world, world.ended == 0, "two ends");
        const bool needs_armed = std::holds_alternative<wire::FingerMatched>(action) ||
                                 std::holds_alternative<wire::FingerNoMatch>(action) ||
                                 std::holds_alternative<wire::EnrolStage>(action) ||
                                 std::holds_alternative<wire::EnrolDone>(action);
        check(world, !needs_armed || world.armed == 1, "a result before Armed");
        if (std::holds_alternative<wire::Armed>(action)) {
            ++world.armed;
            check(world, world.surface == Surface::empty, "Armed while the sensor is not empty");
            check(world, world.armed == 1, "Armed twice");
        } else if (!std::holds_alternative<wire::FingerRetry>(action) &&
                   !std::holds_alternative<wire::EnrolStage>(action)) {
            ++world.ended;
        }
    }
    if (!world.session.done()) return;
    check(world, world.ended == 1 || world.stopped, "done without an answer");
    check(world, world.device == Device::closed || world.given_up, "done with an open sensor");
}

// Everything that can happen now.
std::vector<std::function<void(World&)>> moves(const World& world) {
    std::vector<std::function<void(World&)>> list;
    const auto can = [&](auto event) { list.emplace_back([event](World& w) { apply(w, Event(event)); }); };
    if (world.device == Device::opening) {
        can(Opened{});
        can(OpenFailed{wire::FingerFault::internal});
        can(OpenFailed{wire::FingerFault::gone});
    }
    if (world.device == Device::scanning) {
        can(SurfaceSeen{Surface::empty});
        can(SurfaceSeen{Surface::finger});
        can(SurfaceSeen{Surface::busy});
        can(Matched{1});
        can(NotMatched{});
        can(Retried{wire::RetryHint::general});
        can(StageAccepted{1, 5});
        list.emplace_back([](World& w) { apply(w, Enrolled{}); });
        can(ScanEnded{});
        can(ScanEnded{wire::FingerFault::gone});
        can(ScanEnded{wire::FingerFault::too_hot});
    }
    if (world.device == Device::closing) can(Closed{});
    can(Stopped{});
    can(DeadlineOver{});
    can(StillLongEnough{});
    // The deadline's timer is prompt: time does not pass it by.
    if (world.session.still_at() && world.session.still_at() <= world.session.deadline()) {
        list.emplace_back([](World& w) {
            w.now = std::max(w.now, *w.session.still_at());
            apply(w, StillLongEnough{});
        });
    }
    if (world.session.deadline()) {
        list.emplace_back([](World& w) {
            w.now = std::max(w.now, *w.session.deadline());
            apply(w, DeadlineOver{});
        });
    }
    return list;
}

void walk(Purpose purpose) {
    const Millis start{5000};
    World first{.session = Session(1, purpose, Millis{1000}, start), .now = start, .wrong = {}};
    ASSERT_EQ(Session::kFirst, Order::open);
    std::set<decltype(key(first))> seen{key(first)};
    std::deque<World> open{first};
    std::size_t transitions = 0;
    std::size_t ends = 0;
    while (!open.empty()) {
        const World world = std::move(open.front());
        open.pop_front();
        if (world.session.done()) {
            ++ends;
            continue;
        }
        ASSERT_TRUE(world.session.deadline().has_value()) << "a state that may last for ever";
        for (const auto& move : moves(world)) {
            World next = world;
            move(next);
            ++transitions;
            ASSERT_EQ(next.wrong, "") << "from phase " << static_cast<int>(world.session.phase());
            // Turns count while live only; beyond the bound a session has given the sensor up.
            next.turns = next.session.phase() == Phase::live && world.session.phase() == Phase::live ? next.turns : 0;
            if (seen.insert(key(next)).second) open.push_back(std::move(next));
            ASSERT_LT(seen.size(), 2'000'000U);
        }
    }
    std::cout << "session: " << seen.size() << " states, " << transitions << " transitions, " << ends << " ends\n";
    EXPECT_GT(ends, 0U);
}

TEST(SessionSpace, Verify) { walk(Purpose::verify); }
TEST(SessionSpace, Enrol) { walk(Purpose::enrol); }

}  // namespace
}  // namespace sekimori::biometric
