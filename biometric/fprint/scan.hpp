// SPDX-License-Identifier: Apache-2.0
// One action of libfprint (identify, verify or enroll) from its start to its end. Results are told when they are known,
// in libfprint's report callbacks: the action itself ends only when the finger is lifted.
#pragma once

#include <fprint.h>

#include <functional>
#include <memory>

#include "biometric/event.hpp"
#include "biometric/fprint/glib.hpp"
#include "biometric/fprint/prints.hpp"

namespace sekimori::biometric::fprint {

class Scan {
  public:
    // `tell` is called from the main loop, the last time with ScanEnded: after that the scan may be destroyed, before
    // that it must not be.
    using Tell = std::function<void(Event)>;

    // The whole gallery in one touch. Precondition: the device identifies, the gallery lives as long as the scan.
    [[nodiscard]] static std::unique_ptr<Scan> identify(FpDevice* device, const Gallery& gallery, Tell tell);
    // One print; `others_left`: a mismatch is a request for another touch, not yet a verdict.
    enum class More : std::uint8_t { none, others_left };
    [[nodiscard]] static std::unique_ptr<Scan> verify(FpDevice* device, const GalleryPrint& print, More more,
                                                      Tell tell);
    [[nodiscard]] static std::unique_ptr<Scan> enrol(FpDevice* device, const wire::Scanner& scanner, Tell tell);

    void cancel() noexcept { g_cancellable_cancel(cancellable_.get()); }
    // The touch was compared and did not fit.
    [[nodiscard]] bool mismatched() const noexcept { return mismatched_; }

  private:
    Scan(FpDevice* device, Tell tell)
        : device_(share(device)), tell_(std::move(tell)), cancellable_(g_cancellable_new()) {}

    static void matched(FpDevice*, FpPrint* match, FpPrint*, gpointer self, GError* error) noexcept;
    static void staged(FpDevice*, gint stage, FpPrint*, gpointer self, GError* error) noexcept;
    static void identified(GObject*, GAsyncResult* result, gpointer self) noexcept;
    static void verified(GObject*, GAsyncResult* result, gpointer self) noexcept;
    static void enrolled(GObject*, GAsyncResult* result, gpointer self) noexcept;
    void report(FpPrint* match, const GError* error);
    void finish(const GError* error);

    Object<FpDevice> device_;
    Tell tell_;
    Object<GCancellable> cancellable_;
    const Gallery* gallery_{nullptr};
    const GalleryPrint* print_{nullptr};
    More more_{More::none};
    wire::Scanner scanner_;
    bool reported_{false};
    bool mismatched_{false};
};

}  // namespace sekimori::biometric::fprint
