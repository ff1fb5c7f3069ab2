// SPDX-License-Identifier: Apache-2.0
// A file system of a few megabytes that can be filled to the last byte, in a mount namespace of a child.
#pragma once

#include <fcntl.h>

#include "tests/unit/own_mounts.hpp"

namespace sekimori::test {

inline std::string mount_small_disk(const std::string& at) { return mount_of_our_own(at, "size=4m,mode=0700"); }

inline void fill_disk(const std::string& directory) {
    const int fd = open((directory + "/filler").c_str(), O_WRONLY | O_CREAT, 0600);
    for (std::size_t size = 65536; size > 0; size /= 2) {
        const std::string junk(size, 'x');
        while (write(fd, junk.data(), junk.size()) == static_cast<ssize_t>(size)) {
        }
    }
    close(fd);
}

}  // namespace sekimori::test
