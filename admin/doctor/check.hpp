// SPDX-License-Identifier: Apache-2.0
// What an examination finds.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sekimori::doctor {

enum class Status : std::uint8_t { ok, warn, fail };
[[nodiscard]] constexpr const char* name_of(Status status) noexcept {
    switch (status) {
        case Status::ok:
            return "ok";
        case Status::warn:
            return "warn";
        case Status::fail:
            break;
    }
    return "fail";
}

// English with {name}s, translated where it is shown.
struct Text {
    std::string english;
    std::vector<std::pair<std::string, std::string>> values;
};

// contract.md: {"id","status","service","path","message","fix"}.
struct Check {
    std::string id;  // stable, "pam.auth", "sudo.nopasswd", ...
    Status status{Status::fail};
    std::string service;            // "" where it concerns the machine
    std::vector<std::string> path;  // of a PAM finding: "file:line module → action"; else the places found
    Text message;
    Text fix;  // "" where nothing is to be done
};
using Checks = std::vector<Check>;

inline void append(Checks& checks, Checks more) {
    for (Check& check : more) checks.push_back(std::move(check));
}

}  // namespace sekimori::doctor
