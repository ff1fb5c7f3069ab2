// SPDX-License-Identifier: Apache-2.0
// Image: a chain's state as bytes, so that who verified it once need not do it again at every start. Not a format: only
// the build that wrote one reads it, and only after whoever keeps it has made sure that nobody else wrote it.
#pragma once

#include "ledger/chain.hpp"

namespace sekimori {

// Precondition: nothing is pending; a denial without an entry is no part of the chain.
[[nodiscard]] Bytes write_image(const Chain& chain, std::string_view build);
// Errors: malformed (cut off, or of another build).
[[nodiscard]] Result<Chain> read_image(ByteSpan bytes, std::string_view build);

}  // namespace sekimori
