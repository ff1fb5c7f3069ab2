// SPDX-License-Identifier: Apache-2.0
// A month of the whole fleet, as `sekimori-authority trail export` wrote it on the authority's host (docs/FLEET.md).
// The file carries no signature of its own and has come a way: it is read line by line and bounded, and whatever is odd
// about it ends the report.
#pragma once

#include "admin/report/facts.hpp"

namespace sekimori::admin {

inline constexpr std::size_t kMaxTrailsLine = 64 * 1024;
inline constexpr std::size_t kMaxTrailsKept = 1'000'000;  // of what is held one by one: people, places, denials ...

// Takes it line by line; what the events say is counted into `facts`, which knows month and status already.
class TrailsReader {
  public:
    explicit TrailsReader(Facts& facts, std::size_t most = kMaxTrailsKept) : facts_(facts), most_(most) {
        facts_.fleet.emplace();
    }
    // Failures: malformed, mismatch (another month, another fleet), too_large.
    [[nodiscard]] Outcome<void> take(const std::string& text);
    // After the last one.
    [[nodiscard]] Outcome<void> end();

  private:
    [[nodiscard]] Outcome<void> take_header(const Json& line);
    [[nodiscard]] Outcome<void> take_event(const Json& line);
    [[nodiscard]] Outcome<void> take_terminal(const Json& line);
    [[nodiscard]] Outcome<void> take_denial(const Json& line);
    [[nodiscard]] Outcome<void> take_use(const Json& line);

    Facts& facts_;
    std::size_t most_, names_{0};
    std::int64_t lines_{0};
    bool ended_{false}, member_{false};
    std::string of_;  // the terminal whose events come
    std::uint64_t events_{0}, trials_{0};
};

// Failures: those of reading, io, not_found.
[[nodiscard]] Outcome<void> read_trails(const std::string& path, Facts& facts);

}  // namespace sekimori::admin
