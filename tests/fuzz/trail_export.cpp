// SPDX-License-Identifier: Apache-2.0
// An export of the trail from somewhere: the first byte chooses the form, each line is a record. Nothing but a chain of
// good signatures is ever whole.
#include <string>

#include "admin/trail_export.hpp"
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori::admin;
    if (size == 0) return 0;
    const bool csv = (data[0] & 1) != 0;
    std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    ExportWalk walk({});
    std::size_t taken = 0;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        const std::string record = text.substr(from, end - from);
        from = end + 1;
        if (!(csv ? walk.take_csv(record) : walk.take(parse_json(record)))) break;
        ++taken;
    }
    const ExportCheck check = walk.end();
    SEKIMORI_HOLDS(check.first_bad.has_value() || taken > 0);
    return 0;
}
