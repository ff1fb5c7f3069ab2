// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "admin/doctor/tree.hpp"

namespace sekimori::doctor {

Result<std::string> MemoryTree::read(const std::string& path) const {
    const auto found = files.find(path);
    if (found != files.end()) return found->second;
    return fail(is_directory(path) ? ErrorCode::io : ErrorCode::not_found, path);
}

std::vector<std::string> MemoryTree::list(const std::string& directory) const {
    std::vector<std::string> names;
    const std::string prefix = directory + "/";
    for (const auto& [path, content] : files) {
        if (!path.starts_with(prefix)) continue;
        std::string name = path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size());
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool MemoryTree::is_directory(const std::string& path) const {
    const auto below = files.lower_bound(path + "/");
    return below != files.end() && below->first.starts_with(path + "/");
}

bool MemoryTree::exists(const std::string& path) const { return files.contains(path) || is_directory(path); }

}  // namespace sekimori::doctor
