// SPDX-License-Identifier: Apache-2.0
#include "pam_module/handle.hpp"

#include <string.h>

#include <new>
#include <utility>

#include "protocol/wire.hpp"

namespace sekimori::pam {
namespace {

constexpr const char* kName = "sekimori";

// Called at pam_end, at replacement (PAM_DATA_REPLACE) and in a child that ends quietly (PAM_DATA_SILENT): the memory
// is this process's own each time, so it is wiped and freed each time.
extern "C" void sekimori_drop(pam_handle_t* /*handle*/, void* data, int /*status*/) { delete static_cast<Kept*>(data); }

}  // namespace

Kept* kept(pam_handle_t* handle) noexcept {
    const void* data = nullptr;
    if (pam_get_data(handle, kName, &data) != PAM_SUCCESS) return nullptr;
    // The handle gives back the pointer that keep() gave to it.
    return static_cast<Kept*>(const_cast<void*>(data));
}

Status keep(pam_handle_t* handle, Kept what) noexcept {
    auto* owned = new (std::nothrow) Kept(std::move(what));
    if (owned == nullptr) return fail(ErrorCode::internal, "out of memory");
    if (pam_set_data(handle, kName, owned, sekimori_drop) == PAM_SUCCESS) return {};
    delete owned;
    return fail(ErrorCode::internal, "the handle keeps nothing");
}

void forget(pam_handle_t* handle) noexcept {
    Kept* old = kept(handle);
    if (old == nullptr) return;
    // Emptied first: should the replacement fail, nothing that opens a session is left.
    *old = Kept{};
    (void)pam_set_data(handle, kName, nullptr, nullptr);
}

Result<std::string> text_item(const pam_handle_t* handle, int item) {
    const void* value = nullptr;
    if (pam_get_item(handle, item, &value) != PAM_SUCCESS) return fail(ErrorCode::io, "no such item");
    if (value == nullptr) return std::string();
    const char* text = static_cast<const char*>(value);
    const std::size_t size = strlen(text);
    if (!wire::valid_text({reinterpret_cast<const std::uint8_t*>(text), size}))
        return fail(ErrorCode::malformed, "an item of the handle is not UTF-8");
    return std::string(text, size);
}

}  // namespace sekimori::pam
