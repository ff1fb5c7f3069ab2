// SPDX-License-Identifier: Apache-2.0
// One terminal's trail as the server keeps it, read from a time on and verified against the head that the terminal
// signed. Row after row, so that a trail of any length fits.
#pragma once

#include <functional>

#include "core/instant.hpp"
#include "ledger/headed_walk.hpp"

namespace sekimori::fleet {

struct KeptRow {
    std::uint64_t seq{};
    SignedRow row;
};
// The next ones behind a seq, in order; fewer than `most`: there are no more.
using RowsAfter = std::function<Result<std::vector<KeptRow>>(std::uint64_t after, std::int32_t most)>;

// What a terminal says of the time is its own affair, up to a year that can be written.
[[nodiscard]] Millis wall_of(std::uint64_t ms) noexcept;

struct TrailRead {
    std::uint64_t seq{};  // of the last row
    Millis time{};        // of it
    std::string wrong;    // empty: every row is the terminal's
};

// `take` is told every record from `since` on, before it is known whether all are good: with `wrong` none of them
// counts. Errors: those of `rows` and `take`.
[[nodiscard]] Result<TrailRead> read_trail(const RowsAfter& rows, const TrailHead& head, Millis since,
                                           const std::function<Status(const TrailRecord&)>& take);

}  // namespace sekimori::fleet
