// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "smartcard/failure.hpp"

namespace sekimori::smartcard {

// Unpacks one gzip member (RFC 1952) that fills `packed`. Nothing beyond `max` bytes is ever allocated.
// Errors: malformed, too_large.
[[nodiscard]] Result<Bytes> gunzip(ByteSpan packed, std::size_t max);

}  // namespace sekimori::smartcard
