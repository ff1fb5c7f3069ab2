// SPDX-License-Identifier: Apache-2.0
// How a command ends when it does not end well: what the person is told, and the exit code.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace sekimori::admin {

// contract.md, "The command".
enum class Exit : int { done = 0, refused = 1, usage = 2, unreachable = 3 };

struct Failure {
    Exit exit{Exit::refused};
    std::string code;     // stable: core's ErrorCode or Reason by name, or "usage"
    std::string message;  // English here; translated where it is shown
    std::string hint;     // what to do about it; may be empty

    bool operator==(const Failure&) const = default;
};

template <class T>
using Outcome = tl::expected<T, Failure>;

[[nodiscard]] inline tl::unexpected<Failure> refuse(std::string code, std::string message, std::string hint = {}) {
    return tl::unexpected<Failure>(Failure{Exit::refused, std::move(code), std::move(message), std::move(hint)});
}
[[nodiscard]] inline tl::unexpected<Failure> misuse(std::string message, std::string hint = {}) {
    return tl::unexpected<Failure>(Failure{Exit::usage, "usage", std::move(message), std::move(hint)});
}
[[nodiscard]] tl::unexpected<Failure> unreachable(std::string message = {});
[[nodiscard]] tl::unexpected<Failure> cancelled();

// The broker's {"code","message","hint"}; anything else becomes `internal` with a text of our own.
[[nodiscard]] Failure failure_from_json(const std::string& text, Exit exit = Exit::refused);

// What the person reads. The broker's own words are English, with names in them that no catalogue has: where the
// language is another one, a sentence for the code stands before them.
[[nodiscard]] std::string told(const Failure& failure);

}  // namespace sekimori::admin
