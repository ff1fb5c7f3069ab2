// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/pam_paths.hpp"

#include <algorithm>
#include <array>

namespace sekimori::doctor {
namespace {

// Only these three statuses differ in what a host does with them.
Code coarse(Code status) noexcept {
    return status == Code::success || status == Code::new_authtok_reqd ? status : Code::perm_denied;
}

// Of codes with the same consequence the first of these is shown.
constexpr std::array kTelling{Code::success,           Code::auth_err,         Code::ignore,
                              Code::cred_insufficient, Code::new_authtok_reqd, Code::authinfo_unavail};

std::vector<Code> telling_first(CodeSet codes) {
    std::vector<Code> ordered;
    const auto take = [&](Code code) {
        if (!codes.test(static_cast<std::size_t>(code))) return;
        ordered.push_back(code);
        codes.reset(static_cast<std::size_t>(code));
    };
    for (const Code code : kTelling) take(code);
    for (std::size_t i = 0; i < kCodes; ++i) take(static_cast<Code>(i));
    return ordered;
}

}  // namespace

std::size_t Paths::Hash::operator()(const Position& position) const noexcept {
    std::size_t hash = position.walk.next * 131U + position.walk.previous_level;
    const auto mix = [&](const Mark& mark) {
        hash = hash * 1099511628211U + static_cast<std::size_t>(mark.impression) * 37U +
               static_cast<std::size_t>(mark.status);
    };
    mix(position.walk.mark);
    for (const Mark& mark : position.walk.entered) mix(mark);
    return hash * 31U + position.facts.to_ulong();
}

Paths::Paths(const Chain& chain, const std::vector<ModuleView>& views)
    : chain_(chain), views_(views), all_(explore({start(chain), {}})) {}

// One branch for each different future: codes that lead to the same position are one.
std::vector<Paths::Branch> Paths::branches(const Position& position) const {
    std::vector<Branch> branches;
    const std::size_t at = position.walk.next;
    const ModuleView& view = views_[at];
    for (const Code code : telling_first(view.codes)) {
        Position after = position;
        after.facts |= view.when_called;
        if (code == Code::success) after.facts |= view.on_success;
        advance(chain_, after.walk, code);
        after.walk.mark.status = coarse(after.walk.mark.status);
        const bool seen =
            std::any_of(branches.begin(), branches.end(), [&](const Branch& branch) { return branch.after == after; });
        if (!seen) branches.push_back({{at, code, chain_[at].actions[static_cast<std::size_t>(code)]}, after});
    }
    return branches;
}

Paths::Endings Paths::ending_of(const Position& position) noexcept {
    Endings endings;
    const Code code = verdict(position.walk);
    if (code == Code::success) endings.set(position.facts.to_ulong() * 2);
    if (code == Code::new_authtok_reqd) endings.set(position.facts.to_ulong() * 2 + 1);
    return endings;
}

Paths::Endings Paths::ahead_of(const Position& position) const {
    if (ended(chain_, position.walk)) return ending_of(position);
    const auto known = known_.find(position);
    return known == known_.end() ? Endings() : known->second;
}

Paths::Endings Paths::explore(const Position& position) {
    if (ended(chain_, position.walk)) return ending_of(position);
    if (const auto known = known_.find(position); known != known_.end()) return known->second;
    if (known_.size() >= kMaxPositions) {
        complete_ = false;
        return {};
    }
    Endings endings;
    for (const Branch& branch : branches(position)) endings |= explore(branch.after);
    known_.emplace(position, endings);
    return endings;
}

std::vector<Ending> Paths::endings() const {
    std::vector<Ending> endings;
    for (std::size_t i = 0; i < all_.size(); ++i)
        if (all_.test(i)) endings.push_back({i % 2 != 0, Facts(i / 2)});
    return endings;
}

// At each position one branch for each module that may be called next: further codes make the same route.
void Paths::collect(const Position& position, std::size_t wanted, std::size_t limit, Path& path,
                    std::vector<Path>& found) const {
    if (found.size() >= limit) return;
    if (ended(chain_, position.walk)) {
        found.push_back(path);
        return;
    }
    std::vector<std::uint16_t> gone;
    for (const Branch& branch : branches(position)) {
        if (!ahead_of(branch.after).test(wanted) ||
            std::find(gone.begin(), gone.end(), branch.after.walk.next) != gone.end())
            continue;
        gone.push_back(branch.after.walk.next);
        path.push_back(branch.step);
        collect(branch.after, wanted, limit, path, found);
        path.pop_back();
    }
}

std::vector<Path> Paths::routes(const Ending& ending, std::size_t limit) const {
    const std::size_t wanted = ending.facts.to_ulong() * 2 + (ending.new_password ? 1 : 0);
    std::vector<Path> found;
    if (!all_.test(wanted)) return found;
    Path path;
    collect({start(chain_), {}}, wanted, limit, path, found);
    return found;
}

}  // namespace sekimori::doctor
