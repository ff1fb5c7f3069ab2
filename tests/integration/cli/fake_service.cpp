// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/cli/fake_service.hpp"

#include <gio/gunixfdlist.h>
#include <gtest/gtest.h>

#include <future>

namespace sekimori::cli_test {

FakeService::FakeService(const std::string& bus, Script script)
    : script_(std::move(script)), context_(g_main_context_new()), loop_(g_main_loop_new(context_, FALSE)) {
    std::promise<void> owned;
    thread_ = std::thread([this, bus, &owned] {
        g_main_context_push_thread_default(context_);
        GError* error = nullptr;
        GDBusConnection* connection = g_dbus_connection_new_for_address_sync(
            bus.c_str(),
            static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                              G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
            nullptr, nullptr, &error);
        if (connection == nullptr) std::abort();
        SekimoriBroker1* skeleton = sekimori_broker1_skeleton_new();
        sekimori_broker1_set_version(skeleton, "test");
        sekimori_broker1_set_lab(skeleton, script_.lab == Script::Lab::yes ? TRUE : FALSE);
        g_signal_connect(skeleton, "handle-query", G_CALLBACK(on_query), this);
        g_signal_connect(skeleton, "handle-command", G_CALLBACK(on_command), this);
        g_signal_connect(skeleton, "handle-command-with-file", G_CALLBACK(on_command_with_file), this);
        if (g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(skeleton), connection, "/org/sekimori/Broker",
                                             &error) == FALSE)
            std::abort();
        GVariant* reply = g_dbus_connection_call_sync(
            connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
            g_variant_new("(su)", "org.sekimori.Broker", 0U), nullptr, G_DBUS_CALL_FLAGS_NONE, -1, nullptr, &error);
        if (reply == nullptr) std::abort();
        g_variant_unref(reply);
        owned.set_value();
        g_main_loop_run(loop_);
        g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(skeleton));
        g_object_unref(skeleton);
        g_dbus_connection_close_sync(connection, nullptr, nullptr);
        g_object_unref(connection);
        g_main_context_pop_thread_default(context_);
    });
    owned.get_future().wait();
}

FakeService::~FakeService() {
    g_main_loop_quit(loop_);
    thread_.join();
    for (std::thread& dialogue : dialogues_) dialogue.join();
    g_main_loop_unref(loop_);
    g_main_context_unref(context_);
}

gboolean FakeService::on_query(SekimoriBroker1* skeleton, GDBusMethodInvocation* call, const gchar* verb,
                               const gchar* arguments, gpointer self) noexcept {
    const Script& script = static_cast<FakeService*>(self)->script_;
    if (script.answers == Script::Answers::never) return TRUE;  // the call leaks with the test's end
    const auto answer = script.query(verb, nlohmann::json::parse(arguments, nullptr, false));
    if (answer)
        sekimori_broker1_complete_query(skeleton, call, answer->c_str());
    else
        g_dbus_method_invocation_return_dbus_error(
            call, (std::string("org.sekimori.Error.") + name_of(answer.error().code)).c_str(),
            answer.error().message.c_str());
    return TRUE;
}

gboolean FakeService::on_command(SekimoriBroker1* /*skeleton*/, GDBusMethodInvocation* call, GUnixFDList* /*files*/,
                                 const gchar* verb, const gchar* arguments, gpointer self) noexcept {
    static_cast<FakeService*>(self)->begin(call, verb, arguments, UniqueFd());
    return TRUE;
}

gboolean FakeService::on_command_with_file(SekimoriBroker1* /*skeleton*/, GDBusMethodInvocation* call,
                                           GUnixFDList* files, const gchar* verb, const gchar* arguments,
                                           GVariant* file, gpointer self) noexcept {
    UniqueFd fd(g_unix_fd_list_get(files, g_variant_get_handle(file), nullptr));
    static_cast<FakeService*>(self)->begin(call, verb, arguments, std::move(fd));
    return TRUE;
}

void FakeService::begin(GDBusMethodInvocation* call, const gchar* verb, const gchar* arguments, UniqueFd file) {
    auto ends = Channel::pair();
    ASSERT_TRUE(ends);
    GUnixFDList* list = g_unix_fd_list_new();
    const gint index = g_unix_fd_list_append(list, ends->second.fd(), nullptr);
    ends->second = Channel();
    g_dbus_method_invocation_return_value_with_unix_fd_list(call, g_variant_new("(h)", index), list);
    g_object_unref(list);
    dialogues_.emplace_back([this, verb = std::string(verb), json = nlohmann::json::parse(arguments, nullptr, false),
                             end = std::move(ends->first), file = std::move(file)]() mutable {
        script_.command(verb, json, std::move(end), std::move(file));
    });
}

}  // namespace sekimori::cli_test
