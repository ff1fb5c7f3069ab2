// SPDX-License-Identifier: Apache-2.0
#include "admin/heads.hpp"

#include <algorithm>
#include <sstream>

#include "admin/files.hpp"

namespace sekimori::admin {
namespace {

constexpr std::size_t kMaxWitness = std::size_t{1} << 30;

bool is_hash(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

Outcome<std::vector<Head>> read_heads(const std::string& path) {
    const auto text = read_file(path, kMaxWitness);
    if (!text) return tl::unexpected<Failure>(text.error());
    const auto malformed = [&] {
        return refuse("malformed", path + ": no head of an audit trail",
                      "Keep the output of: sekimori audit verify --json");
    };
    std::vector<Head> heads;
    if (const Json kept = parse_json(*text); kept.is_object()) {
        const Json& head = at(kept, "head").is_object() ? at(kept, "head") : kept;
        heads.push_back({number_at(head, "seq"), text_at(head, "hash")});
    } else {
        std::istringstream lines(*text);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            Head head;
            if (!(words >> head.seq >> head.hash)) return malformed();
            heads.push_back(std::move(head));
        }
    }
    for (const Head& head : heads)
        if (head.seq <= 0 || !is_hash(head.hash)) return malformed();
    if (heads.empty()) return malformed();
    std::sort(heads.begin(), heads.end(), [](const Head& a, const Head& b) { return a.seq < b.seq; });
    return heads;
}

}  // namespace sekimori::admin
