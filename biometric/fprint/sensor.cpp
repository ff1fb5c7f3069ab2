// SPDX-License-Identifier: Apache-2.0
#include "biometric/fprint/sensor.hpp"

#include <algorithm>
#include <utility>

#include "biometric/fprint/faults.hpp"

namespace sekimori::biometric::fprint {
namespace {

// By name: fprint.h leaves the header of this type out.
bool is_image_device(FpDevice* device) {
    const GType type = g_type_from_name("FpImageDevice");
    return type != 0 && G_TYPE_CHECK_INSTANCE_TYPE(device, type) != FALSE;
}

}  // namespace

Sensor::Sensor(Context& context) : context_(context) {
    context_.on_change([this] {
        if (sink_ != nullptr) sink_->on_scanners_changed();
    });
}

Sensor::~Sensor() { release(); }

void Sensor::release() noexcept {
    if (device_) g_signal_handlers_disconnect_by_data(device_.get(), this);
    device_.reset();
}

FpDevice* Sensor::first() const noexcept {
    return context_.devices().empty() ? nullptr : context_.devices().front().get();
}

void Sensor::tell(Event event) {
    if (sink_ != nullptr) sink_->on_event(std::move(event));
}

std::vector<wire::Scanner> Sensor::scanners() {
    std::vector<wire::Scanner> list;
    for (const auto& device : context_.devices()) list.push_back(Context::describe(device.get()));
    return list;
}

Status Sensor::select_gallery(std::span<const SecureBytes> gallery) {
    forget_gallery();
    FpDevice* device = first();
    if (device == nullptr) return fail(ErrorCode::unavailable, "no scanner");
    auto prints = fitting(gallery, device);
    if (!prints) return tl::unexpected<Error>(prints.error());
    gallery_ = std::move(*prints);
    return {};
}

void Sensor::forget_gallery() {
    gallery_.clear();
    offered_ = 0;
}

void Sensor::open() {
    FpDevice* device = first();
    if (device == nullptr) {
        tell(OpenFailed{wire::FingerFault::no_scanner});
        return;
    }
    device_ = share(device);
    g_signal_connect(device, "notify::finger-status", G_CALLBACK(status_changed), this);
    fp_device_open(device, nullptr, opened, this);
}

void Sensor::opened(GObject* source, GAsyncResult* result, gpointer self) noexcept {
    auto& me = *static_cast<Sensor*>(self);
    GError* error = nullptr;
    const bool open = fp_device_open_finish(FP_DEVICE(source), result, &error) != FALSE;
    const GErrorOwner owner(error);
    if (open) {
        me.tell(Opened{});
        return;
    }
    me.release();
    me.tell(OpenFailed{error != nullptr ? fault_of(*error) : wire::FingerFault::internal});
}

void Sensor::close() {
    if (!device_) {
        tell(Closed{});
        return;
    }
    fp_device_close(device_.get(), nullptr, closed, this);
}

void Sensor::closed(GObject* source, GAsyncResult* result, gpointer self) noexcept {
    auto& me = *static_cast<Sensor*>(self);
    GError* error = nullptr;
    // After an unplug the close fails (REMOVED): there is nothing left to be closed.
    (void)fp_device_close_finish(FP_DEVICE(source), result, &error);
    const GErrorOwner owner(error);
    me.release();
    me.tell(Closed{});
}

std::unique_ptr<Scan> Sensor::begin(Purpose purpose) {
    auto relay = [this](Event event) {
        if (!std::holds_alternative<ScanEnded>(event)) return tell(std::move(event));
        // Whoever hears of the end may start the next scan: this one is out of the way, but lives until it has
        // returned.
        last_ = std::move(scan_);
        if (last_ && last_->mismatched()) ++offered_;
        tell(std::move(event));
    };
    FpDevice* device = device_.get();
    if (purpose == Purpose::enrol) return Scan::enrol(device, Context::describe(device), std::move(relay));
    if (fp_device_has_feature(device, FP_DEVICE_FEATURE_IDENTIFY) != FALSE)
        return Scan::identify(device, gallery_, std::move(relay));
    // A sensor that only verifies compares one print a touch: touch after touch, each print of the gallery gets its
    // turn, and only after the last one it is a mismatch.
    const std::size_t place = std::min(offered_, gallery_.size() - 1);
    const auto more = place + 1 < gallery_.size() ? Scan::More::others_left : Scan::More::none;
    return Scan::verify(device, gallery_[place], more, std::move(relay));
}

void Sensor::scan(Purpose purpose, Continuation continuation) {
    if (!device_ || scan_ || (purpose == Purpose::verify && gallery_.empty())) {
        tell(ScanEnded{wire::FingerFault::internal});
        return;
    }
    if (continuation == Continuation::fresh) offered_ = 0;
    surface_ = Surface::busy;
    scan_ = begin(purpose);
    look();
}

void Sensor::cancel_scan() {
    if (scan_)
        scan_->cancel();
    else
        tell(ScanEnded{});
}

void Sensor::status_changed(FpDevice* /*device*/, GParamSpec* /*property*/, gpointer self) noexcept {
    static_cast<Sensor*>(self)->look();
}

// An image sensor waits for a finger (NEEDED) exactly while it is empty and no picture is being worked on. Sensors that
// match on the chip do not all tell that they wait: for them, no finger is empty.
void Sensor::look() {
    if (!device_ || !scan_) return;
    const auto status = fp_device_get_finger_status(device_.get());
    const bool waits = (status & FP_FINGER_STATUS_NEEDED) != 0 || !is_image_device(device_.get());
    Surface surface = Surface::busy;
    if ((status & FP_FINGER_STATUS_PRESENT) != 0)
        surface = Surface::finger;
    else if (waits)
        surface = Surface::empty;
    if (surface == surface_) return;
    surface_ = surface;
    tell(SurfaceSeen{surface});
}

}  // namespace sekimori::biometric::fprint
