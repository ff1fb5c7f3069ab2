// SPDX-License-Identifier: Apache-2.0
// The command line of sekimori-authority, and its verbs in one table.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/ports.hpp"

namespace sekimori::fleet {

struct Words {
    std::vector<std::string> verb;               // and what follows it without dashes
    std::map<std::string, std::string> options;  // --name value; a switch has an empty value
};
// Errors: invalid_argument.
[[nodiscard]] Result<Words> parse_words(int argc, const char* const* argv);
// Errors: invalid_argument (no such verb, something is missing), what the verb says.
[[nodiscard]] Status perform(const Words& words, Clock& clock, Rng& rng);

inline constexpr const char* kUsage =
    "usage: sekimori-authority VERB [--state DIR] [--passphrase-fd N] [--pin-fd N] [--reader NAME] ...\n"
    "  init --server HOST[:PORT][,...] [--database NAME] [--group NAME] [--card]\n"
    "  card [--json]\n"
    "  server-certificate HOST... --out DIR\n"
    "  run\n"
    "  status [--json]\n"
    "  token --name NAME [--group NAME] [--hours N]\n"
    "  admit [--wait SECONDS]\n"
    "  renew\n"
    "  group add NAME | group list\n"
    "  terminal list [--json] | terminal revoke TERMINAL --reason lost|stolen|damaged|left\n"
    "  delegate TERMINAL --role helpdesk|registrar|officer|admin --days N [--name TEXT]\n"
    "  delegate list [--json]\n"
    "  withdraw STATEMENT-ID [--json]\n"
    "  rotate\n"
    "  clock accept\n"
    "  trail export --month YYYY-MM --out FILE [--days N]\n"
    "  backup FILE | restore FILE\n";

}  // namespace sekimori::fleet
