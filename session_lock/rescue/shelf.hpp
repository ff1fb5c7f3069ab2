// SPDX-License-Identifier: Apache-2.0
// The shelf: root's directory with the seal of the one code, and with what became of it.
//
//   code   the seal: there is a code, and it was not used
//   tries  ten bytes, one spoilt before each guess: written once, so that a full disk refuses nobody
//   used   what `code` became when it was used: there until a new code is made. Its time is that of the use
//
// Names and times are for everybody (status, doctor), the contents are root's.
#pragma once

#include <functional>
#include <string>

#include "core/instant.hpp"
#include "protocol/channel.hpp"
#include "session_lock/rescue/seal.hpp"

namespace sekimori::rescue {

inline constexpr const char* kDirectory = "/var/lib/sekimori-rescue";
inline constexpr std::size_t kTries = 10;

class Shelf {
  public:
    // Held alone until it ends: a second one waits. Errors: not_found, refused (not its user's, or others may write to
    // it), io.
    [[nodiscard]] static Result<Shelf> open(const std::string& directory);

    // A new code takes the place of whatever there was. Durable when it returns. Errors: full, io.
    Status renew(const Seal& seal);

    // The one use. `code` is compared after a try was spent, and once it fits it is gone before this returns: a code
    // that could not be put away for good is not accepted. Errors: not_found (none, or used), locked (no try is left),
    // mismatch, corrupt, io, crypto.
    Status use(const SecureBytes& code);

  private:
    explicit Shelf(UniqueFd directory) noexcept : directory_(std::move(directory)) {}
    [[nodiscard]] Result<Seal> sealed() const;
    Status spend_a_try();
    Status put_away();

    UniqueFd directory_;
};

}  // namespace sekimori::rescue
