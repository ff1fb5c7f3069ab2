// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/fingers/screening/matcher.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sekimori::lab::fingers {
namespace {

struct FreeError {
    void operator()(GError* error) const noexcept { g_error_free(error); }
};
using GErrorOwner = std::unique_ptr<GError, FreeError>;

// Turns the main loop until the operation has called back.
void wait_for(const Object<GAsyncResult>& result) {
    while (!result) {
        g_main_context_iteration(nullptr, TRUE);
    }
}

void keep_result(GObject*, GAsyncResult* result, gpointer kept) noexcept {
    static_cast<Object<GAsyncResult>*>(kept)->reset(static_cast<GAsyncResult*>(g_object_ref(result)));
}

tl::unexpected<Error> failed(const char* what, GError* error) {
    const GErrorOwner owner(error);
    const ErrorCode code = error->domain == FP_DEVICE_RETRY ? ErrorCode::refused : ErrorCode::io;
    return fail(code, std::string(what) + ": " + error->message);
}

// The images of one enrolment, handed over as the stages ask for them.
struct Enrolment {
    VirtualScanner& scanner;
    std::span<const GreyImage> images;
    GCancellable* cancellable;
    bool poor_image = false;
};

void next_image(FpDevice*, gint stage, FpPrint*, gpointer data, GError* error) noexcept {
    auto& enrolment = *static_cast<Enrolment*>(data);
    const auto next = static_cast<std::size_t>(stage);
    if (error != nullptr) {
        enrolment.poor_image = true;
        g_cancellable_cancel(enrolment.cancellable);
    } else if (next < enrolment.images.size() && !enrolment.scanner.send(enrolment.images[next])) {
        g_cancellable_cancel(enrolment.cancellable);
    }
}

}  // namespace

Result<Matcher> Matcher::open(const std::filesystem::path& socket) {
    g_setenv("FP_VIRTUAL_IMAGE", socket.c_str(), TRUE);
    Object<FpContext> context(fp_context_new());
    const GPtrArray* devices = fp_context_get_devices(context.get());
    FpDevice* found = nullptr;
    for (guint i = 0; devices != nullptr && i < devices->len; ++i) {
        auto* device = static_cast<FpDevice*>(g_ptr_array_index(devices, i));
        if (std::string(fp_device_get_driver(device)) == "virtual_image") {
            found = device;
        }
    }
    if (found == nullptr) {
        return fail(ErrorCode::unavailable, "libfprint has no virtual_image driver");
    }
    Object<FpDevice> device(FP_DEVICE(g_object_ref(found)));
    GError* error = nullptr;
    if (fp_device_open_sync(device.get(), nullptr, &error) == FALSE) {
        return failed("open", error);
    }
    auto scanner = VirtualScanner::connect(socket, std::chrono::seconds(5));
    if (!scanner) {
        return tl::unexpected(scanner.error());
    }
    return Matcher(std::move(context), std::move(device), std::move(*scanner));
}

Matcher::~Matcher() {
    if (device_) {
        fp_device_close_sync(device_.get(), nullptr, nullptr);
    }
}

std::size_t Matcher::stages() const { return static_cast<std::size_t>(fp_device_get_nr_enroll_stages(device_.get())); }

Result<Matcher::Print> Matcher::enrol(std::span<const GreyImage> images) {
    Object<GAsyncResult> result;
    const Object<GCancellable> cancellable(g_cancellable_new());
    Enrolment enrolment{scanner_, images, cancellable.get()};
    fp_device_enroll(device_.get(), fp_print_new(device_.get()), cancellable.get(), next_image, &enrolment, nullptr,
                     keep_result, &result);
    if (auto sent = scanner_.send(images.front()); !sent) {
        g_cancellable_cancel(cancellable.get());
    }
    wait_for(result);
    GError* error = nullptr;
    Print print(fp_device_enroll_finish(device_.get(), result.get(), &error));
    if (!print) {
        auto failure = failed("enrol", error);
        return enrolment.poor_image ? fail(ErrorCode::refused, "enrol: a poor image") : failure;
    }
    return print;
}

Result<std::optional<std::size_t>> Matcher::identify(const GreyImage& image, std::span<const Print> gallery) {
    Object<GAsyncResult> result;
    GPtrArray* prints = g_ptr_array_new();
    for (const Print& print : gallery) {
        g_ptr_array_add(prints, print.get());
    }
    fp_device_identify(device_.get(), prints, nullptr, nullptr, nullptr, nullptr, keep_result, &result);
    g_ptr_array_unref(prints);
    if (auto sent = scanner_.send(image); !sent) {
        return tl::unexpected(sent.error());
    }
    wait_for(result);
    FpPrint* match = nullptr;
    FpPrint* scanned = nullptr;
    GError* error = nullptr;
    const gboolean ok = fp_device_identify_finish(device_.get(), result.get(), &match, &scanned, &error);
    const Print match_owner(match);
    const Print scanned_owner(scanned);
    if (ok == FALSE) {
        return failed("identify", error);
    }
    const auto place = std::ranges::find(gallery, match, [](const Print& print) { return print.get(); });
    if (place == gallery.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(place - gallery.begin());
}

}  // namespace sekimori::lab::fingers
