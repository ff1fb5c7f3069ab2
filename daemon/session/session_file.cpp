// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/session_file.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

namespace sekimori::daemon {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxFile = std::size_t{1024} * 1024;

Json json_of(const StoredSession& stored) {
    const BoundSession& bound = stored.bound;
    Json json{{"id", bound.id},
              {"person", bound.person.hex()},
              {"card", bound.card.hex()},
              {"account", bound.account},
              {"service", bound.service},
              {"seat", bound.seat},
              {"since", bound.since.count()},
              {"leader", bound.leader},
              {"tap", stored.presence == Presence::tap},
              {"shared", stored.sharing == session::Sharing::shared},
              {"locker", stored.surface == session::Surface::locker},
              {"locked", stored.locked == WasLocked::yes}};
    if (bound.hold.by == HeldBy::card || !stored.fallback) return json;
    json["held"] = bound.hold.by == HeldBy::code ? "code" : "break-glass";
    json["statement"] = bound.hold.statement.hex();
    json["until"] = bound.hold.until.count();
    json["ends_at"] = stored.fallback->ends_at.count();
    return json;
}

std::optional<std::string> text(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}
std::optional<bool> flag(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_boolean()) return std::nullopt;
    return found->get<bool>();
}

std::optional<StoredSession> stored_of(const Json& object) {
    if (!object.is_object()) return std::nullopt;
    const auto id = text(object, "id");
    const auto person = PersonId::parse(text(object, "person").value_or(""));
    const auto card = CardId::parse(text(object, "card").value_or(""));
    const auto account = text(object, "account");
    const auto service = text(object, "service");
    const auto seat = text(object, "seat");
    const auto tap = flag(object, "tap");
    const auto shared = flag(object, "shared");
    const auto locker = flag(object, "locker");
    const auto locked = flag(object, "locked");
    const auto number = [&](const char* key) {
        return object.contains(key) && object[key].is_number_integer() ? object[key].get<std::int64_t>() : -1;
    };
    if (!id || !person || !card || !account || !service || !seat || !tap || !shared || !locker || !locked)
        return std::nullopt;
    StoredSession stored;
    stored.bound = {
        *id, *person, *card, *account, *service, *seat, Millis{number("since")}, static_cast<pid_t>(number("leader")),
        {}};
    stored.presence = *tap ? Presence::tap : Presence::hold;
    stored.sharing = *shared ? session::Sharing::shared : session::Sharing::personal;
    stored.surface = *locker ? session::Surface::locker : session::Surface::none;
    stored.locked = *locked ? WasLocked::yes : WasLocked::no;
    if (!object.contains("held")) return stored;
    const auto held = text(object, "held");
    const auto statement = StatementId::parse(text(object, "statement").value_or(""));
    const std::int64_t ends_at = number("ends_at");
    if (!held || (*held != "code" && *held != "break-glass") || !statement || ends_at < 0) return std::nullopt;
    stored.bound.hold = {*held == "code" ? HeldBy::code : HeldBy::break_glass, *statement, Millis{number("until")}};
    stored.fallback = session::Fallback{Millis{ends_at}};
    return stored;
}

Status write_all(int fd, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t size = ::write(fd, text.data() + done, text.size() - done);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return fail(errno == ENOSPC ? ErrorCode::full : ErrorCode::io, "the sessions can't be written");
        done += static_cast<std::size_t>(size);
    }
    return fsync(fd) == 0 ? Status{} : fail(ErrorCode::io, "the sessions can't be made durable");
}

}  // namespace

SessionFile::SessionFile(const std::string& directory, std::array<std::uint8_t, 16> boot)
    : path_(directory + "/sessions"), boot_(to_hex(boot)) {}

Status SessionFile::write(const std::vector<StoredSession>& sessions) const {
    if (sessions.empty())
        return unlink(path_.c_str()) == 0 || errno == ENOENT ? Status{}
                                                             : fail(ErrorCode::io, "the sessions can't be cleared");
    Json items = Json::array();
    for (const StoredSession& stored : sessions) items.push_back(json_of(stored));
    const std::string whole = Json{{"boot", boot_}, {"sessions", std::move(items)}}.dump() + "\n";
    const std::string fresh = path_ + ".new";
    const UniqueFd file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return fail(ErrorCode::io, "the sessions can't be written");
    if (auto written = write_all(file.get(), whole); !written) return written;
    return rename(fresh.c_str(), path_.c_str()) == 0 ? Status{} : fail(ErrorCode::io, "the sessions can't be written");
}

Result<std::vector<StoredSession>> SessionFile::read() const {
    std::vector<StoredSession> sessions;
    if (access(path_.c_str(), F_OK) != 0) return sessions;
    std::ifstream in(path_, std::ios::binary);
    if (!in) return fail(ErrorCode::io, path_ + " can't be read");
    const std::string whole((std::istreambuf_iterator<char>(in)), {});
    const Json json = whole.size() <= kMaxFile ? Json::parse(whole, nullptr, false) : Json();
    const auto boot = json.is_object() ? text(json, "boot") : std::nullopt;
    if (!boot || !json.contains("sessions") || !json["sessions"].is_array())
        return fail(ErrorCode::corrupt, path_ + " is not a list of sessions");
    if (*boot != boot_) return sessions;
    for (const Json& item : json["sessions"]) {
        auto stored = stored_of(item);
        if (!stored) return fail(ErrorCode::corrupt, path_ + " holds a session that can't be understood");
        sessions.push_back(std::move(*stored));
    }
    return sessions;
}

}  // namespace sekimori::daemon
