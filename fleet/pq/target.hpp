// SPDX-License-Identifier: Apache-2.0
// Where the server is and as whom one goes there. Several hosts: the one that takes writes is the server (LISTEN does
// not work on a standby); each is tried by itself, so that a host that says nothing does not hold up the next.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace sekimori::fleet {

struct Host {
    std::string name;  // or an address; IPv6 in brackets where a port follows
    std::string port{"5432"};
    bool operator==(const Host&) const = default;
};

// `host1:port,host2`. Errors: invalid_argument.
[[nodiscard]] Result<std::vector<Host>> parse_hosts(std::string_view text);

struct Target {
    std::vector<Host> hosts;
    std::string database{"sekimori"};
    std::string role;  // sekimori_terminal, sekimori_authority, sekimori_join
    std::string ca;    // files, PEM
    std::string certificate;
    std::string key;
    // The kernel asks a peer that says nothing whether it is still there. Off: only where thousands of connections
    // share one machine's loopback, whose queue their questions of one moment would overflow.
    enum class Probes : std::uint8_t { on, off } probes{Probes::on};
};

// Keywords and values for libpq; nothing is left to its environment variables or service files.
struct ConnectionWords {
    std::vector<std::string> keywords, values;
    [[nodiscard]] std::vector<const char*> keyword_pointers() const;
    [[nodiscard]] std::vector<const char*> value_pointers() const;
};
[[nodiscard]] ConnectionWords words_for(const Target& target, const Host& host);

}  // namespace sekimori::fleet
