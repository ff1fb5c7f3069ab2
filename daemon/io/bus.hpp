// SPDX-License-Identifier: Apache-2.0
// Questions to other programs on the system bus, never waited for: the answer comes from the loop, or not at all.
#pragma once

#include <gio/gio.h>

#include <functional>
#include <memory>
#include <string>

#include "core/instant.hpp"

namespace sekimori::daemon {

struct GUnref {
    void operator()(GVariant* value) const noexcept { g_variant_unref(value); }
    void operator()(GDBusConnection* bus) const noexcept { g_object_unref(bus); }
    void operator()(GCancellable* cancellable) const noexcept { g_object_unref(cancellable); }
};
using Variant = std::unique_ptr<GVariant, GUnref>;

struct BusCall {
    const char* name;
    std::string path;
    const char* interface;
    const char* method;
    GVariant* arguments;  // floating, or nullptr; taken
    const char* reply;    // its type; another one is a failure
};

// The answer, or nullptr: refused, not there, of another type, or too late.
using BusAnswer = std::function<void(Variant)>;

// Calls that end with this object: whoever asked is not called back afterwards. The callback may destroy it.
class BusCalls {
  public:
    BusCalls() : cancel_(g_cancellable_new()) {}
    ~BusCalls();
    BusCalls(const BusCalls&) = delete;
    BusCalls& operator=(const BusCalls&) = delete;

    // The system bus; `then` is told whether there is one. Precondition of call(), unless the bus is given.
    void open(std::function<void(bool)> then);
    void open(GDBusConnection* bus) { bus_.reset(G_DBUS_CONNECTION(g_object_ref(bus))); }
    // Nothing is started only to be asked.
    void call(const BusCall& what, Millis limit, BusAnswer then);

  private:
    std::unique_ptr<GCancellable, GUnref> cancel_;
    std::unique_ptr<GDBusConnection, GUnref> bus_;
};

}  // namespace sekimori::daemon
