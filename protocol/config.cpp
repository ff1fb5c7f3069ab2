// SPDX-License-Identifier: Apache-2.0
#include "protocol/config.hpp"

#include <glib.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include "protocol/bus_address.hpp"

namespace sekimori {
namespace {

namespace fs = std::filesystem;

using KeyFile = std::unique_ptr<GKeyFile, decltype(&g_key_file_unref)>;
struct GFree {
    void operator()(void* memory) const noexcept { g_free(memory); }
};
using Text = std::unique_ptr<char, GFree>;

std::string user_name(uid_t uid) {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return "";
    return found->pw_name;
}

// One link on the way, followed; none: there is no link. weakly_canonical() leaves those that lead to nothing as they
// are, and what they lead to may come.
std::optional<fs::path> followed(const fs::path& path) {
    std::error_code error;
    fs::path walked;
    for (auto part = path.begin(); part != path.end(); ++part) {
        walked /= *part;
        if (!fs::is_symlink(fs::symlink_status(walked, error))) continue;
        fs::path whole = walked.parent_path() / fs::read_symlink(walked, error);
        while (++part != path.end()) whole /= *part;
        return whole;
    }
    return std::nullopt;
}

std::string resolved(const std::string& path) {
    constexpr int kMaxLinks = 40;  // as many as the kernel follows
    fs::path whole = path;
    for (int links = 0; links < kMaxLinks; ++links) {
        std::error_code error;
        whole = fs::weakly_canonical(whole, error);
        if (error) return path;
        auto next = followed(whole);
        if (!next) return whole.string();
        whole = std::move(*next);
    }
    return path;
}

bool below(std::string_view path, std::string_view directory) {
    return path == directory ||
           (path.starts_with(directory) && path.size() > directory.size() && path[directory.size()] == '/');
}

// One row per key: the only description of the file there is.
struct Key {
    const char* group;
    const char* name;
    std::function<bool(Config&, const std::string&)> set;
};

std::optional<std::uint32_t> number(const std::string& text, std::uint32_t least, std::uint32_t most) {
    guint64 value = 0;
    if (g_ascii_string_to_unsigned(text.c_str(), 10, least, most, &value, nullptr) == FALSE) return std::nullopt;
    return static_cast<std::uint32_t>(value);
}

auto seconds(Millis Limits::*member, std::uint32_t most) {
    return [=](Config& config, const std::string& text) {
        const auto value = number(text, 1, most);
        if (value) config.limits.*member = std::chrono::seconds{*value};
        return value.has_value();
    };
}
auto count(std::uint32_t Limits::*member, std::uint32_t most) {
    return [=](Config& config, const std::string& text) {
        const auto value = number(text, 1, most);
        if (value) config.limits.*member = *value;
        return value.has_value();
    };
}
auto names(std::vector<std::string> Config::*member, std::size_t most) {
    return [=](Config& config, const std::string& text) {
        auto& list = config.*member;
        list.clear();
        for (std::size_t start = 0; start < text.size();) {
            const std::size_t end = std::min(text.find(';', start), text.size());
            if (end > start) list.push_back(text.substr(start, end - start));
            start = end + 1;
        }
        return list.size() <= most;
    };
}
auto absolute(std::string Config::*member) {
    return [=](Config& config, const std::string& text) {
        if (!text.empty() && text.front() != '/') return false;
        config.*member = text;
        return true;
    };
}

const std::vector<Key>& keys() {
    static const std::vector<Key> table{
        {"paths", "state", absolute(&Config::state_dir)},
        {"paths", "run", absolute(&Config::run_dir)},
        {"paths", "workers", absolute(&Config::workers_dir)},
        {"devices", "readers", names(&Config::readers, 16)},
        {"card", "roots", absolute(&Config::roots)},
        {"card", "felica_keys", absolute(&Config::felica_keys)},
        {"audit", "witness",
         [](Config& config, const std::string& text) {
             config.witness = text;
             return text.empty() || text == "journal" || text.front() == '/';
         }},
        {"audit", "forward",
         [](Config& config, const std::string& text) {
             config.forward = text;
             return text.empty() || text == "journal" || text == "syslog";
         }},
        {"audit", "keep_years",
         [](Config& config, const std::string& text) {
             const auto value = number(text, 1, 100);
             if (value) config.keep_years = *value;
             return value.has_value();
         }},
        // Read by the fleet's agent; here it only has to be known.
        {"fleet", "server", [](Config&, const std::string& text) { return text.size() <= 512; }},
        {"fleet", "max_offline_hours",
         [](Config& config, const std::string& text) {
             const auto value = number(text, 1, kMaxOfflineHours);
             if (value) config.offline.most = std::chrono::hours{*value};
             return value.has_value();
         }},
        {"fleet", "past_max",
         [](Config& config, const std::string& text) {
             config.offline.past = text == "certificate" ? PastMax::certificate : PastMax::deny;
             return text == "deny" || text == "certificate";
         }},
        {"fleet", "certificate_hours",
         [](Config& config, const std::string& text) {
             const auto value = number(text, 0, kMaxOfflineHours);
             if (value) config.offline.certificate = std::chrono::hours{*value};
             return value.has_value();
         }},
        {"fleet", "suspend_per_hour",
         [](Config& config, const std::string& text) {
             const auto value = number(text, 1, 1000);
             if (value) config.help_desk.hour = static_cast<std::uint32_t>(*value);
             return value.has_value();
         }},
        {"fleet", "suspend_per_day",
         [](Config& config, const std::string& text) {
             const auto value = number(text, 1, 10'000);
             if (value) config.help_desk.day = static_cast<std::uint32_t>(*value);
             return value.has_value();
         }},
        {"ui", "lang",
         [](Config& config, const std::string& text) {
             config.language = text;
             return text == "en" || text == "ja";
         }},
        {"policy", "seed", absolute(&Config::policy_seed)},
        // The bounds keep one transaction well under the sensor's heat limit (docs/PROTOCOL.md) and every wait finite.
        {"limits", "card_seconds", seconds(&Limits::card, 300)},
        {"limits", "finger_seconds", seconds(&Limits::finger, 60)},
        {"limits", "pin_seconds", seconds(&Limits::pin, 300)},
        {"limits", "transaction_seconds", seconds(&Limits::transaction, 600)},
        {"limits", "failures", count(&Limits::failures, 20)},
        {"limits", "lockout_seconds", seconds(&Limits::lockout, 3600)},
        {"limits", "lockout_max_seconds", seconds(&Limits::lockout_max, 86400)},
        {"limits", "finger_tries", count(&Limits::finger_tries, 3)},
        {"limits", "lock_seconds", seconds(&Limits::lock, 60)},
        {"limits", "challenge_seconds", seconds(&Limits::challenge, 60)},
        {"session", "lockers", names(&Config::lockers, 16)},
        {"session", "lockd",
         [](Config& config, const std::string& text) {
             config.lockd = text == "absent" ? LockdRule::absent : LockdRule::required;
             return text == "absent" || text == "required";
         }},
        {"lab", "enabled",
         [](Config& config, const std::string& text) {
             config.lab = text == "true" ? LabMode::on : LabMode::off;
             return text == "true" || text == "false";
         }},
        {"lab", "user",
         [](Config& config, const std::string& text) {
             config.lab_user = text == "proves" ? LabUser::proves : LabUser::administers;
             return text == "administers" || text == "proves";
         }},
    };
    return table;
}

constexpr std::size_t kMaxFile = std::size_t{64} * 1024;

Result<std::string> content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text(kMaxFile + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad()) {
        std::error_code unknown;  // a path that can't be followed is not one that isn't there
        const bool absent = !fs::exists(path, unknown) && !unknown;
        return fail(absent ? ErrorCode::not_found : ErrorCode::malformed, path + " can't be read");
    }
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxFile) return fail(ErrorCode::too_large, path + " is too large");
    // GLib would take the text up to there, and leave the rest out.
    if (text.find('\0') != std::string::npos) return fail(ErrorCode::malformed, path + " holds a NUL");
    return text;
}

Status merge(const std::string& path, Config& config) {
    const auto text = content_of(path);
    if (!text) return tl::unexpected<Error>(text.error());
    const KeyFile file(g_key_file_new(), g_key_file_unref);
    GError* error = nullptr;
    // With its translations ("key[ja]"): else those of other languages would be left out in silence.
    if (g_key_file_load_from_data(file.get(), text->c_str(), text->size(), G_KEY_FILE_KEEP_TRANSLATIONS, &error) ==
        FALSE) {
        const std::string why = error != nullptr ? error->message : "unreadable";
        g_clear_error(&error);
        return fail(ErrorCode::malformed, path + ": " + why);
    }
    const std::unique_ptr<gchar*, decltype(&g_strfreev)> groups(g_key_file_get_groups(file.get(), nullptr), g_strfreev);
    for (gchar** group = groups.get(); *group != nullptr; ++group) {
        if (std::none_of(keys().begin(), keys().end(),
                         [&](const Key& k) { return std::string_view(k.group) == *group; }))
            return fail(ErrorCode::malformed, path + ": [" + *group + "] is not a group");
        const std::unique_ptr<gchar*, decltype(&g_strfreev)> names(
            g_key_file_get_keys(file.get(), *group, nullptr, nullptr), g_strfreev);
        for (gchar** name = names.get(); name != nullptr && *name != nullptr; ++name) {
            const Text value(g_key_file_get_string(file.get(), *group, *name, nullptr));
            const auto& table = keys();
            const auto key = std::find_if(table.begin(), table.end(), [&](const Key& k) {
                return std::string_view(k.group) == *group && std::string_view(k.name) == *name;
            });
            const std::string where = path + ": [" + *group + "] " + *name;
            if (key == table.end()) return fail(ErrorCode::malformed, where + " is not a key");
            if (!value || !key->set(config, value.get()))
                return fail(ErrorCode::malformed, where + " has a wrong value");
        }
    }
    return {};
}

LabFacts facts_of(const Config& config, const std::vector<std::string>& parts) {
    LabFacts facts;
    struct stat info {};
    facts.euid = geteuid();
    facts.euid_name = user_name(facts.euid);
    const std::string path = resolved(config.path);
    facts.directory = fs::path(path).parent_path().string();
    facts.file_owner = stat(path.c_str(), &info) == 0 ? info.st_uid : static_cast<uid_t>(-1);
    facts.directory_owner = stat(facts.directory.c_str(), &info) == 0 ? info.st_uid : static_cast<uid_t>(-2);
    for (const std::string& part : parts)
        facts.part_owners.push_back(stat(part.c_str(), &info) == 0 ? info.st_uid : static_cast<uid_t>(-1));
    facts.file_owner_name = user_name(facts.file_owner);
    if (const char* bus = getenv("DBUS_SYSTEM_BUS_ADDRESS"); bus != nullptr) facts.bus_address = bus;
    for (const std::string& socket : bus_sockets(facts.bus_address).value_or(std::vector<std::string>{}))
        facts.buses.push_back(resolved(socket));
    for (const std::string& used : {config.path, config.state_dir, config.run_dir, config.workers_dir})
        facts.paths.push_back(resolved(used));
    return facts;
}

}  // namespace

