// SPDX-License-Identifier: Apache-2.0
// The schema, one part more: what the broker tells a command whose denial goes round a fleet.
#pragma once

#include "protocol/schema_types.hpp"

namespace sekimori::wire {

// So many of the fleet's terminals have confirmed it by now. Follows MessageType::command_done.
struct ReceiptFills {
    static constexpr auto kType = MessageType::receipt_fills;
    std::uint32_t confirmed{}, terminals{};
    static constexpr auto kFields = std::tuple{field<1>(&ReceiptFills::confirmed), field<2>(&ReceiptFills::terminals)};
};

}  // namespace sekimori::wire
