// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/accounts.hpp"

#include <grp.h>
#include <pwd.h>

#include <array>

namespace sekimori::daemon {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;
constexpr int kMaxGroups = 256;

struct Found {
    uid_t uid;
    gid_t gid;
};
std::optional<Found> look_up(const std::string& account) {
    std::vector<char> buffer(kBuffer);
    passwd entry{};
    passwd* found = nullptr;
    if (getpwnam_r(account.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    return Found{found->pw_uid, found->pw_gid};
}

}  // namespace

std::optional<std::uint32_t> SystemAccounts::uid_of(const std::string& account) {
    const auto found = look_up(account);
    return found ? std::optional<std::uint32_t>(found->uid) : std::nullopt;
}

std::vector<std::string> SystemAccounts::groups_of(const std::string& account) {
    const auto found = look_up(account);
    if (!found) return {};
    std::array<gid_t, kMaxGroups> ids{};
    int count = kMaxGroups;
    if (getgrouplist(account.c_str(), found->gid, ids.data(), &count) < 0) return {};
    std::vector<std::string> names;
    std::vector<char> buffer(kBuffer);
    for (int i = 0; i < count; ++i) {
        group entry{};
        group* one = nullptr;
        if (getgrgid_r(ids[static_cast<std::size_t>(i)], &entry, buffer.data(), buffer.size(), &one) == 0 &&
            one != nullptr)
            names.emplace_back(one->gr_name);
    }
    return names;
}

}  // namespace sekimori::daemon
