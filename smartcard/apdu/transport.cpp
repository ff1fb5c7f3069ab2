// SPDX-License-Identifier: Apache-2.0
#include "smartcard/apdu/transport.hpp"

namespace sekimori::smartcard {

CardResult<Bytes> Transport::transmit(ByteSpan command) {
    if (filter_.judge(command) == Permit::refused) return failure(CardFault::internal);
    ++count_;
    auto answer = exchange(command);
    if (!answer) {
        filter_.forget();
        return answer;
    }
    const auto parsed = parse_answer(*answer);
    if (!parsed) {
        filter_.forget();  // nobody knows what is selected now
        return failure(CardFault::unreadable);
    }
    filter_.answered(command, parsed->status);
    return answer;
}

}  // namespace sekimori::smartcard
