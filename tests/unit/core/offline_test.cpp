// SPDX-License-Identifier: Apache-2.0
// What a receipt promises of terminals that were not reached, against terminals that hear what somebody lets them hear.
#include "core/offline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace sekimori {
namespace {

using namespace std::chrono_literals;
constexpr Millis kDay = 24h;
constexpr Millis kEvery = 1min;

GroupId group_of(std::uint8_t n) { return {{n}}; }

struct Draw {
    std::mt19937 random;
    std::size_t below(std::size_t most) { return random() % most; }
    bool one_in(std::size_t many) { return below(many) == 0; }
    Millis time(Millis most) { return Millis{static_cast<Millis::rep>(random()) % (most.count() + 1)}; }

    FreshnessPolicy age() {
        constexpr std::array<Millis, 5> ages{1h, 4h, 24h, 72h, 744h};
        constexpr std::array<Millis, 4> more{1h, 10h, 100h, 744h};
        FreshnessPolicy drawn{ages.at(below(ages.size())), one_in(3) ? PastMax::certificate : PastMax::deny, 0ms};
        if (!one_in(8)) drawn.certificate = more.at(below(more.size()));
        return drawn;
    }
    OfflinePolicy policy() {
        OfflinePolicy drawn{age(), {}};
        for (std::uint8_t n = 1; n <= 2; ++n)
            if (one_in(2)) drawn.groups.emplace(group_of(n), age());
        return drawn;
    }
    OfflineLimits limits() {
        OfflineLimits drawn;
        if (one_in(3)) drawn.most = age().most;
        if (one_in(3)) drawn.past = age().past;
        if (one_in(3)) drawn.certificate = age().certificate;
        return drawn;
    }
};

// What the sequencer placed: the terminal itself, policies, the terminal in another group, and somewhere the denial.
struct Entry {
    Millis time{};
    std::optional<OfflineRule> rule;
    std::optional<GroupId> group;
};
struct Fleet {
    std::vector<Entry> chain;
    std::size_t denial{};  // its place

    explicit Fleet(Draw& draw) {
        Millis now = 1000h;
        chain.push_back({now, {}, {}});
        const std::size_t before = draw.below(3), count = 2 + draw.below(6);
        for (std::size_t i = 0; i < before; ++i) add_policy(draw, now += draw.time(5 * kDay));
        chain.push_back({now += draw.time(kDay), {}, group_of(1)});
        joined = chain.size();
        for (std::size_t i = 0; i < count; ++i) {
            now += draw.one_in(3) ? draw.time(40 * kDay) : draw.time(2 * kDay);
            if (draw.one_in(5))
                chain.push_back({now, {}, group_of(static_cast<std::uint8_t>(1 + draw.below(2)))});
            else
                add_policy(draw, now);
        }
        denial = joined + draw.below(chain.size() - joined + 1);
        const Millis earlier = chain[denial - 1].time;
        const Millis room = denial < chain.size() ? chain[denial].time - earlier : 10 * kDay;
        chain.insert(chain.begin() + static_cast<std::ptrdiff_t>(denial), {earlier + draw.time(room), {}, {}});
    }
    void add_policy(Draw& draw, Millis now) {
        const Millis shift = draw.one_in(2) ? 0ms : draw.time(20 * kDay) - 5 * kDay;
        chain.push_back({now, OfflineRule{now, now + shift, draw.policy()}, {}});
    }
    [[nodiscard]] std::size_t placed(Millis time) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(chain, [&](const Entry& one) { return one.time <= time; }));
    }
    [[nodiscard]] std::vector<OfflineRule> rules(std::size_t known) const {
        std::vector<OfflineRule> found;
        for (const Entry& one : std::span(chain).first(known))
            if (one.rule) found.push_back(*one.rule);
        return found;
    }
    [[nodiscard]] std::vector<GroupId> groups(std::size_t known) const {
        std::vector<GroupId> found;
        for (const Entry& one : std::span(chain).first(known))
            if (one.group) found.push_back(*one.group);
        return found;
    }
    // Whoever issues the receipt has all of it.
    [[nodiscard]] std::optional<Millis> promised() const {
        const auto all = rules(chain.size());
        const auto groups_then = groups(chain.size());
        return LastOpening(all, chain[denial].time).of(groups_then, chain[joined - 1].time);
    }
    std::size_t joined{};  // so many entries there were with the terminal's own
};

// Heartbeats and entries come when and as far as somebody lets them, but for the denial; clocks are set, and it is off
// at times. It believes no more than core/freshness.hpp says of itself: a wall clock that was set back, and no
// heartbeat in time since the last start, can make it younger than it is.
struct Terminal {
    const Fleet& fleet;
    OfflineLimits limits;
    Millis truth;
    Freshness freshness;
    Instant now;
    std::size_t known;
    Millis stop{Millis::max()};  // time goes no further
    bool honest_wall{true}, anchored{false};

