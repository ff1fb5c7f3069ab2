// SPDX-License-Identifier: Apache-2.0
// BiometricPort: the way to a biometric sensor of any modality. The libfprint adapter is one; a vein or face worker
// would bring another and keep session and dialogue as they are.
//
// Life cycle of one request:  [select_gallery] open (scan|enrol cancel?)* close.  One thing at a time; every order is
// answered later, from the main loop, through the sink, never from inside the call with a verdict.
#pragma once

#include <span>
#include <vector>

#include "biometric/event.hpp"
#include "core/result.hpp"

namespace sekimori::biometric {

class PortSink {
  public:
    virtual ~PortSink() = default;
    virtual void on_event(Event event) = 0;
    virtual void on_scanners_changed() = 0;
};

// From the beginning, or on from what was already tried for this request.
enum class Continuation : std::uint8_t { fresh, go_on };

class BiometricPort {
  public:
    virtual ~BiometricPort() = default;

    // Must outlive the port's use; set before any order.
    virtual void set_sink(PortSink& sink) = 0;
    [[nodiscard]] virtual wire::Modality modality() const noexcept = 0;
    // The sensors that may be used, the one that will be used first.
    [[nodiscard]] virtual std::vector<wire::Scanner> scanners() = 0;

    // The templates of one person, at most wire::kMaxGallery, for the scans that follow; Matched tells the place in
    // `gallery`. Templates that do not fit the sensor are left out. Errors: unavailable (no sensor), mismatch (no
    // template fits). Kept until forget_gallery().
    [[nodiscard]] virtual Status select_gallery(std::span<const SecureBytes> gallery) = 0;
    virtual void forget_gallery() = 0;

    virtual void open() = 0;  // -> Opened | OpenFailed
    // Precondition: opened, no scan running; verify: a gallery is selected. -> SurfaceSeen*, the purpose's results, and
    // at last one ScanEnded.
    virtual void scan(Purpose purpose, Continuation continuation) = 0;
    virtual void cancel_scan() = 0;  // ScanEnded follows, without a fault if the cancel was the cause
    virtual void close() = 0;        // -> Closed, whatever happens
};

}  // namespace sekimori::biometric
