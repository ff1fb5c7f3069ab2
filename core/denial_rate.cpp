// SPDX-License-Identifier: Apache-2.0
#include "core/denial_rate.hpp"

#include <algorithm>
#include <vector>

namespace sekimori {
namespace {

// The end of the wait under one limit: when the oldest of the last `most` is out of the span.
std::optional<Millis> wait(std::vector<Millis> times, std::uint32_t most, Millis span, Millis now) {
    std::erase_if(times, [&](Millis time) { return now - time >= span; });
    if (times.size() < most) return std::nullopt;
    if (most == 0) return now + span;
    std::ranges::sort(times, std::ranges::greater{});
    return times[most - 1] + span;
}

}  // namespace

std::optional<Millis> not_before(const DenialRate& rate, std::span<const Millis> said, Millis now) {
    std::vector<Millis> times;
    for (const Millis time : said) times.push_back(std::min(time, now));
    return std::max(wait(times, rate.hour, std::chrono::hours{1}, now),
                    wait(times, rate.day, std::chrono::hours{24}, now));
}

}  // namespace sekimori
