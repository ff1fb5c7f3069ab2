// SPDX-License-Identifier: Apache-2.0
// A fleet's month from somewhere: whatever it says, a report can be made of it or it is refused, and what is held of it
// is bounded.
#include <string>

#include "admin/report/sections.hpp"
#include "admin/report/trails.hpp"
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori::admin;
    const std::string text(reinterpret_cast<const char*>(data), size);
    Facts facts;
    facts.month = "2026-04";
    facts.since = "2026-03-31T15:00:00Z";
    facts.until = "2026-04-30T15:00:00Z";
    facts.made_at = "2026-05-01T00:00:00Z";
    facts.status = {{"fleet", {{"terminal", std::string(32, 'a')}}}};
    TrailsReader reader(facts);
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        if (!reader.take(text.substr(from, end - from))) return 0;
        from = end + 1;
    }
    if (!reader.end()) return 0;
    SEKIMORI_HOLDS(!facts.fleet->terminals.empty());
    const Report report = report_of(facts, {});
    SEKIMORI_HOLDS(parse_json(render_json(report)).is_object());
    (void)render_text(report);
    return 0;
}
