// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/logind/stand_in.hpp"

#include <glib-unix.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "tests/lab/logind/interface.hpp"

namespace sekimori::lab::logind {
namespace {

constexpr const char* kPath = "/org/freedesktop/login1";
constexpr const char* kSeat = "/org/freedesktop/login1/seat/seat0";
constexpr const char* kUnit = "/org/freedesktop/systemd1/unit/getty";
constexpr const char* kManager = "org.freedesktop.login1.Manager";
constexpr const char* kSession = "org.freedesktop.login1.Session";
constexpr const char* kControl = "org.sekimori.Lab1.Logind";

std::string user_path(uid_t uid) { return "/org/freedesktop/login1/user/_" + std::to_string(uid); }

pid_t parent_of(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("PPid:")) return static_cast<pid_t>(std::strtol(line.c_str() + 5, nullptr, 10));
    return 0;
}

void refuse(GDBusMethodInvocation* call, const char* name, const char* text) {
    g_dbus_method_invocation_return_dbus_error(call, name, text);
}
void no_session(GDBusMethodInvocation* call) {
    refuse(call, "org.freedesktop.login1.NoSuchSession", "No such session");
}
void done(GDBusMethodInvocation* call) { g_dbus_method_invocation_return_value(call, nullptr); }

}  // namespace

StandIn::StandIn(GDBusConnection* bus) : bus_(bus), node_(g_dbus_node_info_new_for_xml(kInterfaces, nullptr)) {
    for (const auto& [path, interface] : {std::pair{kPath, kManager},
                                          {kPath, kControl},
                                          {kSeat, "org.freedesktop.login1.Seat"},
                                          {"/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"},
                                          {kUnit, "org.freedesktop.systemd1.Unit"}})
        objects_.push_back(export_at(path, interface));
}

StandIn::~StandIn() {
    for (const guint object : objects_) g_dbus_connection_unregister_object(bus_, object);
    for (const Session& session : sessions_) g_dbus_connection_unregister_object(bus_, session.object);
    for (const Process& process : processes_) g_source_remove(process.watch);
    g_dbus_node_info_unref(node_);
}

guint StandIn::export_at(const char* path, const char* interface) {
    static const GDBusInterfaceVTable table{on_call, on_get, nullptr, {}};
    return g_dbus_connection_register_object(bus_, path, g_dbus_node_info_lookup_interface(node_, interface), &table,
                                             this, nullptr, nullptr);
}

// ---- what is asked

void StandIn::on_call(GDBusConnection*, const char*, const char* path, const char* interface, const char* method,
                      GVariant* arguments, GDBusMethodInvocation* call, gpointer self) noexcept {
    auto& stand_in = *static_cast<StandIn*>(self);
    const std::string name(interface);
    if (name == kManager) return stand_in.manager(method, arguments, call);
    if (name == kControl) return stand_in.control(method, arguments, call);
    if (name == "org.freedesktop.systemd1.Manager")  // whoever has no session sits at the console
        return g_dbus_method_invocation_return_value(call, g_variant_new("(o)", kUnit));
    if (Session* session = stand_in.at_path(path)) return stand_in.session_call(*session, method, arguments, call);
    no_session(call);
}

