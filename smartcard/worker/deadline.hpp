// SPDX-License-Identifier: Apache-2.0
// Deadline: SCardConnect and SCardTransmit may block without limit and can't be called back. A timer ends the whole
// process instead, after a last word to the broker; it is started anew. One at a time in a process.
#pragma once

#include <time.h>

#include "core/instant.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::smartcard {

class Deadline {
  public:
    // Within `limit` this object is destroyed, or `last_word` is sent to `fd` as one datagram and the process exits
    // with kExitDeadline. An empty last word is not sent.
    Deadline(Millis limit, int fd, SecureBytes last_word);
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    Deadline(Deadline&&) = delete;
    Deadline& operator=(Deadline&&) = delete;
    ~Deadline();

  private:
    timer_t timer_{};
    SecureBytes last_word_;
};

}  // namespace sekimori::smartcard
