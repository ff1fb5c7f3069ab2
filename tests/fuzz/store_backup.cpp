// SPDX-License-Identifier: Apache-2.0
// A backup's header, and its contents as if their seal had been broken.
#include "daemon/store/archive.hpp"
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori;
    using namespace sekimori::daemon;
    const ByteSpan bytes(data, size);
    if (const auto header = parse_header(bytes)) {
        SEKIMORI_HOLDS(crypto::acceptable(header->cost));
        const auto again = encode_header(*header);
        SEKIMORI_HOLDS(std::equal(again.begin(), again.end(), bytes.begin()));
    }
    if (const auto archive = decode_archive(bytes)) {
        const auto once = encode_archive(*archive);
        SEKIMORI_HOLDS(once.has_value());
        SEKIMORI_HOLDS(decode_archive(once->span()).has_value());
        SEKIMORI_HOLDS(!verify_archive(*archive) || !archive->links.empty());
    }
    return 0;
}
