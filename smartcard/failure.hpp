// SPDX-License-Identifier: Apache-2.0
// How a dealing with a card fails: one of the faults that the broker knows, and the tries left where a PIN was wrong.
#pragma once

#include "core/result.hpp"
#include "protocol/schema.hpp"

namespace sekimori::smartcard {

using wire::Bytes;
using wire::CardFault;

struct Failure {
    CardFault fault{CardFault::internal};
    std::uint8_t tries{0};  // meaningful with pin_wrong

    bool operator==(const Failure&) const = default;
};

template <class T>
using CardResult = tl::expected<T, Failure>;

[[nodiscard]] inline tl::unexpected<Failure> failure(CardFault fault, std::uint8_t tries = 0) {
    return tl::unexpected<Failure>(Failure{fault, tries});
}

// Bytes of a card that do not parse: whatever was wrong with them, the card is unreadable.
template <class T>
[[nodiscard]] CardResult<T> from_parser(Result<T> parsed) {
    if (!parsed) return failure(CardFault::unreadable);
    return std::move(*parsed);
}

// Stable, for logs.
[[nodiscard]] constexpr const char* name_of(CardFault fault) noexcept {
    switch (fault) {
        case CardFault::gone:
            return "gone";
        case CardFault::no_application:
            return "no_application";
        case CardFault::unreadable:
            return "unreadable";
        case CardFault::pin_wrong:
            return "pin_wrong";
        case CardFault::pin_last_try:
            return "pin_last_try";
        case CardFault::pin_blocked:
            return "pin_blocked";
        case CardFault::pin_missing:
            return "pin_missing";
        case CardFault::pin_malformed:
            return "pin_malformed";
        case CardFault::no_key:
            return "no_key";
        case CardFault::busy:
            return "busy";
        case CardFault::timeout:
            return "timeout";
        case CardFault::unsupported:
            return "unsupported";
        case CardFault::internal:
            return "internal";
    }
    return "internal";
}

}  // namespace sekimori::smartcard
