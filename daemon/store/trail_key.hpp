// SPDX-License-Identifier: Apache-2.0
// TrailKey: the signing key of the trail's head, a new one for every row. A row names the public key of the next; a key
// that has signed is overwritten, so that who takes the host later cannot write the past again. The keys lie in a file
// of their own, not in the database, whose log would keep old ones.
#pragma once

#include <optional>
#include <string>

#include "daemon/store/keys.hpp"
#include "protocol/channel.hpp"

namespace sekimori::daemon {

class TrailKey {
  public:
    // Reads audit.key, or makes it empty. Precondition: `directory` is locked. Errors: io, full, refused.
    [[nodiscard]] static Result<TrailKey> open(const std::string& directory, const Sealer& sealer);

    // Takes up the key whose public half is `expected`: mismatch if the file does not have it.
    [[nodiscard]] Status take(const crypto::PublicKey& expected);
    // Begins a new row of keys, when there is none to take up. Durable.
    [[nodiscard]] Status start(const Sealer& sealer, Rng& rng);
    // Makes the next key and writes it beside the current one. Durable before the row that names it is.
    [[nodiscard]] Result<crypto::PublicKey> prepare(const Sealer& sealer, Rng& rng);
    // The row is durable: the current key is overwritten and the prepared one takes its place.
    void advance();

    // Precondition: take() or start() succeeded.
    [[nodiscard]] const crypto::SigningKey& current() const noexcept { return *current_; }
    [[nodiscard]] bool ready() const noexcept { return current_.has_value(); }

  private:
    explicit TrailKey(UniqueFd fd) : fd_(std::move(fd)) {}
    Status write_slot(const Sealer& sealer, std::size_t slot, const crypto::SigningKey& key, Rng& rng);
    UniqueFd fd_;
    std::array<std::optional<crypto::SigningKey>, 2> found_;
    std::optional<crypto::SigningKey> current_, prepared_;
    std::size_t slot_{0};  // of the current key
};

}  // namespace sekimori::daemon
