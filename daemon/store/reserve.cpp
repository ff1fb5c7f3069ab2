// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "daemon/store/directory.hpp"

namespace sekimori::daemon {
namespace {

// A slot: magic(4) | length(2, big-endian) | first 8 bytes of SHA-256 of the content | content | zeros.
constexpr std::array<std::uint8_t, 4> kMagic{'S', 'K', 'D', '1'};
constexpr std::size_t kHeader = 4 + 2 + 8;
constexpr std::size_t kSize = Reserve::kSlot * Reserve::kSlots;

Bytes fill_slot(ByteSpan content) {
    Bytes slot(Reserve::kSlot);
    const Hash check = crypto::sha256({content});
    std::copy(kMagic.begin(), kMagic.end(), slot.begin());
    slot[4] = static_cast<std::uint8_t>(content.size() >> 8);
    slot[5] = static_cast<std::uint8_t>(content.size() & 0xff);
    std::copy_n(check.begin(), 8, slot.begin() + 6);
    std::copy(content.begin(), content.end(), slot.begin() + kHeader);
    return slot;
}

enum class Sort : std::uint8_t { empty, whole, damaged };
Sort read_slot(ByteSpan slot, ByteSpan& content) {
    if (std::ranges::all_of(slot, [](std::uint8_t byte) { return byte == 0; })) return Sort::empty;
    const auto size = static_cast<std::size_t>((slot[4] << 8) | slot[5]);
    if (!std::equal(kMagic.begin(), kMagic.end(), slot.begin()) || size > slot.size() - kHeader) return Sort::damaged;
    content = slot.subspan(kHeader, size);
    const Hash check = crypto::sha256({content});
    return std::equal(check.begin(), check.begin() + 8, slot.begin() + 6) ? Sort::whole : Sort::damaged;
}

}  // namespace

Result<Reserve> Reserve::open(const std::string& directory) {
    const std::string path = directory + "/denials.log";
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0) {
        // Written, not only allocated: on a file system that fills holes late, an allocation is a promise.
        if (auto made = write_private(path, Bytes(kSize)); !made) return tl::unexpected<Error>(made.error());
    } else if (facts.st_size != static_cast<off_t>(kSize)) {
        return fail(ErrorCode::corrupt, "denials.log: has a wrong size");
    }
    Reserve reserve(UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)));
    if (!reserve.fd_) return system_failed("opening denials.log");
    if (auto scanned = reserve.scan(); !scanned) return tl::unexpected<Error>(scanned.error());
    return reserve;
}

Status Reserve::scan() {
    std::size_t damaged = 0;
    Bytes slot(kSlot);
    for (std::size_t at = 0; at < kSlots; ++at) {
        if (pread(fd_.get(), slot.data(), slot.size(), static_cast<off_t>(at * kSlot)) !=
            static_cast<ssize_t>(slot.size()))
            return system_failed("reading denials.log");
        ByteSpan content;
        const Sort sort = read_slot(slot, content);
        if (sort == Sort::empty) continue;
        auto statement = sort == Sort::whole ? decode_tlv<SignedStatement>(content)
                                             : Result<SignedStatement>(fail(ErrorCode::malformed, ""));
        if (statement) {
            used_[at] = Slot::used;
            found_.push_back({at, std::move(*statement)});
        } else {
            // The write that a crash cut short was never acknowledged. Its slot is the next to be used.
            ++damaged;
            next_ = at;
        }
    }
    if (damaged > 1) return fail(ErrorCode::corrupt, "denials.log: more than one slot is damaged");
    return {};
}

void Reserve::erase(std::size_t slot) {
    if (write_at(fd_.get(), Bytes(kSlot), slot * kSlot)) (void)sync_data(fd_.get());
    release(slot);
}

Result<std::size_t> Reserve::append(const SignedStatement& denial) {
    const auto content = encode_tlv_plain(denial);
    if (!content) return tl::unexpected<Error>(content.error());
    if (content->size() > kSlot - kHeader) return fail(ErrorCode::too_large, "denials.log: the denial is too large");
    std::size_t at = next_;
    while (used_[at] == Slot::used) {
        at = (at + 1) % kSlots;
        if (at == next_) return fail(ErrorCode::full, "denials.log: no free slot");
    }
    next_ = at;
    if (auto written = write_at(fd_.get(), fill_slot(*content), at * kSlot); !written)
        return tl::unexpected<Error>(written.error());
    if (auto synced = sync_data(fd_.get()); !synced) return tl::unexpected<Error>(synced.error());
    used_[at] = Slot::used;
    next_ = (at + 1) % kSlots;
    return at;
}

}  // namespace sekimori::daemon
