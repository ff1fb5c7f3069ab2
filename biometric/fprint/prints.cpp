// SPDX-License-Identifier: Apache-2.0
#include "biometric/fprint/prints.hpp"

#include <algorithm>

#include "protocol/schema.hpp"

namespace sekimori::biometric::fprint {
namespace {

// The bound of wire::EnrolDone::data.
constexpr std::size_t kLargestTemplate = std::size_t{48} * 1024;

}  // namespace

Object<FpPrint> blank_print(FpDevice* device) {
    Object<FpPrint> print(static_cast<FpPrint*>(g_object_ref_sink(fp_print_new(device))));
    fp_print_set_finger(print.get(), FP_FINGER_UNKNOWN);
    return print;
}

Result<Gallery> fitting(std::span<const SecureBytes> templates, FpDevice* device) {
    Gallery gallery;
    const std::size_t count = std::min<std::size_t>(templates.size(), wire::kMaxGallery);
    for (std::size_t i = 0; i < count; ++i) {
        const auto bytes = templates[i].span();
        if (bytes.empty() || bytes.size() > kLargestTemplate) continue;
        GError* error = nullptr;
        FpPrint* parsed = fp_print_deserialize(bytes.data(), bytes.size(), &error);
        const GErrorOwner error_owner(error);
        if (parsed == nullptr) continue;
        Object<FpPrint> print(static_cast<FpPrint*>(
            g_object_is_floating(parsed) != FALSE ? g_object_ref_sink(parsed) : static_cast<gpointer>(parsed)));
        if (fp_print_compatible(print.get(), device) == FALSE) continue;
        gallery.push_back({static_cast<std::uint8_t>(i), std::move(print)});
    }
    if (gallery.empty()) return fail(ErrorCode::mismatch, "no template fits the sensor");
    return gallery;
}

Result<SecureBytes> serialize(FpPrint* print) {
    guchar* data = nullptr;
    gsize size = 0;
    GError* error = nullptr;
    const bool made = fp_print_serialize(print, &data, &size, &error) != FALSE;
    const GErrorOwner error_owner(error);
    if (!made) return fail(ErrorCode::internal, "the print does not serialize");
    SecureBytes bytes;
    if (size <= kLargestTemplate) bytes = SecureBytes(std::span<const std::uint8_t>(data, size));
    wipe({data, size});
    g_free(data);
    if (size > kLargestTemplate) return fail(ErrorCode::too_large, "the print is too large");
    if (bytes.size() != size || size == 0) return fail(ErrorCode::internal, "out of memory");
    return bytes;
}

}  // namespace sekimori::biometric::fprint
