// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/layout.hpp"

#include <algorithm>

namespace sekimori::lab::launcher {

Result<Layout> Layout::at(const std::string& folder) {
    if (!folder.starts_with('/')) {
        return fail(ErrorCode::invalid_argument, "the lab's folder must be an absolute path: " + folder);
    }
    if (std::ranges::any_of(folder, [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; })) {
        return fail(ErrorCode::invalid_argument, "the lab's folder has a control character in its path");
    }
    std::string clean = std::filesystem::path(folder).lexically_normal().string();
    if (clean.size() > 1 && clean.ends_with('/')) {
        clean.pop_back();
    }
    if (clean.size() > max_folder_bytes) {
        return fail(ErrorCode::invalid_argument,
                    "the lab's folder is longer than " + std::to_string(max_folder_bytes) + " bytes: " + clean);
    }
    if (clean == "/") {
        return fail(ErrorCode::invalid_argument, "the root directory is no folder for a lab");
    }
    return Layout(std::move(clean));
}

}  // namespace sekimori::lab::launcher
