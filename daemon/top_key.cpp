// SPDX-License-Identifier: Apache-2.0
#include "daemon/top_key.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "protocol/channel.hpp"

namespace sekimori::daemon {

Result<TopKey> load_top_key() {
    TopKey top;
    const char* directory = getenv("CREDENTIALS_DIRECTORY");  // set by systemd for this unit alone
    if (directory == nullptr) return top;
    const UniqueFd fd(open((std::string(directory) + "/sekimori.key").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return top;
    SecureBytes key(33);
    const ssize_t size = read(fd.get(), key.data(), key.size());
    if (size != 32) return fail(ErrorCode::malformed, "the credential sekimori.key must be 32 bytes");
    key.truncate(32);
    top.key = std::move(key);
    // Who sealed it is known to the one who did: a second credential says so, and its absence is the humbler claim.
    if (access((std::string(directory) + "/sekimori.tpm2").c_str(), R_OK) == 0) top.protection = KeyProtection::tpm2;
    return top;
}

}  // namespace sekimori::daemon
