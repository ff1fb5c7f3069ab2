// SPDX-License-Identifier: Apache-2.0
#include "protocol/secure_bytes.hpp"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace sekimori {

SecureBytes::SecureBytes(std::size_t size) noexcept {
    if (size == 0) return;
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t mapped = (size + page - 1) / page * page;
    void* memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    // Locking is refused to hosts with a small RLIMIT_MEMLOCK (a PAM module lives in other people's processes): the
    // other protections hold all the same, and the daemon's unit raises the limit.
    (void)mlock(memory, mapped);
    (void)madvise(memory, mapped, MADV_DONTDUMP);
    data_ = static_cast<std::uint8_t*>(memory);
    size_ = size;
    mapped_ = mapped;
}

SecureBytes::SecureBytes(std::span<const std::uint8_t> bytes) noexcept : SecureBytes(bytes.size()) {
    if (size_ == bytes.size()) std::copy(bytes.begin(), bytes.end(), data_);
}

SecureBytes::SecureBytes(SecureBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      mapped_(std::exchange(other.mapped_, 0)) {}

SecureBytes& SecureBytes::operator=(SecureBytes&& other) noexcept {
    if (this != &other) {
        clear();
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
        mapped_ = std::exchange(other.mapped_, 0);
    }
    return *this;
}

SecureBytes::~SecureBytes() { clear(); }

std::string_view SecureBytes::view() const noexcept { return {reinterpret_cast<const char*>(data_), size_}; }

void SecureBytes::truncate(std::size_t size) noexcept {
    if (size >= size_) return;
    wipe({data_ + size, size_ - size});
    size_ = size;
}

void SecureBytes::clear() noexcept {
    if (data_ == nullptr) return;
    explicit_bzero(data_, mapped_);
    (void)munmap(data_, mapped_);
    data_ = nullptr;
    size_ = mapped_ = 0;
}

bool SecureBytes::equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept {
    if (a.size() != b.size()) return false;
    volatile std::uint8_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
    return difference == 0;
}

void wipe(std::span<std::uint8_t> bytes) noexcept {
    if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

}  // namespace sekimori
