// SPDX-License-Identifier: Apache-2.0
// One line per event on stderr, for the journal. No PIN, APDU, nonce, digest or name of a certificate ever gets here:
// the callers pass readers' names, message types, faults and counts only.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

namespace sekimori::smartcard {

using LogField = std::pair<std::string_view, std::string_view>;

// "sekimori-card: EVENT key=value ...". Control bytes in a value (a reader's name comes from pcscd) become '?'.
void log_event(std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace sekimori::smartcard
