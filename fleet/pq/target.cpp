// SPDX-License-Identifier: Apache-2.0
#include "fleet/pq/target.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sekimori::fleet {
namespace {

constexpr std::size_t kMaxHosts = 8;

bool good_name(std::string_view name) {
    // What names and addresses are made of, and nothing that means more to libpq (a comma, a path).
    return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '_' || c == ':';
    });
}
bool good_port(std::string_view port) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    return error == std::errc{} && end == port.data() + port.size() && value > 0 && value < 65536;
}

Result<Host> parse_host(std::string_view text) {
    Host host;
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos || (end + 1 < text.size() && text[end + 1] != ':'))
            return fail(ErrorCode::invalid_argument, "server: a bracket is missing");
        host.name = text.substr(1, end - 1);
        port = end + 1 < text.size() ? text.substr(end + 2) : std::string_view("5432");
    } else {
        const std::size_t colon = text.find(':');
        host.name = text.substr(0, colon);
        port = colon == std::string_view::npos ? std::string_view("5432") : text.substr(colon + 1);
    }
    if (!good_name(host.name) || !good_port(port))
        return fail(ErrorCode::invalid_argument, "server: not a host and port");
    host.port = port;
    return host;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
    std::vector<const char*> out;
    out.reserve(texts.size() + 1);
    for (const std::string& text : texts) out.push_back(text.c_str());
    out.push_back(nullptr);
    return out;
}

}  // namespace

Result<std::vector<Host>> parse_hosts(std::string_view text) {
    std::vector<Host> hosts;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(',', start), text.size());
        auto host = parse_host(text.substr(start, end - start));
        if (!host) return tl::unexpected<Error>(host.error());
        hosts.push_back(std::move(*host));
        start = end + 1;
    }
    if (hosts.size() > kMaxHosts) return fail(ErrorCode::invalid_argument, "server: too many hosts");
    return hosts;
}

ConnectionWords words_for(const Target& target, const Host& host) {
    const std::pair<const char*, std::string> words[] = {
        {"host", host.name},
        {"port", host.port},
        {"dbname", target.database},
        {"user", target.role},
        {"sslmode", "verify-full"},
        {"ssl_min_protocol_version", "TLSv1.3"},
        {"sslrootcert", target.ca},
        {"sslcert", target.certificate},
        {"sslkey", target.key},
        {"sslcrl", ""},
        {"gssencmode", "disable"},
        {"channel_binding", "disable"},  // there is no password to bind
        {"passfile", "/nonexistent"},
        {"service", ""},
        {"options", ""},
        {"target_session_attrs", "read-write"},
        {"application_name", "sekimori"},
        {"client_encoding", "UTF8"},
        // A peer that is not there any more is noticed within 5 seconds. The last of these decides, for what was sent
        // and for probes alike (tcp(7); with it Linux does not count them): 3 of them fit in, two may be lost.
        {"keepalives", target.probes == Target::Probes::on ? "1" : "0"},
        {"keepalives_idle", "2"},
        {"keepalives_interval", "1"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "5000"},
    };
    ConnectionWords out;
    for (const auto& [keyword, value] : words) {
        out.keywords.emplace_back(keyword);
        out.values.push_back(value);
    }
    return out;
}

std::vector<const char*> ConnectionWords::keyword_pointers() const { return pointers(keywords); }
std::vector<const char*> ConnectionWords::value_pointers() const { return pointers(values); }

}  // namespace sekimori::fleet
