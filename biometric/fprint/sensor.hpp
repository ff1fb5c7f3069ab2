// SPDX-License-Identifier: Apache-2.0
// The libfprint adapter of BiometricPort. Uses the first allowed sensor. Everything happens in the global default main
// context of one thread: bozorth3 runs inside the main loop's callbacks and is not thread-safe.
#pragma once

#include <memory>

#include "biometric/fprint/context.hpp"
#include "biometric/fprint/scan.hpp"
#include "biometric/port.hpp"

namespace sekimori::biometric::fprint {

class Sensor final : public BiometricPort {
  public:
    // `context` must outlive the sensor.
    explicit Sensor(Context& context);
    ~Sensor() override;
    Sensor(const Sensor&) = delete;
    Sensor& operator=(const Sensor&) = delete;

    void set_sink(PortSink& sink) override { sink_ = &sink; }
    [[nodiscard]] wire::Modality modality() const noexcept override { return wire::Modality::fingerprint; }
    [[nodiscard]] std::vector<wire::Scanner> scanners() override;
    [[nodiscard]] Status select_gallery(std::span<const SecureBytes> gallery) override;
    void forget_gallery() override;
    void open() override;
    void scan(Purpose purpose, Continuation continuation) override;
    void cancel_scan() override;
    void close() override;

  private:
    static void opened(GObject*, GAsyncResult* result, gpointer self) noexcept;
    static void closed(GObject*, GAsyncResult* result, gpointer self) noexcept;
    static void status_changed(FpDevice*, GParamSpec*, gpointer self) noexcept;
    [[nodiscard]] FpDevice* first() const noexcept;
    [[nodiscard]] std::unique_ptr<Scan> begin(Purpose purpose);
    void look();
    void tell(Event event);
    void release() noexcept;

    Context& context_;
    PortSink* sink_{nullptr};
    Object<FpDevice> device_;  // while open, or on the way there or back
    Gallery gallery_;
    std::size_t offered_{0};  // prints that a sensor without identify has already compared
    std::unique_ptr<Scan> scan_, last_;
    Surface surface_{Surface::busy};
};

}  // namespace sekimori::biometric::fprint
