// SPDX-License-Identifier: Apache-2.0
// How a stack becomes a verdict: the dispatch of Linux-PAM 1.5.2 as Debian 12 builds it (a jump decides nothing,
// neither when modules authenticate nor when they set credentials), one module at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "admin/doctor/pam_stack.hpp"

namespace sekimori::doctor {

enum class Impression : std::uint8_t { undefined, positive, negative };
struct Mark {
    Impression impression{Impression::undefined};
    Code status{Code::perm_denied};
    bool operator==(const Mark&) const = default;
};

// A walk through a chain, standing before handler `next`.
struct Walk {
    std::uint16_t next{0};
    std::uint8_t previous_level{0};
    Mark mark;
    std::array<Mark, kMaxLevels> entered{};  // the mark with which each substack was entered
    bool operator==(const Walk&) const = default;
};

[[nodiscard]] Walk start(const Chain& chain);
// No module is left to be called.
[[nodiscard]] bool ended(const Chain& chain, const Walk& walk) noexcept;
// The module before which the walk stands returned `code`. `frozen`: what it returned when the chain was frozen, for
// setcred and close_session. Precondition: not ended.
void advance(const Chain& chain, Walk& walk, Code code, std::optional<Code> frozen = std::nullopt);
// Of an ended walk. An empty chain and one that decided nothing deny.
[[nodiscard]] Code verdict(const Walk& walk) noexcept;

// What each module returns; the index is that of its handler.
using Modules = std::function<Code(std::size_t handler)>;
struct Run {
    Code verdict;
    std::vector<std::optional<Code>> returned;  // by handler: none was not called
};
// A whole walk. `frozen`: the first walk of the pair (authenticate before setcred).
[[nodiscard]] Run run(const Chain& chain, const Modules& modules, const Run* frozen = nullptr);

}  // namespace sekimori::doctor
