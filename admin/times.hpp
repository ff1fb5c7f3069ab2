// SPDX-License-Identifier: Apache-2.0
// Times: UTC on wires and with --json, Japan Standard Time for people (house rule). Japan has no daylight saving.
#pragma once

#include <optional>
#include <string>

namespace sekimori::admin {

// "2026-04-01T00:00:00Z" -> "2026-04-01 09:00:00 JST". What is no time comes back as it is.
[[nodiscard]] std::string for_people(const std::string& rfc3339);

// Where a date without a time begins or ends.
enum class DayEdge { start, end };

// A date ("2026-04-01", that day in Japan), a local time ("2026-04-01T08:30", Japan) or RFC 3339 with its offset;
// to RFC 3339 UTC. DayEdge::end gives the start of the next day, for a range that excludes its end.
[[nodiscard]] std::optional<std::string> to_utc(const std::string& text, DayEdge edge);

// Drops control characters: names come from files and cards, and the terminal must not obey them.
[[nodiscard]] std::string printable(const std::string& text);

// Without NUL.
[[nodiscard]] bool is_utf8(const std::string& text) noexcept;

}  // namespace sekimori::admin