    Terminal(const Fleet& fleet_of, OfflineLimits limits_of)
        : fleet(fleet_of),
          limits(limits_of),
          truth(fleet.chain[fleet.joined - 1].time),
          now{{1}, 1h, truth, WallQuality::good},
          known(fleet.joined) {
        hear_beat(truth);
    }
    void hear_beat(Millis time) {
        const std::uint64_t seq = fleet.placed(time);
        const Holds holds = seq <= known ? Holds::yes : Holds::no;
        const Hearing heard = hear(freshness, {seq, {static_cast<std::uint8_t>(seq)}, time}, holds, now);
        freshness = heard.freshness;
        anchored = anchored || (time == truth && heard.heard != Heard::lower);
    }
    void take_entries(std::size_t count) {
        known = std::max(known, std::min({count, fleet.denial, fleet.placed(truth)}));
        if (freshness.ahead && freshness.ahead->seq <= known)
            freshness = caught_up(freshness, Holds::yes, now).freshness;
    }
    void let(Millis time, bool on) {
        time = std::min(time, stop - truth);
        truth += time;
        now.wall += time;
        if (on) now.boottime += time;
    }
    void boot() {
        ++now.boot_id[0];
        now.boottime = 0ms;
        anchored = false;
        freshness = restarted(freshness, kEvery, now);
    }
    void act(Draw& draw, bool cut_off) {
        switch (draw.below(cut_off ? 5 : 8)) {
            case 0:
                return let(draw.time(6h), true);
            case 1:
                return let(draw.time(3 * kDay), true);
            case 2:
                let(draw.time(2 * kDay), false);
                return boot();
            case 3:
                if (!draw.one_in(4)) return;
                now.wall += draw.time(40 * kDay) - 20 * kDay;
                honest_wall = honest_wall && now.wall >= truth;
                return;
            case 4:
                freshness = pass(freshness, now);
                return;
            case 5:
                return take_entries(known + draw.below(3));
            case 6:
                return hear_beat(truth);
            default:
                return hear_beat(truth -
                                 draw.time(std::min<Millis>(truth - fleet.chain[fleet.joined - 1].time, 2 * kDay)));
        }
    }
    [[nodiscard]] Opens opens() const {
        const auto rules = fleet.rules(known);
        const GroupId group = fleet.groups(known).back();
        return view(stricter(in_force(rules, group, fleet_time(freshness, now)), limits), freshness, now).opens;
    }
};

struct Seen {
    std::size_t promised{}, unknown{}, opened_after_the_denial{}, to_the_last_hour{};
};

void one_life(std::uint32_t seed, Seen& seen) {
    Draw draw{std::mt19937(seed)};
    const Fleet fleet(draw);
    const auto promised = fleet.promised();
    ++(promised ? seen.promised : seen.unknown);
    if (!promised) return;
    Terminal terminal(fleet, draw.one_in(2) ? draw.limits() : OfflineLimits{});
    // It hears nothing any more from shortly before something was placed that it does not have then.
    const std::size_t missed = fleet.joined + draw.below(fleet.denial - fleet.joined + 1);
    terminal.stop = std::max(terminal.truth, fleet.chain[missed].time - 1ms);
    bool near = false, opened = false;
    const auto look = [&] {
        if ((!terminal.honest_wall && !terminal.anchored) || terminal.opens() == Opens::nothing) return;
        ASSERT_LE(terminal.truth, *promised) << "seed " << seed;
        opened = opened || terminal.truth > fleet.chain[fleet.denial].time;
        near = near || terminal.truth > *promised - 1h;
    };
    for (int i = 0; i < 60; ++i) {
        terminal.act(draw, false);
        ASSERT_NO_FATAL_FAILURE(look());
    }
    if (draw.one_in(2)) {
        terminal.let(terminal.stop - terminal.truth, true);
        terminal.take_entries(fleet.denial);
        terminal.hear_beat(terminal.truth);
    }
    terminal.stop = Millis::max();
    const bool at_once = draw.one_in(2);
    for (int i = 0; i < 40; ++i) {
        if (!at_once || i > 0) terminal.act(draw, true);
        ASSERT_NO_FATAL_FAILURE(look());
        if ((!at_once && i < 5) || terminal.truth >= *promised) continue;
        for (const Millis before : {Millis{30min}, Millis{0ms}, Millis{-1ms}}) {
            terminal.let(std::max(*promised - before - terminal.truth, Millis{0ms}), true);
            ASSERT_NO_FATAL_FAILURE(look());
        }
    }
    seen.opened_after_the_denial += opened ? 1 : 0;
    seen.to_the_last_hour += near ? 1 : 0;
}

