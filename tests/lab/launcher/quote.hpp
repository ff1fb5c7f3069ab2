// SPDX-License-Identifier: Apache-2.0
// One string as a value in each of the languages that the lab's files are written in.
// Precondition everywhere: no control characters (Layout sees to that).
#pragma once

#include <string>
#include <string_view>

namespace sekimori::lab::launcher {

// POSIX shell: 'value'.
[[nodiscard]] std::string shell_value(std::string_view value);
// A PAM module's argument (pam.conf(5)): in brackets if it holds a blank.
[[nodiscard]] std::string pam_argument(std::string_view value);
// A value in a D-Bus server address (D-Bus specification, "Server Addresses").
[[nodiscard]] std::string bus_address_value(std::string_view value);
// A GKeyFile string.
[[nodiscard]] std::string key_file_value(std::string_view value);
// Text in an XML element.
[[nodiscard]] std::string xml_text(std::string_view value);

}  // namespace sekimori::lab::launcher
