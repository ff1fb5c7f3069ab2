// SPDX-License-Identifier: Apache-2.0
// Every order of a few things that can happen to a terminal's clocks and its fleet, against the truth that only the
// test knows: the true time.
#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "core/freshness_anew.hpp"

namespace sekimori {
namespace {

using namespace std::chrono_literals;
const FreshnessPolicy kPolicy{24h, PastMax::deny};
constexpr Millis kExtended = 12h;
constexpr Millis kEvery = 1min;  // between two saves

enum class Act : std::uint8_t {
    hour,  // passes
    half_day,
    set_back,      // the wall clock, by twenty hours
    reboot,        // at once
    off,           // for half a day
    off_set_back,  // and the clock is set back as much
    restart,       // of the broker: what was kept is read again
    beat,          // a good one, now
    beat_ahead,    // of an entry that is kept back
    catch_up,
    late,    // the oldest beat that was made and not delivered yet: kept back
    replay,  // the first one once more
    early,   // one that was signed while the sequencer's clock stood ten days ahead
    rotate,  // its next key, by which none of those counts
    extend,  // an officer's word for twelve hours, from now on
    last,
};

struct Node {
    Freshness freshness;
    Instant now{{1}, 1h, 1000h, WallQuality::good};
    Millis truth{1000h};   // the sequencer's clock
    std::uint64_t seq{1};  // of the chain at the sequencer
    std::optional<Beat> first, undelivered;
    std::optional<Extension> extension;
    bool honest_wall{true};
    bool anchored{false};  // a beat came in this boot when it was made
    std::string path;

    [[nodiscard]] Beat made() const { return {seq, {static_cast<std::uint8_t>(seq)}, truth}; }
    [[nodiscard]] std::optional<Millis> age() const { return view(kPolicy, freshness, now).age; }
};

struct Walk {
    std::size_t nodes{0};

