// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/service.hpp"

#include <broker1.h>
#include <gio/gunixfdlist.h>
#include <unistd.h>

#include <algorithm>

#include "core/build.hpp"
#include "daemon/admin/door.hpp"
#include "daemon/admin/polkit.hpp"
#include "daemon/admin/query.hpp"
#include "daemon/session/sessions.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

constexpr const char* kName = "org.sekimori.Broker";
constexpr const char* kPath = "/org/sekimori/Broker";
constexpr std::size_t kMaxRuns = 8;
constexpr std::size_t kMaxWaiting = 8;
constexpr std::size_t kMaxUnknown = 32;
constexpr std::size_t kMaxArguments = std::size_t{8} * 1024 * 1024;
// The largest that a reading verb takes is a policy, escaped.
constexpr std::size_t kMaxQuery = std::size_t{512} * 1024;

bool can_lock(const Broker& broker) { return broker.sessions == nullptr || broker.sessions->can_open(); }

void refuse_call(GDBusMethodInvocation* call, const Refusal& refusal) {
    const std::string name = "org.sekimori.Error." + refusal.code;
    g_dbus_method_invocation_return_dbus_error(
        call, name.c_str(), refusal.json().dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

const char* action_of(Access access) {
    return access == Access::readers ? "org.sekimori.read" : "org.sekimori.administer";
}

// Which of the descriptors that came along is the caller's word, and GLib takes it as it is, below zero too.
UniqueFd file_of(GUnixFDList* list, gint32 index) {
    if (list == nullptr || index < 0 || index >= g_unix_fd_list_get_length(list)) return {};
    return UniqueFd(g_unix_fd_list_get(list, index, nullptr));
}

}  // namespace

struct Service::Impl {
    Impl(Broker& b, std::function<void()> l) : broker(b), lost(std::move(l)) {}
    Broker& broker;
    std::function<void()> lost;
    SekimoriBroker1* skeleton{nullptr};
    guint name{0};
    Door door;
    std::size_t unknown{0};  // calls whose caller the bus is asked about
    BusCalls bus;
    std::list<std::unique_ptr<CommandRun>> runs;
    std::list<GDBusMethodInvocation*> waiting;

    [[nodiscard]] bool is_lab_administrator(uid_t uid) const {
        return broker.config.lab == LabMode::on && (uid == geteuid() || uid == 0);
    }

    // Calls `go` when the caller may pass: root and the lab's administrator at once, others as polkit says.
    void admit(GDBusMethodInvocation* call, Access access, const std::function<void(CommandCaller)>& go) {
        if (unknown >= kMaxUnknown)
            return refuse_call(call, {"busy", "too many callers at once", "try again in a moment"});
        ++unknown;
        caller_of(bus, call, [this, call, access, go](std::optional<CommandCaller> caller) {
            --unknown;
            if (!caller) return refuse_call(call, {"refused", "the caller is not known to the bus", ""});
            admit(call, access, *caller, go);
        });
    }
    void admit(GDBusMethodInvocation* call, Access access, const CommandCaller& caller,
               const std::function<void(CommandCaller)>& go) {
        if (access == Access::everybody || caller.uid == 0 || is_lab_administrator(caller.uid)) return go(caller);
        if (broker.config.lab == LabMode::on)
            return refuse_call(call, {"refused", "only the lab's own user administers it", ""});
        if (!door.enter(caller.uid))
            return refuse_call(call, {"busy", "too many of your calls wait for polkit", "try again in a moment"});
        const char* action = action_of(access);
        ask_polkit(call, action, [this, call, action, caller, go](Polkit answer) {
            door.leave(caller.uid);
            if (answer == Polkit::authorized) return go(caller);
            refuse_call(call, {"refused", "that is for administrators", std::string("polkit action ") + action});
        });
    }

    void query(GDBusMethodInvocation* call, const char* verb_name, const char* text) {
        const QueryVerb* verb = find_query(verb_name);
        if (verb == nullptr) return refuse_call(call, {"invalid_argument", "no such verb", ""});
        const std::string arguments_text(text);
        if (arguments_text.size() > kMaxQuery)
            return refuse_call(call, {"too_large", "the arguments are too large", ""});
        admit(call, verb->access, [this, call, verb, arguments_text](const CommandCaller&) {
            Arguments arguments(arguments_text);
            const Reply reply = verb->answer(broker, arguments);
            if (!reply) return refuse_call(call, reply.error());
            sekimori_broker1_complete_query(skeleton, call,
                                            reply->dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
        });
    }

    void command(GDBusMethodInvocation* call, const char* verb_name, const char* text, UniqueFd file) {
        const CommandVerb* verb = find_command(verb_name);
        if (verb == nullptr) return refuse_call(call, {"invalid_argument", "no such verb", ""});
        const std::string arguments_text(text);
        if (arguments_text.size() > kMaxArguments)
            return refuse_call(call, {"too_large", "the arguments are too large", ""});
        auto held = std::make_shared<UniqueFd>(std::move(file));
        admit(call, Access::administrators, [this, call, verb, arguments_text, held](const CommandCaller& caller) {
            // Nobody's commands keep root from revoking a card.
            if (caller.uid != 0 && runs.size() >= kMaxRuns)
                return refuse_call(call, {"busy", "too many commands run", "try again in a moment"});
            auto pair = Channel::pair();
            if (!pair) return refuse_call(call, {"internal", pair.error().message, ""});
            const std::unique_ptr<GUnixFDList, decltype(&g_object_unref)> list(g_unix_fd_list_new(), g_object_unref);
            if (g_unix_fd_list_append(list.get(), pair->second.fd(), nullptr) != 0)
                return refuse_call(call, {"internal", "no descriptor", ""});
            runs.push_back(std::make_unique<CommandRun>(
                broker, *verb, arguments_text, std::move(pair->first), std::move(*held), caller,
                [this](CommandRun* run) { runs.remove_if([&](const auto& one) { return one.get() == run; }); }));
            // Both of the interface's methods answer with the descriptor alone.
            g_dbus_method_invocation_return_value_with_unix_fd_list(call, g_variant_new("(h)", 0), list.get());
        });
    }

    void wait_ready(GDBusMethodInvocation* call, bool ready) {
        if (ready) return sekimori_broker1_complete_wait_ready(skeleton, call);
        if (waiting.size() >= kMaxWaiting) return refuse_call(call, {"busy", "too many wait", ""});
        waiting.push_back(call);
    }
};

namespace {

gboolean on_query(SekimoriBroker1*, GDBusMethodInvocation* call, const char* verb, const char* arguments,
                  gpointer data) noexcept {
    static_cast<Service::Impl*>(data)->query(call, verb, arguments);
    return TRUE;
}
gboolean on_command(SekimoriBroker1*, GDBusMethodInvocation* call, GUnixFDList*, const char* verb,
                    const char* arguments, gpointer data) noexcept {
    static_cast<Service::Impl*>(data)->command(call, verb, arguments, UniqueFd());
    return TRUE;
}
gboolean on_command_with_file(SekimoriBroker1*, GDBusMethodInvocation* call, GUnixFDList* list, const char* verb,
                              const char* arguments, GVariant* file, gpointer data) noexcept {
    UniqueFd fd = file_of(list, g_variant_get_handle(file));
    if (fd)
        static_cast<Service::Impl*>(data)->command(call, verb, arguments, std::move(fd));
    else
        refuse_call(call, {"invalid_argument", "the file did not come along", ""});
    return TRUE;
}
gboolean on_wait_ready(SekimoriBroker1*, GDBusMethodInvocation* call, gpointer data) noexcept {
    auto* impl = static_cast<Service::Impl*>(data);
    const bool ready = impl->broker.cards.up() && !impl->broker.cards.readers().empty() && impl->broker.fingers.up() &&
                       !impl->broker.fingers.scanners().empty() && can_lock(impl->broker);
    impl->wait_ready(call, ready);
    return TRUE;
}
void on_bus(GDBusConnection* bus, const char*, gpointer data) noexcept {
    auto* impl = static_cast<Service::Impl*>(data);
    GError* error = nullptr;
    if (g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(impl->skeleton), bus, kPath, &error) == FALSE) {
        log_error("the bus object can't be exported: {}", error != nullptr ? error->message : "");
        g_clear_error(&error);
        impl->lost();
    }
}
void on_name_lost(GDBusConnection*, const char*, gpointer data) noexcept {
    log_error("the name {} is not ours: no bus, a second broker, or no right to it", kName);
    static_cast<Service::Impl*>(data)->lost();
}

}  // namespace

Service::Service(Broker& broker, std::function<void()> lost) : impl_(std::make_unique<Impl>(broker, std::move(lost))) {
    impl_->skeleton = sekimori_broker1_skeleton_new();
    sekimori_broker1_set_version(impl_->skeleton, kBuild);
    sekimori_broker1_set_lab(impl_->skeleton, broker.config.lab == LabMode::on ? TRUE : FALSE);
    g_signal_connect(impl_->skeleton, "handle-query", G_CALLBACK(on_query), impl_.get());
    g_signal_connect(impl_->skeleton, "handle-command", G_CALLBACK(on_command), impl_.get());
    g_signal_connect(impl_->skeleton, "handle-command-with-file", G_CALLBACK(on_command_with_file), impl_.get());
    g_signal_connect(impl_->skeleton, "handle-wait-ready", G_CALLBACK(on_wait_ready), impl_.get());
    // DO_NOT_QUEUE, no replacement: a second broker ends instead of waiting for the first one's place.
    impl_->name = g_bus_own_name(G_BUS_TYPE_SYSTEM, kName, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, on_bus, nullptr,
                                 on_name_lost, impl_.get(), nullptr);
}

Service::~Service() {
    g_bus_unown_name(impl_->name);
    g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(impl_->skeleton));
    g_object_unref(impl_->skeleton);
}

bool Service::ready() const {
    const Broker& broker = impl_->broker;
    return broker.cards.up() && !broker.cards.readers().empty() && broker.fingers.up() &&
           !broker.fingers.scanners().empty() && can_lock(broker);
}

void Service::readiness_changed() {
    if (!ready()) return;
    for (GDBusMethodInvocation* call : std::exchange(impl_->waiting, {}))
        sekimori_broker1_complete_wait_ready(impl_->skeleton, call);
}

void Service::emit_denied(std::string_view kind, const std::string& id) {
    sekimori_broker1_emit_denied(impl_->skeleton, std::string(kind).c_str(), id.c_str());
}

void Service::emit_break_glass(const std::string& person, const std::string& terminal) {
    sekimori_broker1_emit_break_glass(impl_->skeleton, person.c_str(), terminal.c_str());
}

}  // namespace sekimori::daemon
