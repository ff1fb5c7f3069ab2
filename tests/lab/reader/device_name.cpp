// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/reader/device_name.hpp"

#include <sys/un.h>

#include <charconv>
#include <optional>

namespace sekimori::lab {
namespace {

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

}  // namespace

Outcome<DeviceName> parse_device_name(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return failure("DEVICENAME lacks a colon");
    std::string_view rest = text.substr(colon + 1);

    DeviceName name;
    constexpr std::string_view timeout = ":timeout=";
    if (const std::size_t at = rest.rfind(timeout); at != std::string_view::npos) {
        const auto ms = number(rest.substr(at + timeout.size()));
        if (!ms || *ms == 0 || std::chrono::milliseconds{*ms} > kMaxAnswerTime)
            return failure("bad timeout in DEVICENAME");
        name.answer_time = std::chrono::milliseconds{*ms};
        rest = rest.substr(0, at);
    }

    if (rest.starts_with("fd=")) {
        const auto fd = number(rest.substr(3));
        if (!fd) return failure("bad descriptor in DEVICENAME");
        name.listener = InheritedListener{*fd};
        return name;
    }
    if (!rest.starts_with('/')) return failure("DEVICENAME needs fd=N or an absolute path after the colon");
    if (rest.size() >= sizeof(sockaddr_un::sun_path)) return failure("socket path in DEVICENAME is too long");
    name.listener = BindPath{std::string(rest)};
    return name;
}

}  // namespace sekimori::lab
