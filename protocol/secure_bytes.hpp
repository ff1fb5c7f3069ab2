// SPDX-License-Identifier: Apache-2.0
// SecureBytes: memory for keys, PINs and nonces. Pages of its own, locked where the limit allows, left out of core
// dumps, wiped before they are given back. Move-only; no operator<<; compared in constant time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekimori {

class SecureBytes {
  public:
    SecureBytes() noexcept = default;
    // Zero-filled. On failure of the allocation the object is empty: callers compare size().
    explicit SecureBytes(std::size_t size) noexcept;
    explicit SecureBytes(std::span<const std::uint8_t> bytes) noexcept;
    SecureBytes(SecureBytes&& other) noexcept;
    SecureBytes& operator=(SecureBytes&& other) noexcept;
    SecureBytes(const SecureBytes&) = delete;
    SecureBytes& operator=(const SecureBytes&) = delete;
    ~SecureBytes();

    [[nodiscard]] SecureBytes clone() const noexcept { return SecureBytes(span()); }
    [[nodiscard]] std::uint8_t* data() noexcept { return data_; }
    [[nodiscard]] const std::uint8_t* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::span<const std::uint8_t> span() const noexcept { return {data_, size_}; }
    [[nodiscard]] std::span<std::uint8_t> span() noexcept { return {data_, size_}; }
    // Valid while this object lives and is not changed.
    [[nodiscard]] std::string_view view() const noexcept;
    // Shortens the content; the rest is wiped at once. Precondition: size <= this->size().
    void truncate(std::size_t size) noexcept;
    void clear() noexcept;

    // Constant time for equal sizes; sizes are not secret.
    [[nodiscard]] static bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept;

  private:
    std::uint8_t* data_{nullptr};
    std::size_t size_{0};
    std::size_t mapped_{0};
};

// Wipes ordinary memory in a way that the optimiser keeps.
void wipe(std::span<std::uint8_t> bytes) noexcept;

}  // namespace sekimori
