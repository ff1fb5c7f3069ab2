// SPDX-License-Identifier: Apache-2.0
// Connection: the card that sits in one reader for one visit, held exclusively. The card is powered down before it is
// used for anything that somebody else's login could help, and again when the connection ends: a PIN that was verified
// must serve nobody else, and a warm reset does not always clear it. Calls may block without limit: use it only under a
// Deadline (worker/deadline.hpp).
#pragma once

#include <memory>
#include <string>

#include "smartcard/apdu/transport.hpp"
#include "smartcard/pcsc/context.hpp"

namespace sekimori::smartcard::pcsc {

class Connection final : public Visit {
  public:
    // Connects to the card of the visit `counter`. Errors: gone (another visit or none), busy (another program holds
    // the card, also after some retries), unreadable (mute), internal.
    [[nodiscard]] static CardResult<std::unique_ptr<Connection>> open(const std::string& reader, std::uint32_t counter,
                                                                      Start start, Purpose purpose);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    [[nodiscard]] CardResult<void> same_visit() override;

  private:
    Connection(std::string reader, std::uint32_t counter, Purpose purpose)
        : Visit(purpose), state_{std::move(reader)}, counter_(counter) {}
    CardResult<void> connect(Start start);
    CardResult<Bytes> exchange(ByteSpan command) override;
    // What a failed call means: a card that was pulled fails before pcscd knows of it, so it is given a moment to tell.
    [[nodiscard]] CardFault meaning_of(LONG code);

    Context context_;
    ReaderState state_;
    std::uint32_t counter_;
    SCARDHANDLE card_{};
    DWORD protocol_{SCARD_PROTOCOL_UNDEFINED};
    bool connected_{false};
};

}  // namespace sekimori::smartcard::pcsc
