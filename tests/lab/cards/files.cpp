// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/files.hpp"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sekimori::lab {

Outcome<Bytes> read_file(const std::string& path) {
    constexpr std::size_t limit = 1U << 20U;
    std::ifstream in(path, std::ios::binary);
    if (!in) return failure("cannot read " + path);
    Bytes content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (content.size() > limit) return failure(path + " is too large");
    return content;
}

Outcome<void> write_file(const std::string& path, ByteView content) {
    const std::string fresh = path + "." + std::to_string(::getpid()) + ".new";
    {
        std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
        std::copy(content.begin(), content.end(), std::ostreambuf_iterator<char>(out));
        out.flush();
        if (!out) return failure("cannot write " + path);
    }
    if (std::rename(fresh.c_str(), path.c_str()) != 0) return failure("cannot replace " + path);
    return {};
}

Outcome<Record> read_record(const std::string& path) {
    const auto content = read_file(path);
    if (!content) return tl::unexpected(content.error());
    std::istringstream in(std::string(content->begin(), content->end()));
    Record record;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.front() == '#') continue;
        const std::size_t equals = line.find('=');
        if (equals == std::string::npos) return failure(path + ": a line without '='");
        record[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return record;
}

Outcome<void> write_record(const std::string& path, const Record& record) {
    std::string text;
    for (const auto& [name, value] : record) text.append(name).append("=").append(value).append("\n");
    return write_file(path, text_bytes(text));
}

Outcome<std::string> field(const Record& record, const std::string& name) {
    const auto it = record.find(name);
    if (it == record.end()) return failure("the card's record lacks " + name);
    return it->second;
}

}  // namespace sekimori::lab
