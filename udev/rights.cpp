// SPDX-License-Identifier: Apache-2.0
#include "udev/rights.hpp"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sekimori::udev {
namespace {

constexpr uid_t kNobody = 65534;

}  // namespace

Status become_owner_of(const std::string& socket) {
    const rlimit none{0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (geteuid() != 0) return {};
    struct stat info {};
    uid_t uid = kNobody;
    gid_t gid = kNobody;
    if (lstat(socket.c_str(), &info) == 0 && S_ISSOCK(info.st_mode) && info.st_uid != 0) {
        uid = info.st_uid;
        gid = info.st_gid;
    }
    // With the uid go all capabilities (capabilities(7)).
    if (setgroups(0, nullptr) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0 || setuid(0) == 0)
        return fail(ErrorCode::io, "root's rights can't be given up");
    return {};
}

}  // namespace sekimori::udev
