// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "tests/lab/bytes.hpp"

namespace sekimori::lab {

/// How long a card may take over one answer. Past it the reader reports a communication error, so pcscd never hangs on
/// a card.
inline constexpr std::chrono::milliseconds kDefaultAnswerTime{10'000};
inline constexpr std::chrono::milliseconds kMaxAnswerTime{120'000};

struct BindPath {
    std::string path;
};
struct InheritedListener {
    int fd = -1;
};

/// What the DEVICENAME line of reader.conf asks for:
///   /dev/null:PATH[:timeout=MS]    bind a socket at PATH (absolute)
///   /dev/null:fd=N[:timeout=MS]    use the inherited listening descriptor N
/// The part before the colon must exist, pcscd checks it; it is not used.
struct DeviceName {
    std::variant<BindPath, InheritedListener> listener;
    std::chrono::milliseconds answer_time = kDefaultAnswerTime;
};

Outcome<DeviceName> parse_device_name(std::string_view text);

}  // namespace sekimori::lab
