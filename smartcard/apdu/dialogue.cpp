// SPDX-License-Identifier: Apache-2.0
#include "smartcard/apdu/dialogue.hpp"

namespace sekimori::smartcard {
namespace {

constexpr std::uint8_t kChained = 0x10;

CardResult<Reply> one(Transport& transport, const Command& command) {
    const auto bytes = CommandBytes::encode(command);
    if (!bytes) return failure(CardFault::internal);
    auto answer = transport.transmit(bytes->span());
    if (!answer) return tl::unexpected<Failure>(answer.error());
    const auto parsed = parse_answer(*answer);
    if (!parsed) return failure(CardFault::unreadable);
    Reply reply{{}, parsed->status};
    answer->resize(parsed->data.size());
    reply.data = std::move(*answer);
    return reply;
}

}  // namespace

CardResult<Reply> converse(Transport& transport, const Command& command) {
    Command last = command;
    while (last.data.size() > kMaxCommandData) {
        Command part = last;
        part.cla = static_cast<std::uint8_t>(part.cla | kChained);
        part.data = last.data.first(kMaxCommandData);
        part.le.reset();
        auto reply = one(transport, part);
        if (!reply || !reply->ok()) return reply;
        last.data = last.data.subspan(kMaxCommandData);
    }
    auto reply = one(transport, last);
    if (!reply) return reply;
    if (const auto le = wrong_le(reply->status); le && last.le) {
        last.le = le;
        reply = one(transport, last);
        if (!reply) return reply;
    }
    Reply whole = std::move(*reply);
    for (unsigned parts = 1; const auto more = more_waiting(whole.status); ++parts) {
        if (parts > kMaxParts) return failure(CardFault::unreadable);
        auto next = one(transport, Command{0x00, 0xc0, 0x00, 0x00, {}, *more});
        if (!next) return next;
        if (next->data.empty() && more_waiting(next->status)) return failure(CardFault::unreadable);
        if (whole.data.size() + next->data.size() > kMaxWholeAnswer) return failure(CardFault::unreadable);
        whole.data.insert(whole.data.end(), next->data.begin(), next->data.end());
        whole.status = next->status;
    }
    return whole;
}

CardResult<Reply> select_application(Transport& transport, ByteSpan aid, std::uint8_t p2,
                                     std::optional<std::uint16_t> le) {
    const Command select{0x00, 0xa4, 0x04, p2, aid, le};
    auto reply = converse(transport, select);
    if (reply && reply->status == sw::kNoDiagnosis) reply = converse(transport, select);
    return reply;
}

}  // namespace sekimori::smartcard