void StandIn::manager(const std::string& method, GVariant* arguments, GDBusMethodInvocation* call) {
    if (method == "ListSessions") {
        GVariantBuilder list;
        g_variant_builder_init(&list, G_VARIANT_TYPE("a(susso)"));
        for (const Session& session : sessions_)
            g_variant_builder_add(&list, "(susso)", session.id.c_str(), session.uid, "user", "seat0",
                                  session.path().c_str());
        return g_dbus_method_invocation_return_value(call, g_variant_new("(a(susso))", &list));
    }
    if (method == "GetSessionByPID" || method == "GetUser" || method == "TerminateUser") {
        guint32 number = 0;
        g_variant_get(arguments, "(u)", &number);
        if (method == "GetSessionByPID") {
            const Session* session = of_process(static_cast<pid_t>(number));
            if (session == nullptr)
                return refuse(call, "org.freedesktop.login1.NoSessionForPID", "no session for that process");
            return g_dbus_method_invocation_return_value(call, g_variant_new("(o)", session->path().c_str()));
        }
        if (!has_processes(number)) return refuse(call, "org.freedesktop.login1.NoSuchUser", "No such user");
        if (method == "GetUser")
            return g_dbus_method_invocation_return_value(call, g_variant_new("(o)", user_path(number).c_str()));
        for (const Process& process : processes_)
            if (process.uid == number) kill(process.pid, SIGKILL);
        return done(call);
    }
    const char* id = nullptr;
    g_variant_get_child(arguments, 0, "&s", &id);
    Session* session = find(id);
    if (session == nullptr) return no_session(call);
    if (method == "GetSession")
        return g_dbus_method_invocation_return_value(call, g_variant_new("(o)", session->path().c_str()));
    if (method == "LockSession") emit(session->path().c_str(), kSession, "Lock", nullptr);
    if (method == "UnlockSession") emit(session->path().c_str(), kSession, "Unlock", nullptr);
    if (method == "TerminateSession") terminate(*session, SIGTERM);
    if (method == "KillSession") terminate(*session, SIGKILL);
    done(call);
}

void StandIn::session_call(Session& session, const std::string& method, GVariant* arguments,
                           GDBusMethodInvocation* call) {
    gboolean on = FALSE;
    g_variant_get(arguments, "(b)", &on);
    const bool hint = method == "SetLockedHint";
    (hint ? session.locked : session.idle) = on != FALSE;
    changed(session, hint ? "LockedHint" : "IdleHint");
    done(call);
}

void StandIn::control(const std::string& method, GVariant* arguments, GDBusMethodInvocation* call) {
    guint32 uid = 0;
    guint32 pid = 0;
    const char* text = nullptr;
    const char* kind = nullptr;
    if (method == "CreateSession") {
        g_variant_get(arguments, "(uu&s&s)", &uid, &pid, &text, &kind);
        const std::string id = create(uid, static_cast<pid_t>(pid), text, kind);
        return g_dbus_method_invocation_return_value(call, g_variant_new("(s)", id.c_str()));
    }
    if (method == "SetActive") {
        g_variant_get(arguments, "(&s)", &text);
        activate(text);
    }
    if (method == "AddProcess") {
        g_variant_get(arguments, "(uu)", &uid, &pid);
        add_process(uid, static_cast<pid_t>(pid), "");
    }
    if (method == "Sleep") {
        emit(kPath, kManager, "PrepareForSleep", g_variant_new("(b)", TRUE));
        emit(kPath, kManager, "PrepareForSleep", g_variant_new("(b)", FALSE));
    }
    done(call);
}

GVariant* StandIn::on_get(GDBusConnection*, const char*, const char* path, const char* interface, const char* name,
                          GError** error, gpointer self) noexcept {
    auto& stand_in = *static_cast<StandIn*>(self);
    if (std::string_view(interface) == "org.freedesktop.systemd1.Unit")
        return g_variant_new_string("getty@tty1.service");
    if (std::string_view(interface) == "org.freedesktop.login1.Seat") {
        for (const Session& session : stand_in.sessions_)
            if (session.active) return g_variant_new("(so)", session.id.c_str(), session.path().c_str());
        return g_variant_new("(so)", "", "/");
    }
    if (const Session* session = stand_in.at_path(path)) return stand_in.session_property(*session, name);
    g_set_error_literal(error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT, "no such session");
    return nullptr;
}

GVariant* StandIn::session_property(const Session& session, const std::string& name) const {
    if (name == "Id") return g_variant_new_string(session.id.c_str());
    if (name == "User") return g_variant_new("(uo)", session.uid, user_path(session.uid).c_str());
    if (name == "Seat") return g_variant_new("(so)", "seat0", kSeat);
    if (name == "Type") return g_variant_new_string(session.type.c_str());
    if (name == "Class") return g_variant_new_string(session.kind.c_str());
    if (name == "TTY") return g_variant_new_string(session.type == "tty" ? "tty1" : "");
    if (name == "Service") return g_variant_new_string("login");
    if (name == "Leader") return g_variant_new_uint32(static_cast<guint32>(session.leader));
    if (name == "Active") return g_variant_new_boolean(session.active ? TRUE : FALSE);
    if (name == "LockedHint") return g_variant_new_boolean(session.locked ? TRUE : FALSE);
    if (name == "IdleHint") return g_variant_new_boolean(session.idle ? TRUE : FALSE);
    return g_variant_new_boolean(FALSE);  // Remote
}

