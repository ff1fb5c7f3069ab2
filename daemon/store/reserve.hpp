// SPDX-License-Identifier: Apache-2.0
// Reserve: space on disk that was taken while there was some, so that a denial is durable on a full disk. The file
// denials.log has slots of a fixed size; a denial goes there before the database is tried, and its slot is free again
// when its entry is in the chain.
#pragma once

#include <string>
#include <vector>

#include "ledger/statement.hpp"
#include "protocol/channel.hpp"

namespace sekimori::daemon {

class Reserve {
  public:
    static constexpr std::size_t kSlot = 1024;
    static constexpr std::size_t kSlots = 1024;  // 1 MiB: so many denials without the database
    static constexpr std::size_t kOwn = 256;     // of a fleet's terminal: nobody else's denials take these

    // Makes the file at the first opening, every block of it written. Errors: full, io, corrupt (more than the one
    // damaged slot that a crash can leave).
    [[nodiscard]] static Result<Reserve> open(const std::string& directory);

    // What the slots hold: not verified, and mostly old news.
    struct Found {
        std::size_t slot{};
        SignedStatement statement;
    };
    [[nodiscard]] const std::vector<Found>& found() const noexcept { return found_; }
    // Durable when it returns the slot. Errors: too_large, full (no free slot), io.
    [[nodiscard]] Result<std::size_t> append(const SignedStatement& denial);
    // Its entry is durable: the slot may be used again.
    void release(std::size_t slot) { used_.at(slot) = Slot::free; }
    // It is not to be found again, though it never had an entry. Where it can't be written, the next start reads it
    // once more and judges it anew.
    void erase(std::size_t slot);

  private:
    enum class Slot : std::uint8_t { free, used };
    explicit Reserve(UniqueFd fd) : fd_(std::move(fd)), used_(kSlots, Slot::free) {}
    Status scan();
    UniqueFd fd_;
    std::vector<Slot> used_;
    std::vector<Found> found_;
    std::size_t next_{0};
};

}  // namespace sekimori::daemon
