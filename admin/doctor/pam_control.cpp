// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/pam_control.hpp"

#include <algorithm>
#include <optional>

namespace sekimori::doctor {
namespace {

using Kind = Action::Kind;
using Slots = std::array<std::optional<Action>, kCodes>;

// More digits than these may overflow.
constexpr std::size_t kMaxDigits = 9;

void set_rest(Slots& slots, Action action) {
    for (auto& slot : slots)
        if (!slot) slot = action;
}

Actions complete(Slots slots, Kind rest) {
    set_rest(slots, {rest, 0});
    Actions actions;
    std::transform(slots.begin(), slots.end(), actions.begin(), [](const auto& slot) { return *slot; });
    return actions;
}

struct Word {
    std::string_view name;
    Kind success, rest;
    bool ignores;  // an ignore stays one
};
constexpr Word kWords[] = {
    {"required", Kind::ok, Kind::bad, true},
    {"requisite", Kind::ok, Kind::die, true},
    {"optional", Kind::ok, Kind::ignore, false},
    {"sufficient", Kind::done, Kind::ignore, false},
};

constexpr std::array<std::string_view, 6> kActionNames{"ignore", "ok", "done", "bad", "die", "reset"};

bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Reads value=action pairs. Names are matched by their beginning, first one first, as libpam does.
class Pairs {
  public:
    explicit Pairs(std::string_view text) noexcept : text_(text) {}

    ControlFault read(Slots& slots) {
        for (skip_space(); !text_.empty(); skip_space()) {
            const auto value = prefix(kCodeNames);
            const bool rest = !value && text_.starts_with("default");
            if (!value && !rest) return ControlFault::syntax;
            text_.remove_prefix(rest ? 7 : kCodeNames[*value].size());
            skip_space();
            if (text_.empty() || text_.front() != '=') return ControlFault::syntax;
            text_.remove_prefix(1);
            skip_space();
            Action action;
            if (const auto fault = read_action(action); fault != ControlFault::none) return fault;
            if (rest)
                set_rest(slots, action);
            else
                slots[*value] = action;
        }
        return ControlFault::none;
    }

  private:
    template <std::size_t N>
    [[nodiscard]] std::optional<std::size_t> prefix(const std::array<std::string_view, N>& names) const noexcept {
        for (std::size_t i = 0; i < N; ++i)
            if (text_.starts_with(names[i])) return i;
        return std::nullopt;
    }
    void skip_space() noexcept {
        while (!text_.empty() && is_space(text_.front())) text_.remove_prefix(1);
    }
    ControlFault read_action(Action& action) {
        if (const auto named = prefix(kActionNames)) {
            text_.remove_prefix(kActionNames[*named].size());
            action = {static_cast<Kind>(*named), 0};
            return ControlFault::none;
        }
        std::size_t digits = 0;
        std::uint32_t number = 0;
        for (; digits < text_.size() && is_digit(text_[digits]); ++digits)
            if (digits < kMaxDigits) number = number * 10 + static_cast<std::uint32_t>(text_[digits] - '0');
        if (digits > kMaxDigits) return ControlFault::undefined;
        if (number == 0) return ControlFault::syntax;
        text_.remove_prefix(digits);
        action = {Kind::jump, number};
        return ControlFault::none;
    }

    std::string_view text_;
};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

Control control_of(std::string_view word) {
    Slots slots;
    for (const Word& known : kWords) {
        if (!same_word(word, known.name)) continue;
        slots[static_cast<std::size_t>(Code::success)] = Action{known.success, 0};
        slots[static_cast<std::size_t>(Code::new_authtok_reqd)] = Action{known.success, 0};
        if (known.ignores) slots[static_cast<std::size_t>(Code::ignore)] = Action{Kind::ignore, 0};
        return {complete(slots, known.rest), ControlFault::none};
    }
    const ControlFault fault = Pairs(word).read(slots);
    if (fault != ControlFault::none) slots = {};
    return {complete(slots, Kind::bad), fault};
}

}  // namespace sekimori::doctor
