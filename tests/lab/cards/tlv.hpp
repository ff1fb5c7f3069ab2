// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "tests/lab/bytes.hpp"

/// BER-TLV (ISO/IEC 8825-1) as far as cards need it: tags of up to three bytes, definite lengths.
namespace sekimori::lab {

struct Tlv {
    std::uint32_t tag = 0;
    Bytes value;
};

/// Tag, shortest length, value.
Bytes tlv(std::uint32_t tag, ByteView value);
/// Reads a sequence of TLVs that fills `bytes` exactly; nothing when malformed.
std::optional<std::vector<Tlv>> parse_tlvs(ByteView bytes);
/// The first with this tag.
const Tlv* find_tlv(const std::vector<Tlv>& list, std::uint32_t tag);

}  // namespace sekimori::lab
