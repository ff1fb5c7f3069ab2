// SPDX-License-Identifier: Apache-2.0
#include "pam_module/options.hpp"

#include <sys/un.h>

#include <optional>
#include <string_view>

namespace sekimori::pam {
namespace {

// wire::Intent::administer is the command's own and no stack's.
std::optional<wire::Intent> intent_of(std::string_view name) {
    if (name == "login") return wire::Intent::login;
    if (name == "unlock") return wire::Intent::unlock;
    if (name == "elevate") return wire::Intent::elevate;
    if (name == "boot") return wire::Intent::boot;
    if (name == "application") return wire::Intent::application;
    return std::nullopt;
}

std::optional<std::string_view> value_of(std::string_view argument, std::string_view key) {
    if (!argument.starts_with(key)) return std::nullopt;
    return argument.substr(key.size());
}

bool take(std::string_view argument, Options& options) {
    if (argument == "observe") {
        options.trial = wire::Trial::observe;
        return true;
    }
    if (const auto name = value_of(argument, "intent=")) {
        const auto intent = intent_of(*name);
        if (intent) options.intent = intent;
        return intent.has_value();
    }
    if (const auto path = value_of(argument, "socket=")) {
        if (!path->starts_with('/') || path->size() >= sizeof(sockaddr_un::sun_path)) return false;
        options.socket = *path;
        return true;
    }
    if (const auto language = value_of(argument, "lang=")) {
        if (*language != "en" && *language != "ja") return false;
        options.language = *language == "ja" ? Language::ja : Language::en;
        return true;
    }
    return false;
}

}  // namespace

Result<Options> parse_options(std::span<const char* const> arguments) {
    Options options;
    for (const char* argument : arguments) {
        if (argument == nullptr || !take(argument, options))
            return fail(ErrorCode::invalid_argument, std::string("bad option: ") + (argument ? argument : ""));
    }
    return options;
}

}  // namespace sekimori::pam
