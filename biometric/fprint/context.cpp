// SPDX-License-Identifier: Apache-2.0
#include "biometric/fprint/context.hpp"

#include <algorithm>
#include <utility>

namespace sekimori::biometric::fprint {
namespace {

// As many as wire::Scanners carries.
constexpr std::size_t kMostDevices = 8;

std::string text(const gchar* given, std::size_t most) {
    return std::string(given == nullptr ? "" : given).substr(0, most);
}

}  // namespace

Context::Context(Admission admit, Log log)
    : admit_(std::move(admit)), log_(std::move(log)), context_(fp_context_new()) {
    const GPtrArray* found = fp_context_get_devices(context_.get());
    for (guint i = 0; found != nullptr && i < found->len; ++i)
        take(static_cast<FpDevice*>(g_ptr_array_index(found, i)));
    g_signal_connect(context_.get(), "device-added", G_CALLBACK(added), this);
    g_signal_connect(context_.get(), "device-removed", G_CALLBACK(removed), this);
}

Context::~Context() { g_signal_handlers_disconnect_by_data(context_.get(), this); }

void Context::take(FpDevice* device) {
    if (const auto driver = admit_(text(fp_device_get_driver(device), 64)); !driver) {
        log_(driver.error().message);
        return;
    }
    const bool known = std::ranges::any_of(devices_, [&](const auto& one) { return one.get() == device; });
    if (known || devices_.size() >= kMostDevices) return;
    devices_.push_back(share(device));
}

wire::Scanner Context::describe(FpDevice* device) {
    wire::Scanner scanner;
    scanner.driver = text(fp_device_get_driver(device), 64);
    scanner.device_id = text(fp_device_get_device_id(device), 128);
    // libfprint 1.94 does not give the USB identity of a device away.
    scanner.stages = static_cast<std::uint8_t>(std::clamp(fp_device_get_nr_enroll_stages(device), 0, 255));
    scanner.modality = wire::Modality::fingerprint;
    const Driver* driver = find_driver(scanner.driver);
    scanner.on_chip = driver != nullptr && driver->matching == Matching::chip ? wire::OnChip::yes : wire::OnChip::no;
    return scanner;
}

void Context::added(FpContext* /*context*/, FpDevice* device, gpointer self) noexcept {
    auto& me = *static_cast<Context*>(self);
    me.take(device);
    if (me.changed_) me.changed_();
}

void Context::removed(FpContext* /*context*/, FpDevice* device, gpointer self) noexcept {
    auto& me = *static_cast<Context*>(self);
    std::erase_if(me.devices_, [&](const auto& one) { return one.get() == device; });
    if (me.changed_) me.changed_();
}

}  // namespace sekimori::biometric::fprint
