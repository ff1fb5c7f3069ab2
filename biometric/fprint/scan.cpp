// SPDX-License-Identifier: Apache-2.0
#include "biometric/fprint/scan.hpp"

#include <algorithm>
#include <utility>

#include "biometric/fprint/faults.hpp"

namespace sekimori::biometric::fprint {
namespace {

struct FreeArray {
    void operator()(GPtrArray* array) const noexcept { g_ptr_array_unref(array); }
};

}  // namespace

std::unique_ptr<Scan> Scan::identify(FpDevice* device, const Gallery& gallery, Tell tell) {
    std::unique_ptr<Scan> scan(new Scan(device, std::move(tell)));
    scan->gallery_ = &gallery;
    // libfprint makes its own array with its own references.
    const std::unique_ptr<GPtrArray, FreeArray> prints(g_ptr_array_new());
    for (const GalleryPrint& one : gallery) g_ptr_array_add(prints.get(), one.print.get());
    fp_device_identify(device, prints.get(), scan->cancellable_.get(), matched, scan.get(), nullptr, identified,
                       scan.get());
    return scan;
}

std::unique_ptr<Scan> Scan::verify(FpDevice* device, const GalleryPrint& print, More more, Tell tell) {
    std::unique_ptr<Scan> scan(new Scan(device, std::move(tell)));
    scan->print_ = &print;
    scan->more_ = more;
    fp_device_verify(device, print.print.get(), scan->cancellable_.get(), matched, scan.get(), nullptr, verified,
                     scan.get());
    return scan;
}

std::unique_ptr<Scan> Scan::enrol(FpDevice* device, const wire::Scanner& scanner, Tell tell) {
    std::unique_ptr<Scan> scan(new Scan(device, std::move(tell)));
    scan->scanner_ = scanner;
    const Object<FpPrint> blank = blank_print(device);
    fp_device_enroll(device, blank.get(), scan->cancellable_.get(), staged, scan.get(), nullptr, enrolled, scan.get());
    return scan;
}

// The match report of identify (match: one of our gallery) and of verify (match: the print that was given).
void Scan::matched(FpDevice* /*device*/, FpPrint* match, FpPrint* /*scanned*/, gpointer self, GError* error) noexcept {
    static_cast<Scan*>(self)->report(match, error);
}

void Scan::report(FpPrint* match, const GError* error) {
    if (reported_) return;
    reported_ = true;
    if (error != nullptr) {
        tell_(Retried{hint_of(*error).value_or(wire::RetryHint::general)});
        return;
    }
    if (match == nullptr) {
        mismatched_ = true;
        if (more_ == More::others_left)
            tell_(Retried{wire::RetryHint::general});
        else
            tell_(NotMatched{});
        return;
    }
    if (print_ != nullptr) {
        if (match == print_->print.get()) tell_(Matched{print_->index});
        return;
    }
    const auto place = std::ranges::find(*gallery_, match, [](const GalleryPrint& one) { return one.print.get(); });
    // A match that is none of ours is no match: nothing is told, and the scan's end is an error of the session.
    if (place != gallery_->end()) tell_(Matched{place->index});
}

void Scan::staged(FpDevice* device, gint stage, FpPrint* /*print*/, gpointer self, GError* error) noexcept {
    auto& me = *static_cast<Scan*>(self);
    if (error != nullptr) {
        me.tell_(Retried{hint_of(*error).value_or(wire::RetryHint::general)});
        return;
    }
    const auto byte = [](gint value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); };
    me.tell_(StageAccepted{byte(stage), byte(fp_device_get_nr_enroll_stages(device))});
}

void Scan::finish(const GError* error) {
    if (error == nullptr || is_cancelled(*error)) {
        tell_(ScanEnded{});
    } else if (const auto hint = hint_of(*error)) {
        if (!reported_) tell_(Retried{*hint});
        tell_(ScanEnded{});
    } else {
        tell_(ScanEnded{fault_of(*error)});
    }
}

void Scan::identified(GObject* source, GAsyncResult* result, gpointer self) noexcept {
    FpPrint* match = nullptr;
    FpPrint* scanned = nullptr;
    GError* error = nullptr;
    fp_device_identify_finish(FP_DEVICE(source), result, &match, &scanned, &error);
    const Object<FpPrint> match_owner(match);
    const Object<FpPrint> scanned_owner(scanned);
    const GErrorOwner owner(error);
    static_cast<Scan*>(self)->finish(error);
}

void Scan::verified(GObject* source, GAsyncResult* result, gpointer self) noexcept {
    gboolean match = FALSE;
    FpPrint* scanned = nullptr;
    GError* error = nullptr;
    fp_device_verify_finish(FP_DEVICE(source), result, &match, &scanned, &error);
    const Object<FpPrint> scanned_owner(scanned);
    const GErrorOwner owner(error);
    static_cast<Scan*>(self)->finish(error);
}

void Scan::enrolled(GObject* source, GAsyncResult* result, gpointer self) noexcept {
    auto& me = *static_cast<Scan*>(self);
    GError* error = nullptr;
    const Object<FpPrint> print(fp_device_enroll_finish(FP_DEVICE(source), result, &error));
    const GErrorOwner owner(error);
    if (print) {
        if (auto data = serialize(print.get())) me.tell_(Enrolled{std::move(me.scanner_), std::move(*data)});
    }
    me.finish(error);
}

}  // namespace sekimori::biometric::fprint
