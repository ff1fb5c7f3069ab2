// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/trail_reader.hpp"

#include <algorithm>

namespace sekimori::fleet {

Millis wall_of(std::uint64_t ms) noexcept {
    constexpr std::uint64_t kLast = 253'402'300'799'999;  // of the year 9999
    return Millis{static_cast<Millis::rep>(std::min(ms, kLast))};
}

namespace {

constexpr std::int32_t kPage = 1000;

// The first row that is not before `since`, up to the head's, as the server says: where the walk begins is verified.
Result<std::uint64_t> first_since(const RowsAfter& rows, std::uint64_t head, Millis since) {
    std::uint64_t low = 1;
    for (std::uint64_t high = head; low < high;) {
        const std::uint64_t middle = low + (high - low) / 2;
        const auto found = rows(middle - 1, 1);
        if (!found) return tl::unexpected<Error>(found.error());
        const auto record = found->empty() ? Result<TrailRecord>() : decode_tlv<TrailRecord>(found->front().row.bytes);
        if (!found->empty() && record && wall_of(record->wall) < since)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum class Began : std::uint8_t { early_enough, too_late };

// Too late: a row that is not before `since` has others before it.
Result<Began> walk(const RowsAfter& rows, const TrailHead& head, std::uint64_t first, Millis since,
                   const std::function<Status(const TrailRecord&)>& take, TrailRead& read) {
    HeadedWalk walk(head);
    const auto wrong = [&](std::uint64_t seq, const std::string& why) {
        read.wrong = "row " + std::to_string(seq) + ": " + why;
        return Began::early_enough;
    };
    for (std::uint64_t next = first;;) {
        const auto page = rows(next - 1, kPage);
        if (!page) return tl::unexpected<Error>(page.error());
        for (const KeptRow& one : *page) {
            if (one.seq != next) return wrong(next, "missing");
            const auto record = walk.take(one.seq, one.row);
            if (!record) return wrong(next, record.error().message);
            if (next == first && first > 1 && wall_of(record->wall) >= since) return Began::too_late;
            read.seq = next++;
            read.time = wall_of(record->wall);
            if (read.time < since) continue;
            if (auto taken = take(*record); !taken) return tl::unexpected<Error>(taken.error());
        }
        if (page->size() == static_cast<std::size_t>(kPage)) continue;
        if (!walk.met()) return wrong(next, "missing, although the terminal signed a head behind it");
        return Began::early_enough;
    }
}

}  // namespace

Result<TrailRead> read_trail(const RowsAfter& rows, const TrailHead& head, Millis since,
                             const std::function<Status(const TrailRecord&)>& take) {
    const auto first = first_since(rows, head.seq, since);
    if (!first) return tl::unexpected<Error>(first.error());
    TrailRead read;
    const auto began = walk(rows, head, *first > 1 ? *first - 1 : 1, since, take, read);
    if (!began) return tl::unexpected<Error>(began.error());
    // Whoever misled the search is not followed, and a clock that was wrong hides nothing.
    if (*began == Began::too_late)
        if (const auto whole = walk(rows, head, 1, since, take, read); !whole)
            return tl::unexpected<Error>(whole.error());
    return read;
}

}  // namespace sekimori::fleet
