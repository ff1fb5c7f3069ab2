// SPDX-License-Identifier: Apache-2.0
// What a verb is given: its words, the directory, and the ways to whoever holds passphrase and PIN.
#pragma once

#include "fleet/authority/card_author.hpp"
#include "fleet/authority/office.hpp"
#include "fleet/authority/passphrase.hpp"
#include "fleet/authority/verbs.hpp"

namespace sekimori::fleet {

struct Context {
    const Words& words;
    State state;
    Clock& clock;
    Rng& rng;

    [[nodiscard]] const std::string* option(const char* name) const;
    [[nodiscard]] std::string option_or(const char* name, const std::string& other) const;
    // Errors: invalid_argument.
    [[nodiscard]] Result<std::int64_t> number(const char* name, std::int64_t other, std::int64_t most) const;
    [[nodiscard]] Result<SecureBytes> passphrase(Asked asked) const;
    // The card worker of this host, the reader that was named, and who is asked for the PIN: once, when it is needed.
    [[nodiscard]] CardParts card_parts() const;
    // Whoever opens the office for anything also answers the renewals that wait: it can be years between two visits.
    [[nodiscard]] Result<Office> office() const;
    [[nodiscard]] Result<Office> office_only() const;

  private:
    [[nodiscard]] Result<std::optional<int>> descriptor(const char* name) const;
};

}  // namespace sekimori::fleet
