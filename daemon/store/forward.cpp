// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/forward.hpp"

#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include <utility>

namespace sekimori::daemon {
namespace {

using Pairs = std::vector<std::pair<const char*, std::string>>;

Pairs pairs_of(const AuditRow& row) {
    const AuditEvent& event = row.event;
    Pairs pairs{{"seq", std::to_string(row.seq)},
                {"time", std::to_string(row.time.wall.count())},
                {"what", event.what},
                {"result", event.success ? "success" : "failure"}};
    if (event.who) pairs.emplace_back("who", event.who->hex());
    if (event.subject) pairs.emplace_back("subject", event.subject->hex());
    if (event.card) pairs.emplace_back("card", event.card->hex());
    if (!event.service.empty()) pairs.emplace_back("service", event.service);
    if (!event.where.empty()) pairs.emplace_back("where", event.where);
    if (!event.reason.empty()) pairs.emplace_back("reason", event.reason);
    return pairs;
}

std::string one_line(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    return text;
}

std::string summary_of(const AuditRow& row) {
    return "audit " + std::to_string(row.seq) + " " + one_line(row.event.what) +
           (row.event.success ? " success" : " failure") +
           (row.event.reason.empty() ? "" : " (" + one_line(row.event.reason) + ")");
}

int priority_of(const AuditRow& row) { return row.event.success ? LOG_NOTICE : LOG_WARNING; }

class Nobody final : public Forwarder {
  public:
    void tell(const AuditRow&) override {}
};

class Journal final : public Forwarder {
  public:
    void tell(const AuditRow& row) override {
        std::vector<iovec> parts;
        auto fields = journal_fields(row);
        parts.reserve(fields.size());
        for (std::string& field : fields) parts.push_back({field.data(), field.size()});
        (void)sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
    }
};

class Syslog final : public Forwarder {
  public:
    void tell(const AuditRow& row) override { syslog(LOG_AUTHPRIV | priority_of(row), "%s", syslog_line(row).c_str()); }
};

}  // namespace

std::vector<std::string> journal_fields(const AuditRow& row) {
    std::vector<std::string> fields{"MESSAGE=" + summary_of(row), "PRIORITY=" + std::to_string(priority_of(row)),
                                    "SYSLOG_IDENTIFIER=sekimori-audit",
                                    "SYSLOG_FACILITY=" + std::to_string(LOG_FAC(LOG_AUTHPRIV))};
    for (const auto& [name, value] : pairs_of(row)) {
        std::string field = "SEKIMORI_";
        for (const char* c = name; *c != '\0'; ++c) field += static_cast<char>(*c - 'a' + 'A');
        fields.push_back(field + "=" + one_line(value));
    }
    return fields;
}

std::string syslog_line(const AuditRow& row) {
    std::string line = "[sekimori";
    for (const auto& [name, value] : pairs_of(row)) {
        line += std::string(" ") + name + "=\"";
        for (const char c : one_line(value)) {
            if (c == '"' || c == '\\' || c == ']') line += '\\';  // RFC 5424, 6.3.3
            line += c;
        }
        line += '"';
    }
    return line + "] " + summary_of(row);
}

Result<std::unique_ptr<Forwarder>> make_forwarder(const std::string& where) {
    if (where.empty()) return std::make_unique<Nobody>();
    if (where == "journal") return std::make_unique<Journal>();
    if (where == "syslog") return std::make_unique<Syslog>();
    return fail(ErrorCode::invalid_argument, "forward: not \"journal\" and not \"syslog\"");
}

}  // namespace sekimori::daemon
