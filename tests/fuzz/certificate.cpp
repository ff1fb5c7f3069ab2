// SPDX-License-Identifier: Apache-2.0
// A certificate as a card hands it over: packed or not, of any quality.
#include "smartcard/certificate/certificate.hpp"

#include "smartcard/card/inflate.hpp"
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori;
    using namespace sekimori::smartcard;
    constexpr std::time_t kNow = 1'700'000'000;
    constexpr std::size_t kMost = 4096;
    const ByteSpan bytes(data, size);
    static const Roots none;
    for (const CardType type : {CardType::piv, CardType::jpki})
        for (const Roots* roots : {&none, static_cast<const Roots*>(nullptr)}) {
            const auto facts = inspect(bytes, type, roots, kNow);
            // Nobody is trusted without a root.
            if (facts) SEKIMORI_HOLDS(facts->chain != wire::ChainState::verified && !facts->spki.empty());
        }
    if (const auto unpacked = gunzip(bytes, kMost); unpacked) SEKIMORI_HOLDS(unpacked->size() <= kMost);
    return 0;
}
