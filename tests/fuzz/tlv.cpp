// SPDX-License-Identifier: Apache-2.0
// BER and DER from a card: every view lies inside the input, and reading comes to an end.
#include "smartcard/apdu/tlv.hpp"

#include "tests/fuzz/target.hpp"

namespace {

using namespace sekimori;
using namespace sekimori::smartcard;

bool inside(ByteSpan part, ByteSpan whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void walk(ByteSpan bytes, TlvRules rules) {
    TlvReader reader(bytes, rules);
    std::size_t objects = 0;
    std::size_t taken = 0;
    while (!reader.done()) {
        const auto object = reader.next();
        if (!object) break;
        SEKIMORI_HOLDS(inside(object->value, bytes) && inside(object->whole, bytes));
        SEKIMORI_HOLDS(object->value.size() < object->whole.size());
        taken += object->whole.size();
        SEKIMORI_HOLDS(++objects <= kMaxTlvObjects && taken <= bytes.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes(data, size);
    walk(bytes, TlvRules::ber);
    walk(bytes, TlvRules::der);
    if (const auto found = find(bytes, 0x53); found && *found) SEKIMORI_HOLDS(inside(**found, bytes));
    constexpr std::size_t kMost = 4096;
    if (const auto length = der_sequence_size(bytes.first(std::min<std::size_t>(size, 8)), kMost); length)
        SEKIMORI_HOLDS(*length <= kMost && *length >= 2);
    if (const auto spki = spki_of(bytes); spki) SEKIMORI_HOLDS(inside(*spki, bytes) && !spki->empty());
    return 0;
}
