// SPDX-License-Identifier: Apache-2.0
#include <gio/gio.h>

#include <memory>

#include "daemon/auth/origin.hpp"

namespace sekimori::daemon {
namespace {

constexpr int kLimitMs = 1000;

struct Unref {
    void operator()(GVariant* value) const noexcept { g_variant_unref(value); }
    void operator()(GDBusConnection* bus) const noexcept { g_object_unref(bus); }
};
using Variant = std::unique_ptr<GVariant, Unref>;
using Bus = std::unique_ptr<GDBusConnection, Unref>;

constexpr const char* kLogin = "org.freedesktop.login1";
constexpr const char* kLoginPath = "/org/freedesktop/login1";
constexpr const char* kManager = "org.freedesktop.login1.Manager";
constexpr const char* kSession = "org.freedesktop.login1.Session";
constexpr const char* kSystemd = "org.freedesktop.systemd1";

Variant call(GDBusConnection* bus, const char* name, const char* path, const char* interface, const char* method,
             GVariant* arguments, const char* type) {
    // NO_AUTO_START: nothing is started only to be asked.
    return Variant(g_dbus_connection_call_sync(bus, name, path, interface, method, arguments, G_VARIANT_TYPE(type),
                                               G_DBUS_CALL_FLAGS_NO_AUTO_START, kLimitMs, nullptr, nullptr));
}

Variant property(GDBusConnection* bus, const char* name, const char* path, const char* interface, const char* what) {
    Variant reply =
        call(bus, name, path, "org.freedesktop.DBus.Properties", "Get", g_variant_new("(ss)", interface, what), "(v)");
    if (!reply) return nullptr;
    GVariant* inner = nullptr;
    g_variant_get(reply.get(), "(v)", &inner);
    return Variant(inner);
}

std::optional<SessionFacts> session_at(GDBusConnection* bus, const char* path) {
    const Variant id = property(bus, kLogin, path, kSession, "Id");
    const Variant user = property(bus, kLogin, path, kSession, "User");
    const Variant remote = property(bus, kLogin, path, kSession, "Remote");
    const Variant active = property(bus, kLogin, path, kSession, "Active");
    const Variant seat = property(bus, kLogin, path, kSession, "Seat");
    if (!id || !user || !remote || !active || !seat) return std::nullopt;
    if (!g_variant_is_of_type(id.get(), G_VARIANT_TYPE_STRING) ||
        !g_variant_is_of_type(user.get(), G_VARIANT_TYPE("(uo)")) ||
        !g_variant_is_of_type(remote.get(), G_VARIANT_TYPE_BOOLEAN) ||
        !g_variant_is_of_type(active.get(), G_VARIANT_TYPE_BOOLEAN) ||
        !g_variant_is_of_type(seat.get(), G_VARIANT_TYPE("(so)")))
        return std::nullopt;
    SessionFacts facts;
    facts.id = g_variant_get_string(id.get(), nullptr);
    guint32 uid = 0;
    g_variant_get(user.get(), "(u&o)", &uid, nullptr);
    facts.uid = uid;
    facts.place =
        g_variant_get_boolean(remote.get()) != FALSE ? SessionFacts::Place::remote : SessionFacts::Place::local;
    facts.activity = g_variant_get_boolean(active.get()) != FALSE ? SessionFacts::Activity::active
                                                                  : SessionFacts::Activity::inactive;
    const char* name = "";
    g_variant_get(seat.get(), "(&s&o)", &name, nullptr);
    facts.seat = name;
    return facts;
}

std::vector<SessionFacts> sessions_of(GDBusConnection* bus, uid_t uid) {
    std::vector<SessionFacts> found;
    const Variant list = call(bus, kLogin, kLoginPath, kManager, "ListSessions", nullptr, "(a(susso))");
    if (!list) return found;
    GVariantIter* iterator = nullptr;
    g_variant_get(list.get(), "(a(susso))", &iterator);
    guint32 owner = 0;
    const char* path = nullptr;
    while (g_variant_iter_next(iterator, "(&su&s&s&o)", nullptr, &owner, nullptr, nullptr, &path) != FALSE) {
        if (owner != uid) continue;
        // A session that can't be read counts as a remote one: it spoils the "all are local".
        found.push_back(session_at(bus, path).value_or(SessionFacts{}));
    }
    g_variant_iter_free(iterator);
    return found;
}

}  // namespace

OriginFacts look_up_origin(pid_t pid, uid_t uid, std::string rhost, LabMode lab) {
    OriginFacts facts;
    facts.uid = uid;
    facts.lab = lab;
    facts.rhost = std::move(rhost);
    const Bus bus(g_bus_get_sync(G_BUS_TYPE_SYSTEM, nullptr, nullptr));
    if (!bus) return facts;
    const Variant owned = call(bus.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                               "NameHasOwner", g_variant_new("(s)", kLogin), "(b)");
    gboolean has = FALSE;
    if (owned) g_variant_get(owned.get(), "(b)", &has);
    // A bus that does not answer says nothing about logind: present, with every fact empty, is the strict reading.
    facts.logind = owned && has == FALSE ? Logind::absent : Logind::present;
    if (facts.logind == Logind::absent) return facts;
    const Variant session = call(bus.get(), kLogin, kLoginPath, kManager, "GetSessionByPID",
                                 g_variant_new("(u)", static_cast<guint32>(pid)), "(o)");
    if (session) {
        const char* path = nullptr;
        g_variant_get(session.get(), "(&o)", &path);
        // There is a session: what can't be read of it stays at its strict default.
        facts.session = session_at(bus.get(), path).value_or(SessionFacts{});
        return facts;
    }
    const Variant unit = call(bus.get(), kSystemd, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                              "GetUnitByPID", g_variant_new("(u)", static_cast<guint32>(pid)), "(o)");
    if (unit) {
        const char* path = nullptr;
        g_variant_get(unit.get(), "(&o)", &path);
        const Variant name = property(bus.get(), kSystemd, path, "org.freedesktop.systemd1.Unit", "Id");
        if (name && g_variant_is_of_type(name.get(), G_VARIANT_TYPE_STRING))
            facts.unit = g_variant_get_string(name.get(), nullptr);
    }
    if (facts.unit.starts_with("user@")) facts.of_uid = sessions_of(bus.get(), uid);
    return facts;
}

}  // namespace sekimori::daemon
