// SPDX-License-Identifier: Apache-2.0
// The store's top key as a systemd credential (systemd.exec(5), LoadCredentialEncrypted=sekimori.key), sealed to the
// TPM where there is one.
#pragma once

#include "daemon/store/store.hpp"

namespace sekimori::daemon {

struct TopKey {
    std::optional<SecureBytes> key;  // none: the store makes a key file of its own
    KeyProtection protection{KeyProtection::host};
};
// Errors: malformed (a credential that is not 32 bytes), io.
[[nodiscard]] Result<TopKey> load_top_key();

}  // namespace sekimori::daemon
