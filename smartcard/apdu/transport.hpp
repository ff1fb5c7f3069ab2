// SPDX-License-Identifier: Apache-2.0
// Transport: one powered card behind one reader. Every command passes the filter first; no subclass can go round it.
// Lives for one request and holds the card for that long. One thread.
#pragma once

#include "smartcard/apdu/apdu.hpp"
#include "smartcard/apdu/command_filter.hpp"
#include "smartcard/failure.hpp"

namespace sekimori::smartcard {

class Transport {
  public:
    explicit Transport(Purpose purpose = Purpose::login) : filter_(purpose) {}
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    Transport(Transport&&) = delete;
    Transport& operator=(Transport&&) = delete;
    virtual ~Transport() = default;

    // One command APDU and its answer, status word included. Nothing is ever sent twice here.
    // Errors: internal (the filter refused it: nothing was sent), gone, unreadable, timeout, busy.
    [[nodiscard]] CardResult<Bytes> transmit(ByteSpan command);
    // How many APDUs reached the reader.
    [[nodiscard]] unsigned count() const noexcept { return count_; }

  private:
    virtual CardResult<Bytes> exchange(ByteSpan command) = 0;

    CommandFilter filter_;
    unsigned count_{0};
};

// cold: power down first, for whatever presents a PIN or proves something.
enum class Start : std::uint8_t { as_it_is, cold };

// A transport to the card of one visit to one reader: between insertion and removal.
class Visit : public Transport {
  public:
    using Transport::Transport;
    // Whether that card is still the one in the reader: asked after the work, before its result is believed.
    // Errors: gone.
    [[nodiscard]] virtual CardResult<void> same_visit() = 0;
};

}  // namespace sekimori::smartcard
