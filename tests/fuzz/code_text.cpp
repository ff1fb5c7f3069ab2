// SPDX-License-Identifier: Apache-2.0
// A code as somebody types it: what is read as one is shown and read again as the same; and a stored hash, whatever its
// bytes, is no way in.
#include <algorithm>

#include "crypto/slow_hash.hpp"
#include "daemon/auth/code_text.hpp"
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori;
    const ByteSpan bytes(data, size);
    if (const auto code = daemon::read_code(bytes)) {
        const SecureBytes shown = code->shown();
        const auto again = daemon::read_code(shown.span());
        SEKIMORI_HOLDS(again && again->whole.view() == code->whole.view() && again->handle == code->handle);
        SEKIMORI_HOLDS(shown.size() == 14 && code->whole.size() == 12);
    }
    // A whole record costs a slow hash: only what is refused before that.
    crypto::SlowHashes hashes;
    if (size != 50 || data[0] != 1) SEKIMORI_HOLDS(!hashes.verify(bytes, bytes));
    return 0;
}
