// SPDX-License-Identifier: Apache-2.0
#include "core/freshness_anew.hpp"

#include <algorithm>

namespace sekimori {
namespace {

// At least so much does the sequencer's clock show, by boot time alone.
Millis floor_at(const Freshness& freshness, const Instant& now) noexcept {
    if (freshness.boot != now.boot_id) return freshness.floor;
    return freshness.floor + std::max(now.boottime - freshness.since, Millis{0});
}

bool below(const Beat& beat, const Beat& known) noexcept { return beat.seq < known.seq || beat.time < known.time; }
bool forked(const Beat& beat, const Beat& known) noexcept { return beat.seq == known.seq && beat.hash != known.hash; }

Freshness count(Freshness freshness, const Beat& beat, const Instant& now) noexcept {
    freshness.floor = std::max(floor_at(freshness, now), beat.time);
    freshness.seen = std::max(freshness.floor, now.wall);
    freshness.boot = now.boot_id;
    freshness.since = now.boottime;
    freshness.newest = beat;
    if (freshness.ahead && !below(beat, *freshness.ahead)) freshness.ahead.reset();
    return freshness;
}

}  // namespace

Millis fleet_time(const Freshness& freshness, const Instant& now) noexcept {
    return std::max({floor_at(freshness, now), freshness.seen, now.wall});
}

Hearing hear(Freshness freshness, const Beat& beat, Holds holds, const Instant& now) noexcept {
    freshness = pass(freshness, now);
    for (const auto& known : {freshness.newest, freshness.ahead}) {
        if (!known) continue;
        if (*known == beat && holds != Holds::yes) return {freshness, Heard::again};
        if (below(beat, *known)) return {freshness, Heard::lower};
        if (forked(beat, *known)) return {freshness, Heard::fork};
    }
    if (freshness.newest == beat) return {freshness, Heard::again};
    if (holds == Holds::another) return {freshness, Heard::fork};
    if (beat.time > fleet_time(freshness, now) + kBeatAhead) return {freshness, Heard::lower};
    if (holds == Holds::yes) return {count(freshness, beat, now), Heard::taken};
    // Of two that wait the first is the one that is caught up with sooner, but only the last one proves that nothing
    // was kept back: it takes the other's place.
    freshness.ahead = beat;
    // That it exists tells the sequencer's clock, whatever it says of the chain.
    freshness.floor = std::max(freshness.floor, beat.time);
    freshness.seen = std::max(freshness.seen, freshness.floor);
    return {freshness, Heard::waiting};
}

Hearing caught_up(Freshness freshness, Holds holds, const Instant& now) noexcept {
    freshness = pass(freshness, now);
    if (!freshness.ahead || holds == Holds::no) return {freshness, Heard::waiting};
    const Beat beat = *freshness.ahead;
    freshness.ahead.reset();
    if (holds == Holds::another) return {freshness, Heard::fork};
    return {count(freshness, beat, now), Heard::taken};
}

Freshness begun_anew(Freshness freshness, const Instant& now) noexcept {
    if (!freshness.newest) return freshness;
    Millis last = std::max(freshness.newest->time, floor_at(freshness, now));
    if (freshness.ahead) last = std::max(last, freshness.ahead->time);
    if (last <= now.wall + kBeatAhead) return freshness;
    freshness.newest->time = freshness.floor = freshness.seen = Millis{0};
    freshness.ahead.reset();
    return freshness;
}

Freshness pass(Freshness freshness, const Instant& now) noexcept {
    freshness.floor = floor_at(freshness, now);
    freshness.seen = std::max({freshness.seen, freshness.floor, now.wall});
    freshness.boot = now.boot_id;
    freshness.since = now.boottime;
    return freshness;
}

Freshness restarted(Freshness kept, Millis every, const Instant& now) noexcept {
    kept.seen = std::max(kept.seen, kept.floor) + every;
    return pass(kept, now);
}

// On the clock that no reset takes back: who sets it back does not stretch an extension.
FreshnessView view(const FreshnessPolicy& policy, const Freshness& freshness, const Instant& now,
                   std::span<const Extension> extensions) noexcept {
    if (!freshness.newest || freshness.newest->time == Millis{0}) return {};  // begun_anew(): nothing opens
    const Millis time = fleet_time(freshness, now);
    const Millis age = std::max(time - freshness.newest->time, Millis{0});
    if (age <= policy.most) return {age, Opens::everything};
    const bool configured = policy.past == PastMax::certificate &&
                            (policy.certificate == Millis{0} || age - policy.most <= policy.certificate);
    const bool extended = std::ranges::any_of(
        extensions, [&](const Extension& one) { return time >= one.since - kExtensionSlack && time < one.until; });
    return {age, configured || extended ? Opens::certificate_cards : Opens::nothing};
}

}  // namespace sekimori