// ---- what becomes of it

StandIn::Session* StandIn::find(const std::string& id) {
    const auto at = std::find_if(sessions_.begin(), sessions_.end(), [&](const Session& s) { return s.id == id; });
    return at == sessions_.end() ? nullptr : &*at;
}
StandIn::Session* StandIn::at_path(const std::string& path) {
    const auto at =
        std::find_if(sessions_.begin(), sessions_.end(), [&](const Session& s) { return s.path() == path; });
    return at == sessions_.end() ? nullptr : &*at;
}
StandIn::Session* StandIn::of_process(pid_t pid) {
    for (pid_t at = pid; at > 1; at = parent_of(at))
        for (Session& session : sessions_)
            if (session.leader == at) return &session;
    return nullptr;
}

std::string StandIn::create(uid_t uid, pid_t leader, const char* type, const char* kind) {
    Session& session = sessions_.emplace_back(Session{std::to_string(next_++), type, kind, uid, leader});
    session.object = export_at(session.path().c_str(), kSession);
    std::string id = session.id;
    add_process(uid, leader, id);
    emit(kPath, kManager, "SessionNew", g_variant_new("(so)", id.c_str(), session.path().c_str()));
    activate(id);
    return id;
}

void StandIn::add_process(uid_t uid, pid_t pid, std::string session) {
    Process& process = processes_.emplace_back(
        Process{uid, pid, UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))), 0, std::move(session)});
    process.watch = g_unix_fd_add(process.pidfd.get(), G_IO_IN, on_process_end, this);
}

gboolean StandIn::on_process_end(gint fd, GIOCondition, gpointer self) noexcept {
    auto& stand_in = *static_cast<StandIn*>(self);
    const auto at = std::find_if(stand_in.processes_.begin(), stand_in.processes_.end(),
                                 [&](const Process& process) { return process.pidfd.get() == fd; });
    if (at == stand_in.processes_.end()) return G_SOURCE_REMOVE;
    const std::string session = at->session;
    const uid_t uid = at->uid;
    stand_in.processes_.erase(at);
    if (!session.empty()) stand_in.remove(session);
    stand_in.leave(uid);
    return G_SOURCE_REMOVE;
}

void StandIn::activate(const std::string& id) {
    for (Session& session : sessions_) {
        const bool active = session.id == id;
        if (std::exchange(session.active, active) != active) changed(session, "Active");
    }
}

void StandIn::terminate(Session& session, int signal) {
    session.ending = true;
    kill(session.leader, signal);
}

void StandIn::remove(const std::string& id) {
    const Session* session = find(id);
    if (session == nullptr) return;
    const std::string path = session->path();
    g_dbus_connection_unregister_object(bus_, session->object);
    std::erase_if(sessions_, [&](const Session& one) { return one.id == id; });
    emit(kPath, kManager, "SessionRemoved", g_variant_new("(so)", id.c_str(), path.c_str()));
}

bool StandIn::has_processes(uid_t uid) const {
    return std::any_of(processes_.begin(), processes_.end(), [&](const Process& one) { return one.uid == uid; });
}

void StandIn::leave(uid_t uid) {
    if (!has_processes(uid)) emit(kPath, kManager, "UserRemoved", g_variant_new("(uo)", uid, user_path(uid).c_str()));
}

void StandIn::changed(const Session& session, const char* property) {
    GVariantBuilder values;
    g_variant_builder_init(&values, G_VARIANT_TYPE("a{sv}"));
    g_variant_builder_add(&values, "{sv}", property, session_property(session, property));
    emit(session.path().c_str(), "org.freedesktop.DBus.Properties", "PropertiesChanged",
         g_variant_new("(sa{sv}as)", kSession, &values, nullptr));
}

void StandIn::emit(const char* path, const char* interface, const char* signal, GVariant* arguments) {
    g_dbus_connection_emit_signal(bus_, nullptr, path, interface, signal, arguments, nullptr);
}

}  // namespace sekimori::lab::logind
