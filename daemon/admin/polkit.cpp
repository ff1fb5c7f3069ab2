// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/polkit.hpp"

#include <memory>

namespace sekimori::daemon {
namespace {

constexpr int kBusLimitMs = 2000;
// The person may be asked for card and finger by polkit's own agent meanwhile.
constexpr int kPolkitLimitMs = 120'000;
constexpr guint32 kAllowInteraction = 1;  // CheckAuthorizationFlags, polkit D-Bus API

std::optional<guint32> ask_bus(GDBusConnection* bus, const char* method, const char* sender) {
    GVariant* reply = g_dbus_connection_call_sync(
        bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
        g_variant_new("(s)", sender), G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, kBusLimitMs, nullptr, nullptr);
    if (reply == nullptr) return std::nullopt;
    guint32 value = 0;
    g_variant_get(reply, "(u)", &value);
    g_variant_unref(reply);
    return value;
}

using Then = std::function<void(Polkit)>;

void on_answer(GObject* source, GAsyncResult* result, gpointer data) noexcept {
    const std::unique_ptr<Then> then(static_cast<Then*>(data));
    GVariant* reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, nullptr);
    gboolean authorized = FALSE;
    if (reply != nullptr) {
        g_variant_get(reply, "((bba{ss}))", &authorized, nullptr, nullptr);
        g_variant_unref(reply);
    }
    (*then)(authorized != FALSE ? Polkit::authorized : Polkit::refused);
}

}  // namespace

std::optional<CommandCaller> caller_of(GDBusMethodInvocation* call) {
    const char* sender = g_dbus_method_invocation_get_sender(call);
    GDBusConnection* bus = g_dbus_method_invocation_get_connection(call);
    if (sender == nullptr) return std::nullopt;
    const auto uid = ask_bus(bus, "GetConnectionUnixUser", sender);
    const auto pid = ask_bus(bus, "GetConnectionUnixProcessID", sender);
    if (!uid || !pid) return std::nullopt;  // the requester has left (polkit CVE-2021-3560): nobody is let in
    return CommandCaller{*uid, static_cast<pid_t>(*pid)};
}

void ask_polkit(GDBusMethodInvocation* call, const char* action, Then then) {
    GVariantBuilder subject;
    g_variant_builder_init(&subject, G_VARIANT_TYPE("a{sv}"));
    g_variant_builder_add(&subject, "{sv}", "name", g_variant_new_string(g_dbus_method_invocation_get_sender(call)));
    GVariantBuilder details;
    g_variant_builder_init(&details, G_VARIANT_TYPE("a{ss}"));
    g_dbus_connection_call(
        g_dbus_method_invocation_get_connection(call), "org.freedesktop.PolicyKit1",
        "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization",
        g_variant_new("((sa{sv})sa{ss}us)", "system-bus-name", &subject, action, &details, kAllowInteraction, ""),
        G_VARIANT_TYPE("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE, kPolkitLimitMs, nullptr, on_answer,
        new Then(std::move(then)));
}

}  // namespace sekimori::daemon
