// SPDX-License-Identifier: Apache-2.0
// Answers and refusals of the administration's verbs, and the reading of their arguments (docs/PROTOCOL-COMMANDS.md).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/transaction.hpp"

namespace sekimori::daemon {

using Json = nlohmann::json;

// `code`: a name of ErrorCode or of Reason. English; the command translates what it knows.
struct Refusal {
    std::string code, message, hint;
    [[nodiscard]] Json json() const { return {{"code", code}, {"message", message}, {"hint", hint}}; }
};
using Reply = tl::expected<Json, Refusal>;

[[nodiscard]] tl::unexpected<Refusal> refuse(ErrorCode code, std::string message, std::string hint = "");
[[nodiscard]] tl::unexpected<Refusal> refuse(const Error& error);
[[nodiscard]] tl::unexpected<Refusal> refuse(const Denied& denied);

// Reads one JSON object; the first problem is kept and everything after it answers with defaults.
class Arguments {
  public:
    explicit Arguments(std::string_view text);
    [[nodiscard]] std::string text(const char* key, std::size_t max = 256);
    [[nodiscard]] std::optional<std::string> optional_text(const char* key, std::size_t max = 256);
    [[nodiscard]] std::optional<std::uint64_t> optional_number(const char* key, std::uint64_t least,
                                                               std::uint64_t most);
    [[nodiscard]] std::uint64_t number(const char* key, std::uint64_t least, std::uint64_t most);
    [[nodiscard]] bool flag(const char* key);  // absent: false
    [[nodiscard]] std::vector<std::string> texts(const char* key);
    [[nodiscard]] Json list(const char* key, std::size_t max);
    [[nodiscard]] Json object(const char* key);
    [[nodiscard]] bool has(const char* key) const { return json_.is_object() && json_.contains(key); }
    // The first problem, an argument that nobody read included. Call it when everything was read.
    [[nodiscard]] std::optional<Refusal> problem();

  private:
    const Json* find(const char* key);
    void bad(const std::string& what);
    Json json_;
    std::vector<std::string> read_;
    std::optional<Refusal> problem_;
};

// RFC 3339, UTC, milliseconds.
[[nodiscard]] std::string time_text(Millis wall);
[[nodiscard]] Json time_or_null(Millis wall);
[[nodiscard]] std::optional<Millis> parse_time(const std::string& text);

}  // namespace sekimori::daemon
