// SPDX-License-Identifier: Apache-2.0
// Owners for what GLib hands out.
#pragma once

#include <glib-object.h>

#include <memory>

namespace sekimori::biometric::fprint {

struct Unref {
    void operator()(void* object) const noexcept { g_object_unref(object); }
};
template <class T>
using Object = std::unique_ptr<T, Unref>;

struct FreeError {
    void operator()(GError* error) const noexcept { g_error_free(error); }
};
using GErrorOwner = std::unique_ptr<GError, FreeError>;

// Another reference to an object that somebody else owns.
template <class T>
[[nodiscard]] Object<T> share(T* object) {
    return Object<T>(static_cast<T*>(g_object_ref(object)));
}

}  // namespace sekimori::biometric::fprint
