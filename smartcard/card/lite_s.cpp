// SPDX-License-Identifier: Apache-2.0
#include "smartcard/card/lite_s.hpp"

namespace sekimori::smartcard {
namespace {

// A frame inside the reader's direct transmission command.
CardResult<Reply> relay(Transport& transport, const Bytes& frame) {
    return converse(transport, Command{0xff, 0x00, 0x00, 0x00, frame});
}

CardResult<Bytes> frame_of(CardResult<Reply> reply) {
    if (!reply) return tl::unexpected<Failure>(reply.error());
    if (!reply->ok()) return failure(CardFault::unreadable);
    return std::move(reply->data);
}

CardResult<std::vector<wire::Block>> read(Transport& transport, const Idm& idm, std::span<const std::uint8_t> numbers) {
    const auto frame = frame_of(relay(transport, read_frame(idm, numbers)));
    if (!frame) return tl::unexpected<Failure>(frame.error());
    return from_parser(parse_blocks(*frame, idm, numbers.size()));
}

CardResult<void> write(Transport& transport, const Idm& idm, std::span<const BlockWrite> blocks) {
    const auto frame = frame_of(relay(transport, write_frame(idm, blocks)));
    if (!frame) return tl::unexpected<Failure>(frame.error());
    if (!parse_written(*frame, idm)) return failure(CardFault::unreadable);
    return {};
}

}  // namespace

CardResult<std::optional<Bytes>> identifier(Transport& transport) {
    auto reply = converse(transport, Command{0xff, 0xca, 0x00, 0x00, {}, std::uint16_t{256}});
    if (!reply) return tl::unexpected<Failure>(reply.error());
    const std::size_t size = reply->data.size();
    if (!reply->ok() || size < kMinIdentifier || size > kMaxIdentifier) return std::optional<Bytes>{};
    return std::optional<Bytes>{std::move(reply->data)};
}

namespace lite_s {

CardResult<std::optional<Polled>> poll(Transport& transport) {
    const auto reply = relay(transport, polling_frame(kLiteSSystem));
    if (!reply) return tl::unexpected<Failure>(reply.error());
    if (!reply->ok() || reply->data.empty()) return std::optional<Polled>{};  // nobody answered to this system
    const auto polled = from_parser(parse_polled(reply->data));
    if (!polled) return tl::unexpected<Failure>(polled.error());
    if (polled->system != kLiteSSystem || polled->ic_code != kIcLiteS) return std::optional<Polled>{};
    return std::optional<Polled>{*polled};
}

CardResult<wire::Block> read_id(Transport& transport, const Idm& idm) {
    constexpr std::array numbers{block::kId};
    const auto blocks = read(transport, idm, numbers);
    if (!blocks) return tl::unexpected<Failure>(blocks.error());
    return blocks->front();
}

CardResult<Challenged> challenge(Transport& transport, const Idm& idm, const wire::Block& rc) {
    const std::array writes{BlockWrite{block::kRc, rc}};
    if (const auto written = write(transport, idm, writes); !written) return tl::unexpected<Failure>(written.error());
    constexpr std::array proof{block::kId, block::kCkv, block::kMacA};
    const auto blocks = read(transport, idm, proof);
    if (!blocks) return tl::unexpected<Failure>(blocks.error());
    constexpr std::array counter{block::kWcnt};
    const auto wcnt = read(transport, idm, counter);
    if (!wcnt) return tl::unexpected<Failure>(wcnt.error());
    return Challenged{(*blocks)[0], (*blocks)[1], (*blocks)[2], wcnt->front()};
}

CardResult<Confirmed> authenticate(Transport& transport, const Idm& idm, const wire::Block& state,
                                   const wire::Block& mac_a) {
    const std::array writes{BlockWrite{block::kState, state}, BlockWrite{block::kMacA, mac_a}};
    if (const auto written = write(transport, idm, writes); !written) return tl::unexpected<Failure>(written.error());
    constexpr std::array numbers{block::kState, block::kMacA};
    const auto blocks = read(transport, idm, numbers);
    if (!blocks) return tl::unexpected<Failure>(blocks.error());
    return Confirmed{(*blocks)[0], (*blocks)[1]};
}

}  // namespace lite_s
}  // namespace sekimori::smartcard
