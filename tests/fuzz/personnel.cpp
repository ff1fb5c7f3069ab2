// SPDX-License-Identifier: Apache-2.0
// A table of the personnel office: whatever is taken from it is a row that has a name, and says so in UTF-8.
#include "admin/personnel.hpp"
#include "admin/times.hpp"
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori::admin;
    const auto text = decode_text({reinterpret_cast<const char*>(data), size});
    if (!text) return 0;
    (void)parse_columns(*text);
    const auto lines = parse_csv(*text);
    if (!lines) return 0;
    for (const Line& line : *lines) {
        const auto again = parse_csv(csv_line(line.fields));
        SEKIMORI_HOLDS(again.has_value() && again->size() == 1);
        Record read = (*again)[0].fields;
        for (std::string& field : read) field = csv_plain(std::move(field));
        SEKIMORI_HOLDS(read == line.fields);
    }
    const auto people = personnel_from(*lines);
    if (!people) return 0;
    for (const Json& row : people->rows) {
        SEKIMORI_HOLDS(row.contains("login") || row.contains("staff_number"));
        SEKIMORI_HOLDS(!row["name"].get_ref<const std::string&>().empty());
        SEKIMORI_HOLDS(parse_json(write_json(row)).is_object());
    }
    return 0;
}
