// SPDX-License-Identifier: Apache-2.0
#include "protocol/bus_address.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "core/ids.hpp"

namespace sekimori {
namespace {

constexpr std::size_t kMaxAddress = 4096;

// What may stand unescaped: [-0-9A-Za-z_/.\*].
bool plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_/.\\*").find(c) != std::string_view::npos;
}

std::optional<std::string> unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (plain(text[i])) {
            out += text[i];
            continue;
        }
        const auto byte = text[i] == '%' && text.size() - i > 2 ? from_hex<1>(text.substr(i + 1, 2)) : std::nullopt;
        if (!byte || (*byte)[0] == 0) return std::nullopt;
        out += static_cast<char>((*byte)[0]);
        i += 2;
    }
    return out;
}

// The part before `mark`, which is taken off `rest` with it.
std::string_view cut(std::string_view& rest, char mark) {
    const std::size_t at = std::min(rest.find(mark), rest.size());
    const std::string_view part = rest.substr(0, at);
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return part;
}

Result<std::string> socket_of(std::string_view alternative) {
    if (cut(alternative, ':') != "unix") return fail(ErrorCode::unsupported, "a bus address that is no unix socket");
    std::optional<std::string> path;
    while (!alternative.empty()) {
        std::string_view value = cut(alternative, ',');
        const std::string_view key = cut(value, '=');
        if (key == "guid") continue;
        if (key != "path" || path) return fail(ErrorCode::unsupported, "a bus address that is more than a path");
        path = unescape(value);
        if (!path) return fail(ErrorCode::malformed, "a bus address with a wrong escape");
    }
    if (!path || !path->starts_with('/')) return fail(ErrorCode::unsupported, "a bus address without a path");
    // "//x" is a path of its own to POSIX and the same one to Linux.
    const std::size_t root = path->find_first_not_of('/');
    return std::filesystem::path("/" + path->substr(std::min(root, path->size()))).lexically_normal().string();
}

}  // namespace

Result<std::vector<std::string>> bus_sockets(std::string_view address) {
    if (address.size() > kMaxAddress) return fail(ErrorCode::malformed, "a bus address that is too long");
    std::vector<std::string> paths;
    std::size_t alternatives = 1;
    for (const char c : address) alternatives += c == ';' ? 1U : 0U;
    for (; alternatives > 0; --alternatives) {
        auto path = socket_of(cut(address, ';'));
        if (!path) return tl::unexpected<Error>(path.error());
        paths.push_back(std::move(*path));
    }
    return paths;
}

}  // namespace sekimori
