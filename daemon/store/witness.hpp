// SPDX-License-Identifier: Apache-2.0
// Witness: keeps the trail's heads where the store's own host or file cannot take them back. Best effort: a witness
// that fails does not stop a login, since the trail itself is durable; failing() is for `status`.
#pragma once

#include <memory>
#include <string>

#include "core/instant.hpp"
#include "core/result.hpp"
#include "protocol/channel.hpp"

namespace sekimori::daemon {

class Witness {
  public:
    virtual ~Witness() = default;
    virtual void tell(std::uint64_t seq, const std::string& head, Millis wall) = 0;
    [[nodiscard]] bool failing() const noexcept { return failing_; }

  protected:
    bool failing_{false};
};

// `where`: "" (none: it keeps nothing), "journal", or the absolute path of a file to which lines `SEQ HASH MS` are
// appended. Errors: invalid_argument.
[[nodiscard]] Result<std::unique_ptr<Witness>> make_witness(const std::string& where);

}  // namespace sekimori::daemon
