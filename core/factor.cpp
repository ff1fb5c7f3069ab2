// SPDX-License-Identifier: Apache-2.0
#include "core/factor.hpp"

#include <array>

namespace sekimori {
namespace {

struct Named {
    Factor factor;
    std::string_view name;
};
// In the order in which a set is written: what stands for the person first.
constexpr std::array kFactors{Named{Factor::code, "code"}, Named{Factor::card, "card"}, Named{Factor::finger, "finger"},
                              Named{Factor::pin, "pin"}, Named{Factor::password, "password"}};

template <class T, std::size_t N>
std::optional<T> parse_name(std::string_view text, const std::array<T, N>& values) noexcept {
    for (const T value : values)
        if (text == name_of(value)) return value;
    return std::nullopt;
}

}  // namespace

Result<FactorSet> FactorSet::parse(std::string_view text) {
    std::uint8_t bits = 0;
    std::uint8_t kinds = 0;
    while (true) {
        const std::size_t plus = text.find('+');
        const std::string_view word = text.substr(0, plus);
        const Named* found = nullptr;
        for (const Named& named : kFactors)
            if (named.name == word) found = &named;
        if (found == nullptr) return fail(ErrorCode::malformed, "unknown factor '" + std::string(word) + "'");
        if ((bits & bit(found->factor)) != 0)
            return fail(ErrorCode::malformed, "factor '" + std::string(word) + "' is named twice");
        bits = static_cast<std::uint8_t>(bits | bit(found->factor));
        kinds = static_cast<std::uint8_t>(kinds | (1U << static_cast<unsigned>(kind_of(found->factor))));
        if (plus == std::string_view::npos) break;
        text.remove_prefix(plus + 1);
    }
    if ((kinds & (kinds - 1)) == 0) return fail(ErrorCode::refused, "fewer than two kinds of factors");
    return FactorSet(bits);
}

std::string FactorSet::text() const {
    std::string text;
    for (const Named& named : kFactors) {
        if (!has(named.factor)) continue;
        if (!text.empty()) text += '+';
        text += named.name;
    }
    return text;
}

std::optional<CardStrength> parse_strength(std::string_view text) noexcept {
    return parse_name(text, std::array{CardStrength::identifier, CardStrength::symmetric, CardStrength::certificate});
}
std::optional<CardType> parse_card_type(std::string_view text) noexcept {
    return parse_name(text, std::array{CardType::piv, CardType::jpki, CardType::lite_s, CardType::idm});
}
std::optional<CardSlot> parse_slot(std::string_view text) noexcept {
    return parse_name(text, std::array{CardSlot::piv_9a, CardSlot::piv_9e, CardSlot::jpki_auth});
}

}  // namespace sekimori
