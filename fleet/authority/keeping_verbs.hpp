// SPDX-License-Identifier: Apache-2.0
// The verbs by which what the authority keeps leaves its host and comes back.
#pragma once

#include "fleet/authority/context.hpp"

namespace sekimori::fleet {

// `server-certificate HOST... --out DIR`
[[nodiscard]] Status server_certificate(const Context& context);
// `backup FILE`, `restore FILE`
[[nodiscard]] Status backup(const Context& context);
[[nodiscard]] Status restore(const Context& context);

}  // namespace sekimori::fleet
