// SPDX-License-Identifier: Apache-2.0
// What somebody types at the gate where a rescue code is asked for, and the file that it is compared with.
#include "session_lock/rescue/code.hpp"
#include "session_lock/rescue/seal.hpp"
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori::rescue;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto code = read_code(text)) {
        SEKIMORI_HOLDS(code->size() == kCodeSize);
        const auto again = read_code(in_groups(*code).view());
        SEKIMORI_HOLDS(again && again->view() == code->view());
    }
    if (const auto kept = read_seal(text))
        SEKIMORI_HOLDS(write_seal(*kept) == text || write_seal(*kept).size() == size);
    return 0;
}
