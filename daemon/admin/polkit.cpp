// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/polkit.hpp"

#include <memory>

namespace sekimori::daemon {
namespace {

constexpr Millis kBusLimit = std::chrono::seconds{2};
// The person may be asked for card and finger by polkit's own agent meanwhile.
constexpr int kPolkitLimitMs = 120'000;
constexpr guint32 kAllowInteraction = 1;  // CheckAuthorizationFlags, polkit D-Bus API

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

void caller_of(BusCalls& bus, GDBusMethodInvocation* call, std::function<void(std::optional<CommandCaller>)> then) {
    const char* sender = g_dbus_method_invocation_get_sender(call);
    if (sender == nullptr) return then(std::nullopt);
    bus.open(g_dbus_method_invocation_get_connection(call));
    bus.call({"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionCredentials",
              g_variant_new("(s)", sender), "(a{sv})"},
             kBusLimit, [then = std::move(then), name = std::string(sender)](const Variant& reply) {
                 // The requester has left (polkit CVE-2021-3560): nobody is let in.
                 if (!reply) return then(std::nullopt);
                 const Variant facts(g_variant_get_child_value(reply.get(), 0));
                 guint32 uid = 0, pid = 0;
                 if (g_variant_lookup(facts.get(), "UnixUserID", "u", &uid) == FALSE ||
                     g_variant_lookup(facts.get(), "ProcessID", "u", &pid) == FALSE)
                     return then(std::nullopt);
                 then(CommandCaller{uid, static_cast<pid_t>(pid), name});
             });
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