Status lab_rule(const LabFacts& facts) {
    const auto no = [](const std::string& why) { return fail(ErrorCode::refused, "lab mode refused: " + why); };
    if (facts.euid_name == "sekimori" || facts.file_owner_name == "sekimori")
        return no("this is the production account");
    if (facts.file_owner != facts.directory_owner)
        return no("the configuration and its directory have different owners");
    // A worker may run under an account of its own; the configuration then belongs to the lab's broker, never to root.
    if (facts.file_owner != facts.euid && facts.file_owner == 0) return no("the configuration belongs to root");
    if (std::any_of(facts.part_owners.begin(), facts.part_owners.end(),
                    [&](uid_t owner) { return owner != facts.file_owner; }))
        return no("a part of the configuration has another owner");
    if (facts.bus_address.empty()) return no("the system bus is in use");
    if (facts.buses.empty()) return no("DBUS_SYSTEM_BUS_ADDRESS is not plainly the path of a unix socket");
    for (const std::string& bus : facts.buses)
        if (bus == facts.directory || !below(bus, facts.directory))
            return no("the bus at " + bus + " is not in the directory of the configuration");
    for (const char* directory : {"/run", "/etc", "/var/lib", "/var/run"})
        for (const std::string& path : facts.paths)
            if (below(path, directory)) return no(path + " is a path of the production system");
    return {};
}

Result<Config> load_config(const std::string& path) {
    Config config;
    config.path = path;
    if (auto status = merge(path, config); !status) return tl::unexpected<Error>(status.error());
    std::vector<std::string> parts;
    std::error_code error;
    for (fs::directory_iterator it(fs::path(path).parent_path() / "conf.d", error), end; !error && it != end;
         it.increment(error))
        if (it->path().extension() == ".conf") parts.push_back(it->path().string());
    // What an administrator wrote there must not be left out in silence.
    if (error && error != std::errc::no_such_file_or_directory)
        return fail(ErrorCode::io, (fs::path(path).parent_path() / "conf.d").string() + ": " + error.message());
    std::sort(parts.begin(), parts.end());
    for (const std::string& part : parts)
        if (auto status = merge(part, config); !status) return tl::unexpected<Error>(status.error());
    if (config.lockd == LockdRule::absent && config.lab == LabMode::off)
        return fail(ErrorCode::refused,
                    "[session] lockd=absent: only a laboratory opens sessions that nobody can lock");
    if (config.lab == LabMode::on)
        if (auto status = lab_rule(facts_of(config, parts)); !status) return tl::unexpected<Error>(status.error());
    return config;
}

}  // namespace sekimori