    void let(Node& node, Millis time, bool on) {
        // Somewhere a beat is made that does not come through.
        if (!node.undelivered) node.undelivered = node.made();
        node.truth += time;
        node.now.wall += time;
        if (on) node.now.boottime += time;
    }
    void boot(Node& node) {
        ++node.now.boot_id[0];
        node.now.boottime = 0ms;
        node.anchored = false;
        node.freshness = restarted(node.freshness, kEvery, node.now);
    }
    void say(Node& node, const Beat& beat, Holds holds) {
        const Freshness before = node.freshness;
        const Hearing hearing = hear(node.freshness, beat, holds, node.now);
        node.freshness = hearing.freshness;
        if (hearing.heard == Heard::taken) {
            EXPECT_EQ(holds, Holds::yes) << node.path;
            EXPECT_TRUE(!before.newest || (beat.seq >= before.newest->seq && beat.time >= before.newest->time))
                << node.path;
            EXPECT_TRUE(!before.ahead || (beat.seq >= before.ahead->seq && beat.time >= before.ahead->time))
                << node.path;
            if (!node.first) node.first = beat;
        } else {
            EXPECT_EQ(node.freshness.newest, before.newest) << node.path;
        }
        // By a clock that fell behind while the machine was off the true time can be one to come.
        if (beat.time == node.truth && hearing.heard != Heard::lower) node.anchored = true;
    }
    void act(Node& node, Act act) {
        switch (act) {
            case Act::hour:
                return let(node, 1h, true);
            case Act::half_day:
                return let(node, 13h, true);
            case Act::set_back:
                node.now.wall -= 20h;
                node.honest_wall = false;
                return;
            case Act::reboot:
                return boot(node);
            case Act::off_set_back:
                node.now.wall -= 13h;
                node.honest_wall = false;
                [[fallthrough]];
            case Act::off:
                let(node, 13h, false);
                return boot(node);
            case Act::restart:
                node.freshness = restarted(node.freshness, kEvery, node.now);
                return;
            case Act::beat:
                return say(node, node.made(), Holds::yes);
            case Act::beat_ahead:
                ++node.seq;
                return say(node, node.made(), Holds::no);
            case Act::catch_up:
                if (node.freshness.ahead) node.freshness = caught_up(node.freshness, Holds::yes, node.now).freshness;
                return;
            case Act::late:
                if (node.undelivered) say(node, *std::exchange(node.undelivered, std::nullopt), Holds::yes);
                return;
            case Act::replay:
                if (node.first) say(node, *node.first, Holds::yes);
                return;
            case Act::early: {
                Beat early = node.made();
                early.time += 240h;
                const Hearing hearing = hear(node.freshness, early, Holds::yes, node.now);
                EXPECT_EQ(hearing.heard, Heard::lower) << node.path;
                EXPECT_EQ(hearing.freshness, pass(node.freshness, node.now)) << node.path;
                return;
            }
            case Act::rotate: {
                const Freshness before = node.freshness;
                ++node.seq;
                node.first.reset();
                node.undelivered.reset();
                node.freshness = begun_anew(before, node.now);
                if (node.freshness == before) return;
                node.anchored = false;
                EXPECT_EQ(view(kPolicy, node.freshness, node.now).opens, Opens::nothing) << node.path;
                return;
            }
            case Act::extend:
                node.extension = Extension{node.truth, node.truth + kExtended};
                return;
            case Act::last:
                return;
        }
    }
    // An extension opens certificate cards where nothing would open, and nothing else; not where nothing is known, and
    // not beyond its end, by the truth, where a clock here told it.
    void check_extended(const Node& after) {
        if (!after.extension) return;
        const FreshnessView plain = view(kPolicy, after.freshness, after.now);
        const FreshnessView extended = view(kPolicy, after.freshness, after.now, {&*after.extension, 1});
        EXPECT_EQ(extended.age, plain.age) << after.path;
        if (extended.opens != plain.opens) {
            EXPECT_EQ(plain.opens, Opens::nothing) << after.path;
            EXPECT_EQ(extended.opens, Opens::certificate_cards) << after.path;
            EXPECT_TRUE(after.freshness.newest) << after.path;
            if (after.honest_wall || after.anchored) EXPECT_LT(after.truth, after.extension->until) << after.path;
        }
        const FreshnessPolicy open{24h, PastMax::certificate};
        EXPECT_EQ(view(open, after.freshness, after.now, {&*after.extension, 1}).opens,
                  view(open, after.freshness, after.now).opens)
            << after.path;
    }
    // After a new key for what was from a time to come: nothing is known until a heartbeat counts.
    static bool known(const Freshness& freshness) { return freshness.newest && freshness.newest->time != Millis{0}; }
    void check(const Node& before, const Node& after) {
        const FreshnessView now = view(kPolicy, after.freshness, after.now);
        const bool newer = after.freshness.newest != before.freshness.newest;
        if (known(before.freshness) && !newer) {
            ASSERT_TRUE(now.age) << after.path;
            EXPECT_GE(*now.age, *before.age()) << after.path;
        }
        EXPECT_EQ(now.opens == Opens::everything, now.age && *now.age <= kPolicy.most) << after.path;
        EXPECT_EQ(view({kPolicy.most, PastMax::certificate}, after.freshness, after.now).opens == Opens::nothing,
                  !now.age)
            << after.path;
        check_extended(after);
        if (!known(after.freshness)) return;
        const Millis truth = after.truth - after.freshness.newest->time;
        if (after.honest_wall || after.anchored) EXPECT_GE(*now.age, truth) << after.path;
    }
    void from(const Node& node, int depth) {
        ++nodes;
        if (depth == 0 || testing::Test::HasFailure()) return;
        for (int act_number = 0; act_number < static_cast<int>(Act::last); ++act_number) {
            Node next = node;
            next.path += static_cast<char>('a' + act_number);
            act(next, static_cast<Act>(act_number));
            next.freshness = pass(next.freshness, next.now);
            check(node, next);
            from(next, depth - 1);
        }
    }
};

TEST(FreshnessWalk, NobodyGetsYoungerWithoutANewerBeat) {
    Walk walk;
    walk.from(Node{}, 6);
    std::cout << walk.nodes << " states\n";
    EXPECT_GT(walk.nodes, 3'000'000U);
}

const Instant kNow{{1}, 1h, 1000h, WallQuality::good};
Beat beat(std::uint64_t seq, Millis time, std::uint8_t hash = 1) { return {seq, {hash}, time}; }

TEST(Freshness, NothingOpensBeforeTheFirstBeat) {
    EXPECT_EQ(view(kPolicy, {}, kNow).opens, Opens::nothing);
    EXPECT_EQ(view({24h, PastMax::certificate}, {}, kNow).opens, Opens::nothing);
}

TEST(Freshness, ABeatCountsOnceItsEntriesAreThere) {
    auto heard = hear({}, beat(5, 1000h), Holds::no, kNow);
    EXPECT_EQ(heard.heard, Heard::waiting);
    EXPECT_FALSE(view(kPolicy, heard.freshness, kNow).age);
    EXPECT_EQ(caught_up(heard.freshness, Holds::no, kNow).heard, Heard::waiting);
    heard = caught_up(heard.freshness, Holds::yes, kNow);
    EXPECT_EQ(heard.heard, Heard::taken);
    EXPECT_EQ(view(kPolicy, heard.freshness, kNow).age, 0ms);
}

TEST(Freshness, EntriesThatAreKeptBackAgeATerminalWhoseServerBeatsOn) {
    auto freshness = hear({}, beat(5, 1000h), Holds::yes, kNow).freshness;
    Instant now = kNow;
    for (int hours = 1; hours <= 25; ++hours) {
        now.boottime += 1h;
        now.wall = kNow.wall;  // and the clock stands still
        freshness = hear(freshness, beat(6, 1000h + std::chrono::hours{hours}), Holds::no, now).freshness;
    }
    EXPECT_EQ(view(kPolicy, freshness, now).age, 25h);
    EXPECT_EQ(view(kPolicy, freshness, now).opens, Opens::nothing);
    EXPECT_EQ(view({24h, PastMax::certificate}, freshness, now).opens, Opens::certificate_cards);
}

TEST(Freshness, AnExtensionOpensCertificateCardsInItsTimeAndNothingElse) {
    const auto freshness = hear({}, beat(5, 1000h), Holds::yes, kNow).freshness;
    const auto opens = [&](Millis later, Extension extension, FreshnessPolicy policy = kPolicy) {
        Instant now = kNow;
        now.boottime += later;
        now.wall += later;
        return view(policy, freshness, now, {&extension, 1}).opens;
    };
    const Extension tomorrow{1025h, 1030h};
    EXPECT_EQ(opens(24h, tomorrow), Opens::everything);
    EXPECT_EQ(opens(25h, tomorrow), Opens::certificate_cards);
    EXPECT_EQ(opens(30h - 1ms, tomorrow), Opens::certificate_cards);
    EXPECT_EQ(opens(30h, tomorrow), Opens::nothing);
    EXPECT_EQ(opens(26h, {1027h, 1030h}), Opens::certificate_cards) << "within the slack of two clocks";
    EXPECT_EQ(opens(26h, {1027h + 1ms, 1030h}), Opens::nothing) << "and not before it begins";
    EXPECT_EQ(view(kPolicy, {}, kNow, {&tomorrow, 1}).opens, Opens::nothing) << "nothing was ever heard of the fleet";
    // Who sets the clock back does not stretch it.
    Instant back = kNow;
    back.boottime += 30h;
    EXPECT_EQ(view(kPolicy, freshness, back, {&tomorrow, 1}).opens, Opens::nothing);

    const FreshnessPolicy bounded{24h, PastMax::certificate, 10h};
    EXPECT_EQ(opens(34h, {}, bounded), Opens::certificate_cards);
    EXPECT_EQ(opens(34h + 1ms, {}, bounded), Opens::nothing);
    EXPECT_EQ(opens(40h, {1030h, 1050h}, bounded), Opens::certificate_cards) << "lengthened";
}

TEST(Freshness, ABeatFromATimeToComeIsNotTaken) {
    const auto young = hear({}, beat(5, 1000h), Holds::yes, kNow).freshness;
    for (const Holds holds : {Holds::yes, Holds::no}) {
        const auto far = hear(young, beat(6, 1012h + 1ms), holds, kNow);
        EXPECT_EQ(far.heard, Heard::lower);
        EXPECT_EQ(far.freshness, young);
        EXPECT_EQ(hear({}, beat(6, 1012h + 1ms), holds, kNow).heard, Heard::lower) << "nor is the first one";
    }
    // Time switched off ages whoever took what clocks may differ by.
    const auto near = hear(young, beat(6, 1012h), Holds::yes, kNow);
    EXPECT_EQ(near.heard, Heard::taken);
    Instant later = kNow;
    later.boot_id[0] = 2;
    later.boottime = 1min;
    later.wall += 37h;
    EXPECT_EQ(view(kPolicy, pass(near.freshness, later), later).opens, Opens::nothing);
    // And when the sequencer's clock is right again it is heard before anything has closed.
    Instant right = kNow;
    right.boottime += 12h + 1min;
    right.wall += 12h + 1min;
    EXPECT_EQ(view(kPolicy, near.freshness, right).opens, Opens::everything);
    EXPECT_EQ(hear(near.freshness, beat(7, right.wall), Holds::yes, right).heard, Heard::taken);
    // A clock here that was set back is not the one that counts.
    Instant back = kNow;
    back.boottime += 20h;
    back.wall -= 300h;
    EXPECT_EQ(hear(young, beat(6, 1020h), Holds::yes, back).heard, Heard::taken);
}

TEST(Freshness, TheSequencersNextKeyBeginsAnewWhereTheTimeWasWrong) {
    // Taken when the clock here stood a year ahead as well.
    Instant wrong = kNow;
    wrong.wall += 8760h;
    const auto poisoned = hear({}, beat(5, wrong.wall), Holds::yes, wrong).freshness;
    Instant right = kNow;
    right.boottime += 1h;
    right.wall += 1h;
    EXPECT_EQ(hear(poisoned, beat(6, right.wall), Holds::yes, right).heard, Heard::lower);
    const auto anew = begun_anew(poisoned, right);
    EXPECT_EQ(view(kPolicy, anew, right).opens, Opens::nothing) << "before the key's first beat";
    EXPECT_EQ(hear(anew, beat(4, right.wall), Holds::yes, right).heard, Heard::lower) << "not back in the chain";
    const auto heard = hear(anew, beat(6, right.wall), Holds::yes, right);
    EXPECT_EQ(heard.heard, Heard::taken);
    EXPECT_EQ(view(kPolicy, heard.freshness, right).age, 0ms);
    right.wall += 25h;
    ++right.boot_id[0];
    EXPECT_EQ(view(kPolicy, pass(heard.freshness, right), right).opens, Opens::nothing) << "it ages as ever";
    // Where nothing was wrong another key changes nothing.
    const auto young = hear({}, beat(5, 1000h), Holds::yes, kNow).freshness;
    EXPECT_EQ(begun_anew(young, kNow), young);
    EXPECT_EQ(begun_anew({}, kNow), Freshness{});
}

TEST(Freshness, LowerHeadsAndOtherChainsAreTold) {
    const auto freshness = hear({}, beat(5, 1000h), Holds::yes, kNow).freshness;
    EXPECT_EQ(hear(freshness, beat(4, 1001h), Holds::yes, kNow).heard, Heard::lower);
    EXPECT_EQ(hear(freshness, beat(6, 999h), Holds::yes, kNow).heard, Heard::lower);
    EXPECT_EQ(hear(freshness, beat(5, 1001h, 2), Holds::yes, kNow).heard, Heard::fork);
    EXPECT_EQ(hear(freshness, beat(6, 1001h), Holds::another, kNow).heard, Heard::fork);
    EXPECT_EQ(hear(freshness, beat(5, 1000h), Holds::yes, kNow).heard, Heard::again);
    const auto waiting = hear(freshness, beat(9, 1002h), Holds::no, kNow).freshness;
    EXPECT_EQ(hear(waiting, beat(8, 1003h), Holds::yes, kNow).heard, Heard::lower);
    EXPECT_EQ(caught_up(waiting, Holds::another, kNow).heard, Heard::fork);
    EXPECT_EQ(caught_up(waiting, Holds::another, kNow).freshness.newest, freshness.newest);
}

TEST(Freshness, AClockAheadIsOldUntilItIsRight) {
    Instant ahead = kNow;
    ahead.wall += 48h;
    auto freshness = hear({}, beat(5, 1000h), Holds::yes, ahead).freshness;
    EXPECT_EQ(view(kPolicy, freshness, ahead).opens, Opens::nothing);
    Instant right = kNow;
    right.boottime += 10s;
    right.wall += 10s;
    EXPECT_EQ(view(kPolicy, pass(freshness, right), right).opens, Opens::nothing) << "set back alone";
    freshness = hear(freshness, beat(5, 1000h + 10s), Holds::yes, right).freshness;
    EXPECT_EQ(view(kPolicy, freshness, right).opens, Opens::everything);
}

}  // namespace
}  // namespace sekimori
