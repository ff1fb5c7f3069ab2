// SPDX-License-Identifier: Apache-2.0
// What a test has to know of AddressSanitizer: gcc says by a macro that it is there, clang by a feature.
#pragma once

#ifdef __SANITIZE_ADDRESS__
#define SEKIMORI_TEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SEKIMORI_TEST_SANITIZED
#endif
#endif

#ifdef SEKIMORI_TEST_SANITIZED
#include <sanitizer/lsan_interface.h>
#endif

namespace sekimori::test {

#ifdef SEKIMORI_TEST_SANITIZED
constexpr bool kSanitized = true;
// What a library forgets to free as long as this lives is not counted as ours. The name says why.
using LeaksAllowed = __lsan::ScopedDisabler;
#else
constexpr bool kSanitized = false;
struct [[maybe_unused]] LeaksAllowed {};
#endif

}  // namespace sekimori::test
