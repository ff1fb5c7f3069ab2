// SPDX-License-Identifier: Apache-2.0
// Every way through a stack: which endings can be reached, and by which route.
//
// Two walks that stand before the same module with the same marks and the same facts have the same future, so each such
// position is examined once, and a chain of n modules costs a small multiple of n instead of a power of it.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "admin/doctor/pam_dispatch.hpp"

namespace sekimori::doctor {

// What happened on a walk that matters at its end.
enum class Fact : std::uint8_t {
    factors,  // our module said success: two factors
    root,     // pam_rootok said success: the caller is root already
    logind,   // pam_systemd was called
    bound,    // our module said success after that
};
inline constexpr std::size_t kFacts = 4;
using Facts = std::bitset<kFacts>;
[[nodiscard]] inline bool has(Facts facts, Fact fact) noexcept { return facts.test(static_cast<std::size_t>(fact)); }

// An ending that lets somebody in.
struct Ending {
    bool new_password{false};  // the verdict is new_authtok_reqd: hosts go on after a change of password
    Facts facts;
    bool operator==(const Ending&) const = default;
};

struct PathStep {
    std::size_t handler{0};
    Code returned{};
    Action action;
};
using Path = std::vector<PathStep>;

// What a module may return there, and what it means when it returned it.
struct ModuleView {
    CodeSet codes;
    Facts on_success;   // facts that its success adds
    Facts when_called;  // facts that its call adds
};

class Paths {
  public:
    // `views`: one for each handler. Borrows both. Examines the whole chain at once.
    Paths(const Chain& chain, const std::vector<ModuleView>& views);

    // All endings that let in; complete() tells whether the search came to its end.
    [[nodiscard]] std::vector<Ending> endings() const;
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    // Routes (sequences of modules called) to an ending, at most `limit`.
    [[nodiscard]] std::vector<Path> routes(const Ending& ending, std::size_t limit) const;

    static constexpr std::size_t kMaxPositions = 1 << 17;

  private:
    struct Position {
        Walk walk;
        Facts facts;
        bool operator==(const Position&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Position& position) const noexcept;
    };
    struct Branch {
        PathStep step;
        Position after;
    };
    // Bit 2 * facts + new_password.
    using Endings = std::bitset<std::size_t{2} << kFacts>;

    [[nodiscard]] std::vector<Branch> branches(const Position& position) const;
    [[nodiscard]] static Endings ending_of(const Position& position) noexcept;
    [[nodiscard]] Endings ahead_of(const Position& position) const;
    Endings explore(const Position& position);
    void collect(const Position& position, std::size_t wanted, std::size_t limit, Path& path,
                 std::vector<Path>& found) const;

    const Chain& chain_;
    const std::vector<ModuleView>& views_;
    std::unordered_map<Position, Endings, Hash> known_;
    bool complete_{true};
    Endings all_;
};

}  // namespace sekimori::doctor
