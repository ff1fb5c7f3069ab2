// SPDX-License-Identifier: Apache-2.0
#include "crypto/system.hpp"

#include <sys/random.h>
#include <time.h>

#include <cerrno>
#include <fstream>
#include <string>

namespace sekimori::crypto {
namespace {

Millis read_clock(clockid_t which) noexcept {
    timespec time{};
    (void)clock_gettime(which, &time);  // fails for an unknown clock only
    return std::chrono::duration_cast<Millis>(std::chrono::seconds{time.tv_sec} +
                                              std::chrono::nanoseconds{time.tv_nsec});
}

}  // namespace

Status SystemRng::fill(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const ssize_t got = getrandom(out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail(ErrorCode::io, "getrandom failed");
        out = out.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

Result<SystemClock> SystemClock::make() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string text;
    std::getline(file, text);
    std::erase(text, '-');
    const auto id = from_hex<16>(text);
    if (!id) return fail(ErrorCode::io, "the kernel's boot id cannot be read");
    return SystemClock(*id);
}

Instant SystemClock::now() {
    return {boot_id_, read_clock(CLOCK_BOOTTIME), read_clock(CLOCK_REALTIME), WallQuality::good};
}

}  // namespace sekimori::crypto