TEST(Offline, NobodyOpensAfterWhatTheReceiptPromised) {
    Seen seen;
    for (std::uint32_t seed = 1; seed <= 20'000; ++seed) ASSERT_NO_FATAL_FAILURE(one_life(seed, seen));
    EXPECT_GT(seen.promised, 5'000U);
    EXPECT_GT(seen.unknown, 500U);
    EXPECT_GT(seen.opened_after_the_denial, 1'000U);
    EXPECT_GT(seen.to_the_last_hour, 500U) << "what is promised is no later than it has to be";
}

// ---- and what it comes to

OfflineRule rule(Millis placed, const FreshnessPolicy& all, Millis effective) {
    return {placed, effective, OfflinePolicy{all, {}}};
}
std::optional<Millis> last(const std::vector<OfflineRule>& chain, Millis cut, Millis since = 0ms) {
    const std::array groups{group_of(1)};
    return LastOpening(chain, cut).of(groups, since);
}

TEST(Offline, WithoutAPolicyItIsADay) { EXPECT_EQ(last({}, 1000h), 1024h); }

TEST(Offline, AStricterPolicyIsNotHeardByWhoIsCutOff) {
    const std::vector<OfflineRule> chain{rule(1000h, {72h}, 1000h), rule(1100h, {4h}, 1100h)};
    EXPECT_EQ(last(chain, 1099h), 1171h);
    EXPECT_EQ(last(chain, 1101h), 1172h) << "from the stricter one's entry on they hear of it or of nothing";
    EXPECT_EQ(last(chain, 1200h), 1204h);
    EXPECT_EQ(last(chain, 1101h, 1101h), 1105h) << "one that joined with it knows it";
}

TEST(Offline, OneToComeCountsFromWhenItTakesEffect) {
    EXPECT_EQ(last({rule(1000h, {72h}, 1100h)}, 1010h), 1034h) << "nobody opens until then";
    EXPECT_EQ(last({rule(1000h, {72h}, 1030h)}, 1010h), 1082h);
    EXPECT_EQ(last({rule(990h, {72h}, 990h), rule(1000h, {4h}, 1030h)}, 1010h), 1072h) << "if it was not heard of";
    EXPECT_EQ(last({rule(900h, {72h}, 900h), rule(901h, {4h}, 1030h)}, 1010h), 1030h) << "all have heard of it";
}

TEST(Offline, WithoutEndIsSaidWhereItIs) {
    const FreshnessPolicy open{24h, PastMax::certificate, 0ms};
    EXPECT_FALSE(last({rule(1000h, open, 1000h)}, 2000h));
    EXPECT_FALSE(last({rule(1000h, open, 1000h), rule(1010h, {24h}, 1010h)}, 2000h))
        << "who was cut off then goes on with it";
    EXPECT_EQ(last({rule(1000h, open, 1000h), rule(1010h, {24h}, 1010h)}, 2000h, 1500h), 2024h);
    EXPECT_EQ(last({rule(1000h, {24h, PastMax::certificate, 10h}, 1000h)}, 2000h), 2034h);
    EXPECT_FALSE(last({{1000h, 1000h, std::nullopt}}, 2000h));
}

TEST(Offline, GroupsHaveTheirOwn) {
    OfflineRule both = rule(1000h, {4h}, 1000h);
    both.says->groups.emplace(group_of(2), FreshnessPolicy{72h});
    const std::array<OfflineRule, 1> chain{both};
    const std::array one{group_of(1)};
    const std::array other{group_of(2)};
    const std::array moved{group_of(2), group_of(1)};
    LastOpening opening(chain, 2000h);
    EXPECT_EQ(opening.of(one, 0ms), 2004h);
    EXPECT_EQ(opening.of(other, 0ms), 2072h);
    EXPECT_EQ(opening.of(moved, 0ms), 2072h);
    EXPECT_EQ(in_force(chain, group_of(1), 999h).most, 24h);
    EXPECT_EQ(in_force(chain, group_of(2), 1000h).most, 72h);
}

TEST(Offline, TheMachineOnlyMakesStricter) {
    const FreshnessPolicy policy{24h, PastMax::certificate, 10h};
    EXPECT_EQ(stricter(policy, {}), policy);
    EXPECT_EQ(stricter(policy, {4h, PastMax::deny, 5h}), (FreshnessPolicy{4h, PastMax::deny, 5h}));
    EXPECT_EQ(stricter(policy, {72h, PastMax::certificate, 0ms}), policy);
    EXPECT_EQ(stricter({24h, PastMax::deny}, {{}, PastMax::certificate, {}}).past, PastMax::deny);
    EXPECT_EQ(stricter({24h, PastMax::certificate, 0ms}, {{}, {}, 5h}).certificate, 5h);
}

TEST(Offline, WhatCannotBeReadIsTheStrictest) {
    const std::array<OfflineRule, 1> chain{OfflineRule{1000h, 1000h, std::nullopt}};
    EXPECT_EQ(in_force(chain, group_of(1), 1000h), kStrictestOffline);
    Draw draw{std::mt19937(1)};
    for (int i = 0; i < 200; ++i) EXPECT_FALSE(laxer(draw.age(), kStrictestOffline));
}

}  // namespace
}  // namespace sekimori
