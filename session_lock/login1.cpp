// SPDX-License-Identifier: Apache-2.0
#include "session_lock/login1.hpp"

#include <signal.h>

#include <string_view>

#include "event/log.hpp"
#include "session_lock/login1_properties.hpp"

namespace sekimori::lockd {
namespace {

constexpr const char* kName = "org.freedesktop.login1";
constexpr const char* kPath = "/org/freedesktop/login1";
constexpr const char* kManager = "org.freedesktop.login1.Manager";
constexpr const char* kSession = "org.freedesktop.login1.Session";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
constexpr std::string_view kNoSession = "org.freedesktop.login1.NoSuchSession";
constexpr std::string_view kNoUser = "org.freedesktop.login1.NoSuchUser";
constexpr std::uint64_t kReplyLimitUsec = 1'000'000;

// nullptr: it failed, and the name of the error.
using Reply = std::function<void(sd_bus_message*, std::string_view error)>;

int on_reply(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
    const std::unique_ptr<Reply> reply(static_cast<Reply*>(data));
    if (sd_bus_message_is_method_error(message, nullptr) > 0) {
        const sd_bus_error* error = sd_bus_message_get_error(message);
        log_info("logind says no: {}", error != nullptr && error->message != nullptr ? error->message : "");
        (*reply)(nullptr, error != nullptr && error->name != nullptr ? error->name : "");
    } else {
        (*reply)(message, "");
    }
    return 0;
}

struct UnrefMessage {
    void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, UnrefMessage>;

// A call to be filled in.
Message method(sd_bus* bus, const char* path, const char* interface, const char* member) {
    sd_bus_message* call = nullptr;
    if (sd_bus_message_new_method_call(bus, &call, kName, path, interface, member) < 0) return nullptr;
    return Message(call);
}

void send(sd_bus* bus, const Message& call, Reply reply) {
    auto held = std::make_unique<Reply>(std::move(reply));
    if (call && sd_bus_call_async(bus, nullptr, call.get(), on_reply, held.get(), kReplyLimitUsec) >= 0) {
        (void)held.release();  // on_reply is called exactly once: an answer, an error or the time limit
        return;
    }
    (*held)(nullptr, "");
}

void nothing(sd_bus_message*, std::string_view) {}

}  // namespace

Result<std::unique_ptr<Login1>> Login1::open(Loop& loop, Handlers handlers, std::function<void()> lost) {
    std::unique_ptr<Login1> made(new Login1(std::move(handlers), std::move(lost)));
    if (sd_bus_open_system(&made->bus_) < 0 || sd_bus_attach_event(made->bus_, loop.get(), 0) < 0)
        return fail(ErrorCode::unavailable, "no system bus");
    if (auto subscribed = made->subscribe(); !subscribed) return tl::unexpected<Error>(subscribed.error());
    return made;
}

Login1::~Login1() { sd_bus_flush_close_unref(bus_); }

Status Login1::subscribe() {
    const auto match = [this](const char* rule, sd_bus_message_handler_t handler) {
        return sd_bus_add_match(bus_, nullptr, rule, handler, this) >= 0;
    };
    const bool all =
        match(
            "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.DBus.Properties',"
            "member='PropertiesChanged',path_namespace='/org/freedesktop/login1/session'",
            on_changed) &&
        match("type='signal',sender='org.freedesktop.login1',member='SessionRemoved'", on_removed) &&
        match("type='signal',sender='org.freedesktop.login1',member='UserRemoved'", on_user_removed) &&
        match("type='signal',sender='org.freedesktop.login1',member='PrepareForSleep'", on_sleep) &&
        match("type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.login1'",
              on_owner) &&
        match(
            "type='signal',sender='org.freedesktop.DBus.Local',path='/org/freedesktop/DBus/Local',"
            "interface='org.freedesktop.DBus.Local',member='Disconnected'",
            on_disconnected);
    return all ? Status{} : fail(ErrorCode::unavailable, "logind's signals can't be subscribed to");
}

// ---- signals

int Login1::on_changed(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
    if (const char* path = sd_bus_message_get_path(message); path != nullptr)
        static_cast<Login1*>(data)->handlers_.changed(path);
    return 0;
}
int Login1::on_removed(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
    const char* id = nullptr;
    if (sd_bus_message_read(message, "s", &id) > 0) static_cast<Login1*>(data)->handlers_.removed(id);
    return 0;
}
int Login1::on_user_removed(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
    std::uint32_t uid = 0;
    if (sd_bus_message_read(message, "u", &uid) > 0) static_cast<Login1*>(data)->handlers_.user_removed(uid);
    return 0;
}
int Login1::on_sleep(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
    int before = 1;
    if (sd_bus_message_read(message, "b", &before) > 0 && before == 0) static_cast<Login1*>(data)->handlers_.slept();
    return 0;
}
int Login1::on_owner(sd_bus_message* message, void* data, sd_bus_error*) noexcept {
    const char* name = nullptr;
    const char* before = nullptr;
    const char* now = nullptr;
    if (sd_bus_message_read(message, "sss", &name, &before, &now) > 0 && !std::string_view(now).empty())
        static_cast<Login1*>(data)->handlers_.changed("");
    return 0;
}
int Login1::on_disconnected(sd_bus_message*, void* data, sd_bus_error*) noexcept {
    static_cast<Login1*>(data)->lost_();
    return 0;
}

// ---- questions

void Login1::find(const std::string& id, std::function<void(Seen)> done) {
    const Message call = method(bus_, kPath, kManager, "GetSession");
    if (call) (void)sd_bus_message_append(call.get(), "s", id.c_str());
    send(bus_, call, [this, done = std::move(done)](sd_bus_message* answer, std::string_view error) {
        const char* path = nullptr;
        if (answer != nullptr && sd_bus_message_read(answer, "o", &path) > 0) return read(path, done);
        done(tl::unexpected<Unseen>(error == kNoSession ? Unseen::gone : Unseen::no_answer));
    });
}

// That it can't be read may mean that it went a moment ago: whoever asked asks again for it.
void Login1::read(const std::string& path, std::function<void(Seen)> done) {
    const Message call = method(bus_, path.c_str(), kProperties, "GetAll");
    if (call) (void)sd_bus_message_append(call.get(), "s", kSession);
    send(bus_, call, [path, done = std::move(done)](sd_bus_message* answer, std::string_view) {
        auto view = answer != nullptr ? parse_session(answer) : std::nullopt;
        if (!view) return done(tl::unexpected<Unseen>(Unseen::no_answer));
        view->path = path;
        done(std::move(*view));
    });
}

void Login1::class_on_seat(const std::string& seat, std::function<void(std::string)> done) {
    if (seat.size() < 2) return done("");
    const Message call = method(bus_, seat.c_str(), kProperties, "Get");
    if (call) (void)sd_bus_message_append(call.get(), "ss", "org.freedesktop.login1.Seat", "ActiveSession");
    send(bus_, call, [this, done = std::move(done)](sd_bus_message* answer, std::string_view) {
        const char* id = nullptr;
        const char* path = nullptr;
        if (answer == nullptr || sd_bus_message_enter_container(answer, SD_BUS_TYPE_VARIANT, "(so)") <= 0 ||
            sd_bus_message_read(answer, "(so)", &id, &path) <= 0 || std::string_view(path) == "/")
            return done("");
        const Message next = method(bus_, path, kProperties, "Get");
        if (next) (void)sd_bus_message_append(next.get(), "ss", kSession, "Class");
        send(bus_, next, [done](sd_bus_message* said, std::string_view) {
            const char* name = nullptr;
            if (said == nullptr || sd_bus_message_read(said, "v", "s", &name) <= 0) return done("");
            done(name);
        });
    });
}

void Login1::list(std::function<void(std::optional<std::vector<Listed>>)> done) {
    send(bus_, method(bus_, kPath, kManager, "ListSessions"),
         [done = std::move(done)](sd_bus_message* answer, std::string_view) {
             if (answer == nullptr || sd_bus_message_enter_container(answer, SD_BUS_TYPE_ARRAY, "(susso)") <= 0)
                 return done(std::nullopt);
             std::vector<Listed> sessions;
             const char* id = nullptr;
             std::uint32_t uid = 0;
             while (sd_bus_message_read(answer, "(susso)", &id, &uid, nullptr, nullptr, nullptr) > 0)
                 sessions.push_back({id, uid});
             done(std::move(sessions));
         });
}

void Login1::user_known(uid_t uid, std::function<void(bool)> done) {
    const Message call = method(bus_, kPath, kManager, "GetUser");
    if (call) (void)sd_bus_message_append(call.get(), "u", static_cast<std::uint32_t>(uid));
    send(bus_, call, [done = std::move(done)](sd_bus_message* answer, std::string_view error) {
        done(answer != nullptr || error != kNoUser);
    });
}

// ---- acts

void Login1::lock(const std::string& id) {
    const Message call = method(bus_, kPath, kManager, "LockSession");
    if (call) (void)sd_bus_message_append(call.get(), "s", id.c_str());
    send(bus_, call, nothing);
}
void Login1::terminate(const std::string& id) {
    const Message call = method(bus_, kPath, kManager, "TerminateSession");
    if (call) (void)sd_bus_message_append(call.get(), "s", id.c_str());
    send(bus_, call, nothing);
}
void Login1::kill(const std::string& id) {
    const Message call = method(bus_, kPath, kManager, "KillSession");
    if (call) (void)sd_bus_message_append(call.get(), "ssi", id.c_str(), "all", SIGKILL);
    send(bus_, call, nothing);
}
void Login1::terminate_user(uid_t uid) {
    const Message call = method(bus_, kPath, kManager, "TerminateUser");
    if (call) (void)sd_bus_message_append(call.get(), "u", static_cast<std::uint32_t>(uid));
    send(bus_, call, nothing);
}

}  // namespace sekimori::lockd
