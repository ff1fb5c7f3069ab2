// SPDX-License-Identifier: Apache-2.0
#include "admin/dbus_broker.hpp"

#include <gio/gunixfdlist.h>
#include <glib-unix.h>

#include <array>
#include <string_view>

namespace sekimori::admin {
namespace {

constexpr const char* kName = "org.sekimori.Broker";
constexpr const char* kObject = "/org/sekimori/Broker";
constexpr std::string_view kErrorPrefix = "org.sekimori.Error.";

template <class T>
struct ObjectUnref {
    void operator()(T* object) const noexcept { g_object_unref(object); }
};
template <class T>
using Object = std::unique_ptr<T, ObjectUnref<T>>;
struct ErrorFree {
    void operator()(GError* error) const noexcept { g_error_free(error); }
};
using ErrorPtr = std::unique_ptr<GError, ErrorFree>;

Failure failure_of(const GError* error) {
    if (error == nullptr) return unreachable().value();
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) != FALSE) return cancelled().value();
    gchar* raw = g_dbus_error_get_remote_error(error);
    if (raw == nullptr) return unreachable().value();  // no bus, or the connection broke
    const std::string name(raw);
    g_free(raw);
    GError* copy = g_error_copy(error);
    g_dbus_error_strip_remote_error(copy);
    const ErrorPtr stripped(copy);
    return failure_from_bus(name, stripped->message);
}

// An asynchronous call waited for in a loop of its own, so that a signal can cancel it: polkit may be asking a person.
class Call {
  public:
    explicit Call(int interrupt)
        : loop_(g_main_loop_new(nullptr, FALSE)),
          cancel_(g_cancellable_new()),
          watch_(g_unix_fd_add(interrupt, G_IO_IN, on_interrupt, this)) {}
    ~Call() {
        if (watch_ != 0) g_source_remove(watch_);
        if (result_ != nullptr) g_object_unref(result_);
        g_main_loop_unref(loop_);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    Call(Call&&) = delete;
    Call& operator=(Call&&) = delete;

    [[nodiscard]] GCancellable* cancellable() const noexcept { return cancel_.get(); }
    [[nodiscard]] GAsyncResult* wait() noexcept {
        g_main_loop_run(loop_);
        return result_;
    }
    static void on_result(GObject* /*source*/, GAsyncResult* result, gpointer self) noexcept {
        auto* call = static_cast<Call*>(self);
        call->result_ = G_ASYNC_RESULT(g_object_ref(result));
        g_main_loop_quit(call->loop_);
    }

  private:
    static gboolean on_interrupt(gint /*fd*/, GIOCondition /*condition*/, gpointer self) noexcept {
        auto* call = static_cast<Call*>(self);
        call->watch_ = 0;
        g_cancellable_cancel(call->cancel_.get());
        return G_SOURCE_REMOVE;
    }
    GMainLoop* loop_;
    Object<GCancellable> cancel_;
    GAsyncResult* result_{nullptr};
    guint watch_;
};

// The one descriptor of an answer; the list keeps none.
UniqueFd take_descriptor(GVariant* handle, GUnixFDList* list) {
    if (handle == nullptr || list == nullptr) return UniqueFd();
    return UniqueFd(g_unix_fd_list_get(list, g_variant_get_handle(handle), nullptr));
}

}  // namespace

Failure failure_from_bus(const std::string& error_name, const std::string& message) {
    if (error_name.starts_with(kErrorPrefix)) {
        Failure failure = failure_from_json(message);
        if (failure.code == "internal") failure.code = error_name.substr(kErrorPrefix.size());
        return failure;
    }
    if (error_name == "org.freedesktop.DBus.Error.AccessDenied" ||
        error_name == "org.freedesktop.DBus.Error.AuthFailed" ||
        error_name == "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")
        return refuse("refused", "You may not do this.", "An administrator may.").value();
    // These three a broker of another version sends.
    if (error_name == "org.freedesktop.DBus.Error.UnknownMethod" ||
        error_name == "org.freedesktop.DBus.Error.UnknownInterface" ||
        error_name == "org.freedesktop.DBus.Error.InvalidArgs")
        return refuse("unsupported", "The broker does not know this command.",
                      "Command and broker are of different versions.")
            .value();
    return unreachable().value();
}

