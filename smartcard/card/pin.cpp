// SPDX-License-Identifier: Apache-2.0
#include "smartcard/card/pin.hpp"

#include <algorithm>

#include "smartcard/apdu/aid.hpp"

namespace sekimori::smartcard {
namespace {

struct PinForm {
    std::size_t least, most, size;
};

constexpr PinForm form_of(CardType type) {
    switch (type) {
        case CardType::piv:
            return {6, 8, 8};
        case CardType::jpki:
            return {4, 4, 4};
        case CardType::lite_s:
        case CardType::idm:
            break;
    }
    return {1, 0, 0};  // no PIN fits
}

}  // namespace

CardResult<SecureBytes> pin_block(CardType type, const SecureBytes& pin) {
    const PinForm form = form_of(type);
    const ByteSpan digits = pin.span();
    if (digits.size() < form.least || digits.size() > form.most) return failure(CardFault::pin_malformed);
    if (!std::ranges::all_of(digits, [](std::uint8_t c) { return c >= '0' && c <= '9'; }))
        return failure(CardFault::pin_malformed);
    SecureBytes block(form.size);
    if (block.size() != form.size) return failure(CardFault::internal);
    std::ranges::fill(block.span(), std::uint8_t{0xff});
    std::ranges::copy(digits, block.data());
    return block;
}

PinStatus pin_status_of(std::uint16_t status) noexcept {
    using wire::PinState;
    if (const auto tries = tries_left(status)) return {*tries == 0 ? PinState::blocked : PinState::ready, *tries};
    switch (status) {
        case sw::kBlocked:
        case sw::kReferenceUnusable:
            return {PinState::blocked, 0};
        case sw::kFileNotFound:
        case sw::kReferenceNotFound:
            return {PinState::missing, 0};
        default:
            return {PinState::unknown, 0};
    }
}

CardResult<PinStatus> ask_tries(Transport& transport) {
    const auto reply = converse(transport, Command{0x00, 0x20, 0x00, kPinReference});
    if (!reply) return tl::unexpected<Failure>(reply.error());
    return pin_status_of(reply->status);
}

CardResult<void> verify_pin(Transport& transport, const PinStatus& status, const SecureBytes& block) {
    switch (status.state) {
        case wire::PinState::ready:
            break;
        case wire::PinState::blocked:
            return failure(CardFault::pin_blocked);
        case wire::PinState::missing:
            return failure(CardFault::pin_missing);
        case wire::PinState::not_needed:
        case wire::PinState::unknown:
            return failure(CardFault::unreadable);
    }
    if (status.tries <= 1) return failure(CardFault::pin_last_try);
    const auto reply = converse(transport, Command{0x00, 0x20, 0x00, kPinReference, block.span()});
    if (!reply) return tl::unexpected<Failure>(reply.error());
    if (reply->ok()) return {};
    const PinStatus after = pin_status_of(reply->status);
    switch (after.state) {
        case wire::PinState::ready:
            return failure(CardFault::pin_wrong, after.tries);
        case wire::PinState::blocked:
            return failure(CardFault::pin_blocked);
        case wire::PinState::missing:
            return failure(CardFault::pin_missing);
        case wire::PinState::not_needed:
        case wire::PinState::unknown:
            break;
    }
    return failure(CardFault::unreadable);
}

}  // namespace sekimori::smartcard
