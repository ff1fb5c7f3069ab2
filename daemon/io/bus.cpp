// SPDX-License-Identifier: Apache-2.0
#include "daemon/io/bus.hpp"

#include <utility>

namespace sekimori::daemon {
namespace {

// What GIO hands back: it calls every callback once, also a cancelled one, which then belongs to nobody any more.
template <class Then>
struct Pending {
    std::unique_ptr<GCancellable, GUnref> cancel;
    Then then;
    [[nodiscard]] bool dropped() const { return g_cancellable_is_cancelled(cancel.get()) != FALSE; }
};

template <class Then>
gpointer pending(GCancellable* cancel, Then then) {
    return new Pending<Then>{std::unique_ptr<GCancellable, GUnref>(G_CANCELLABLE(g_object_ref(cancel))),
                             std::move(then)};
}

using Opened = std::function<void(GDBusConnection*)>;

void on_bus(GObject*, GAsyncResult* result, gpointer data) noexcept {
    const std::unique_ptr<Pending<Opened>> waiting(static_cast<Pending<Opened>*>(data));
    const std::unique_ptr<GDBusConnection, GUnref> bus(g_bus_get_finish(result, nullptr));
    if (!waiting->dropped()) waiting->then(bus.get());
}

void on_reply(GObject* source, GAsyncResult* result, gpointer data) noexcept {
    const std::unique_ptr<Pending<BusAnswer>> waiting(static_cast<Pending<BusAnswer>*>(data));
    Variant reply(g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, nullptr));
    if (!waiting->dropped()) waiting->then(std::move(reply));
}

}  // namespace

BusCalls::~BusCalls() { g_cancellable_cancel(cancel_.get()); }

void BusCalls::open(std::function<void(bool)> then) {
    g_bus_get(G_BUS_TYPE_SYSTEM, cancel_.get(), on_bus,
              pending(cancel_.get(), Opened([this, then = std::move(then)](GDBusConnection* bus) {
                          if (bus != nullptr) open(bus);
                          then(bus != nullptr);
                      })));
}

void BusCalls::call(const BusCall& what, Millis limit, BusAnswer then) {
    g_dbus_connection_call(bus_.get(), what.name, what.path.c_str(), what.interface, what.method, what.arguments,
                           G_VARIANT_TYPE(what.reply), G_DBUS_CALL_FLAGS_NO_AUTO_START, static_cast<int>(limit.count()),
                           cancel_.get(), on_reply, pending(cancel_.get(), std::move(then)));
}

}  // namespace sekimori::daemon
