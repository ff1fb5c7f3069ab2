// SPDX-License-Identifier: Apache-2.0
#include "core/event_kind.hpp"

#include <algorithm>
#include <array>

namespace sekimori {
namespace {

constexpr std::array kUses{std::string_view("login"), std::string_view("unlock"), std::string_view("elevate"),
                           std::string_view("boot"), std::string_view("application")};

struct Whole {
    std::string_view what;
    EventKind kind;
};
constexpr std::array kWhole{
    Whole{"administer", EventKind::attempt},     Whole{"trial", EventKind::trial},
    Whole{"break-glass.use", EventKind::bypass}, Whole{"rescue.use", EventKind::bypass},
    Whole{"card.revoke", EventKind::stop},       Whole{"card.suspend", EventKind::stop},
    Whole{"person.remove", EventKind::stop},
};
// What stands before the point.
constexpr std::array kGroups{
    Whole{"code", EventKind::fallback}, Whole{"exempt", EventKind::fallback}, Whole{"break-glass", EventKind::fallback},
    Whole{"audit", EventKind::trail},   Whole{"session", EventKind::session},
};

}  // namespace

EventKind kind_of_event(std::string_view what) noexcept {
    if (std::ranges::find(kUses, what) != kUses.end()) return EventKind::attempt;
    if (const auto* at = std::ranges::find(kWhole, what, &Whole::what); at != kWhole.end()) return at->kind;
    if (what.ends_with(".second")) return EventKind::other;
    const auto* at = std::ranges::find(kGroups, what.substr(0, what.find('.')), &Whole::what);
    return at != kGroups.end() ? at->kind : EventKind::other;
}

bool is_use(std::string_view what) noexcept {
    return std::ranges::find(kUses, what) != kUses.end() || what == "break-glass.use";
}

}  // namespace sekimori
