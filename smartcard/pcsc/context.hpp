// SPDX-License-Identifier: Apache-2.0
// Context: one connection to pcscd. Used by one thread, except cancel().
#pragma once

#include <winscard.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/instant.hpp"

namespace sekimori::smartcard::pcsc {

// One reader's state, as SCardGetStatusChange has it.
struct ReaderState {
    std::string name;
    DWORD event{SCARD_STATE_UNAWARE};  // dwEventState; given back as the state that the caller knows
    [[nodiscard]] bool present() const noexcept { return (event & SCARD_STATE_PRESENT) != 0; }
    // Insertions and removals so far, modulo 2^16: names one visit of a card.
    [[nodiscard]] std::uint32_t counter() const noexcept { return static_cast<std::uint32_t>((event >> 16) & 0xffff); }
};

// pcscd has at most 16 readers, and one place of a wait is taken by its notice of new ones.
inline constexpr std::size_t kMaxReaders = 15;

class Context {
  public:
    Context() noexcept = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    Context(Context&&) = delete;
    Context& operator=(Context&&) = delete;
    ~Context() { close(); }

    // All return PC/SC's code. open() first; after service_lost() close and open again.
    [[nodiscard]] LONG open() noexcept;
    void close() noexcept;
    [[nodiscard]] bool is_open() const noexcept { return open_; }
    // Every reader there is; none is a success.
    [[nodiscard]] LONG list(std::vector<std::string>& names) const;
    // Blocks until a reader differs from its `event`, a reader comes or goes, cancel(), or `limit` (SCARD_E_TIMEOUT).
    [[nodiscard]] LONG wait(std::vector<ReaderState>& states, DWORD limit_ms) const;
    // The state now.
    [[nodiscard]] LONG look(ReaderState& state) const;
    // Wakes wait(). From any thread, while the object lives.
    void cancel() const noexcept;
    [[nodiscard]] SCARDCONTEXT handle() const noexcept { return handle_; }

  private:
    SCARDCONTEXT handle_{};
    bool open_{false};
};

}  // namespace sekimori::smartcard::pcsc
