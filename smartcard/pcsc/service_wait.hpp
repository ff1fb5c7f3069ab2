// SPDX-License-Identifier: Apache-2.0
// Waiting for a pcscd that is not there: its socket's directory tells when it comes; where that can't be watched, a
// growing, bounded pause. wake() ends a wait from another thread.
#pragma once

#include <string>

#include "core/instant.hpp"
#include "protocol/channel.hpp"

namespace sekimori::smartcard::pcsc {

class ServiceWait {
  public:
    ServiceWait();
    // Until something happens in the directory, the pause is over, or wake(). Each call in a row pauses longer.
    void pause();
    // The service is there: the next pause is short again.
    void reset() noexcept { pause_ = kFirst; }
    void wake() const noexcept;

  private:
    static constexpr Millis kFirst{50};
    static constexpr Millis kMost{2000};
    void drain() const noexcept;

    UniqueFd watch_;
    UniqueFd wake_;
    std::string directory_;
    Millis pause_{kFirst};
};

}  // namespace sekimori::smartcard::pcsc
