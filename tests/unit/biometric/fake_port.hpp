// SPDX-License-Identifier: Apache-2.0
// A sensor of the test's own: notes its orders, and answers when the test says so.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "biometric/port.hpp"

namespace sekimori::biometric {

class FakePort final : public BiometricPort {
  public:
    void set_sink(PortSink& sink) override { sink_ = &sink; }
    [[nodiscard]] wire::Modality modality() const noexcept override { return wire::Modality::vein; }
    [[nodiscard]] std::vector<wire::Scanner> scanners() override { return present; }
    [[nodiscard]] Status select_gallery(std::span<const SecureBytes> gallery) override {
        if (!selectable) return fail(ErrorCode::mismatch, "no template fits");
        selected = gallery.size();
        return {};
    }
    void forget_gallery() override { selected = 0; }
    void open() override { note("open"); }
    void scan(Purpose purpose, Continuation continuation) override {
        note(purpose == Purpose::enrol ? "enrol" : (continuation == Continuation::fresh ? "verify" : "verify on"));
    }
    void cancel_scan() override { note("cancel"); }
    void close() override { note("close"); }

    void tell(Event event) { sink_->on_event(std::move(event)); }
    void plug() { sink_->on_scanners_changed(); }
    // The orders since the last look.
    [[nodiscard]] std::string orders() { return std::exchange(orders_, {}); }

    std::vector<wire::Scanner> present{
        {.driver = "fake", .device_id = "0", .usb = "", .stages = 5, .modality = {}, .on_chip = {}}};
    bool selectable{true};
    std::size_t selected{0};

  private:
    void note(const char* order) {
        if (!orders_.empty()) orders_ += ' ';
        orders_ += order;
    }
    PortSink* sink_{nullptr};
    std::string orders_;
};

}  // namespace sekimori::biometric
