// SPDX-License-Identifier: Apache-2.0
// Frames of a FeliCa card, and which of ours the filter lets through.
#include <algorithm>

#include "smartcard/apdu/felica_frame.hpp"
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori;
    using namespace sekimori::smartcard;
    constexpr Idm kIdm{0x01, 0x2e, 3, 4, 5, 6, 7, 8};
    const ByteSpan frame(data, size);
    (void)parse_polled(frame);
    for (std::size_t count = 1; count <= kMaxBlocksRead; ++count)
        if (const auto blocks = parse_blocks(frame, kIdm, count); blocks) SEKIMORI_HOLDS(blocks->size() == count);
    (void)parse_written(frame, kIdm);
    // The first byte is the whole frame's length; FeliCa's commands are even, 06 reads, 08 writes, 00 polls.
    if (allowed_frame(frame)) {
        SEKIMORI_HOLDS(size >= 2 && frame[0] == size);
        SEKIMORI_HOLDS(frame[1] == 0x00 || frame[1] == 0x06 || frame[1] == 0x08);
    }
    return 0;
}