Outcome<SekimoriBroker1*> DBusBroker::proxy() {
    if (proxy_) return proxy_.get();
    GError* error = nullptr;
    const Object<GDBusConnection> bus(g_bus_get_sync(G_BUS_TYPE_SYSTEM, nullptr, &error));
    if (!bus) {
        const ErrorPtr owned(error);
        return tl::unexpected<Failure>(failure_of(owned.get()));
    }
    g_dbus_connection_set_exit_on_close(bus.get(), FALSE);
    proxy_.reset(sekimori_broker1_proxy_new_sync(bus.get(), G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS, kName, kObject,
                                                 nullptr, &error));
    if (!proxy_) {
        const ErrorPtr owned(error);
        return tl::unexpected<Failure>(failure_of(owned.get()));
    }
    return proxy_.get();
}

Outcome<std::string> DBusBroker::query(const std::string& verb, const Json& arguments) {
    const auto there = proxy();
    if (!there) return tl::unexpected<Failure>(there.error());
    Call call(interrupt_.fd());
    sekimori_broker1_call_query(*there, verb.c_str(), write_json(arguments).c_str(),
                                G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, call.cancellable(),
                                Call::on_result, &call);
    gchar* answer = nullptr;
    GError* error = nullptr;
    const gboolean done = sekimori_broker1_call_query_finish(*there, &answer, call.wait(), &error);
    const ErrorPtr owned(error);
    if (done == FALSE) return tl::unexpected<Failure>(failure_of(owned.get()));
    std::string text(answer);
    g_free(answer);
    return text;
}

Outcome<Channel> DBusBroker::command(const std::string& verb, const Json& arguments, int file) {
    const auto there = proxy();
    if (!there) return tl::unexpected<Failure>(there.error());
    const std::string text = write_json(arguments);
    Call call(interrupt_.fd());
    GVariant* handle = nullptr;
    GUnixFDList* list = nullptr;
    GError* error = nullptr;
    gboolean done = FALSE;
    if (file < 0) {
        sekimori_broker1_call_command(*there, verb.c_str(), text.c_str(),
                                      G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, nullptr,
                                      call.cancellable(), Call::on_result, &call);
        done = sekimori_broker1_call_command_finish(*there, &handle, &list, call.wait(), &error);
    } else {
        const Object<GUnixFDList> files(g_unix_fd_list_new());
        const gint index = g_unix_fd_list_append(files.get(), file, nullptr);
        if (index < 0) return refuse("io", "The file cannot be passed on.");
        sekimori_broker1_call_command_with_file(*there, verb.c_str(), text.c_str(), g_variant_new_handle(index),
                                                G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT,
                                                files.get(), call.cancellable(), Call::on_result, &call);
        done = sekimori_broker1_call_command_with_file_finish(*there, &handle, &list, call.wait(), &error);
    }
    const ErrorPtr owned(error);
    if (done == FALSE) return tl::unexpected<Failure>(failure_of(owned.get()));
    UniqueFd dialogue = take_descriptor(handle, list);
    if (handle != nullptr) g_variant_unref(handle);
    if (list != nullptr) g_object_unref(list);
    if (!dialogue) return refuse("malformed", "The broker sent no dialogue.");
    return Channel(std::move(dialogue));
}

Outcome<Mode> DBusBroker::mode() {
    const auto there = proxy();
    if (!there) return tl::unexpected<Failure>(there.error());
    gchar* owner = g_dbus_proxy_get_name_owner(G_DBUS_PROXY(*there));
    if (owner == nullptr) return unreachable();
    g_free(owner);
    return sekimori_broker1_get_lab(*there) != FALSE ? Mode::lab : Mode::production;
}

}  // namespace sekimori::admin
