// SPDX-License-Identifier: Apache-2.0
// The build that workers and broker must share: they are installed and started together.
#pragma once

namespace sekimori {
inline constexpr const char* kBuild = "sekimori-0.1.0-p1";
}  // namespace sekimori
