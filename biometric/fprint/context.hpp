// SPDX-License-Identifier: Apache-2.0
// The sensors that are plugged in, and whether the table of drivers allows them. Follows plugging and unplugging.
//
// libfprint lives in the global default main context; it hangs if a thread-default context is pushed before (measured).
// One context a process.
#pragma once

#include <fprint.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "biometric/drivers.hpp"
#include "biometric/fprint/glib.hpp"
#include "protocol/schema.hpp"

namespace sekimori::biometric::fprint {

class Context {
  public:
    using Log = std::function<void(const std::string&)>;
    // Whether a driver may be used: allowed_driver() of drivers.hpp.
    using Admission = std::function<Result<const Driver*>(std::string_view driver)>;

    // Enumerates, turning the main loop until all sensors have answered. Precondition: the environment is scrubbed.
    Context(Admission admit, Log log);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    // Called after a sensor came or went.
    void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

    // The allowed ones, in a stable order.
    [[nodiscard]] const std::vector<Object<FpDevice>>& devices() const noexcept { return devices_; }
    // Precondition: device is one of devices().
    [[nodiscard]] static wire::Scanner describe(FpDevice* device);

  private:
    static void added(FpContext*, FpDevice* device, gpointer self) noexcept;
    static void removed(FpContext*, FpDevice* device, gpointer self) noexcept;
    void take(FpDevice* device);

    Admission admit_;
    Log log_;
    std::function<void()> changed_;
    std::vector<Object<FpDevice>> devices_;
    Object<FpContext> context_;
};

}  // namespace sekimori::biometric::fprint
