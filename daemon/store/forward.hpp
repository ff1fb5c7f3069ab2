// SPDX-License-Identifier: Apache-2.0
// Forwarder: a copy of every event for the site's own log collection. People by id, as in the trail. Best effort: what
// does not arrive is on the trail all the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {

class Forwarder {
  public:
    Forwarder() = default;
    virtual ~Forwarder() = default;
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;
    Forwarder(Forwarder&&) = delete;
    Forwarder& operator=(Forwarder&&) = delete;
    virtual void tell(const AuditRow& row) = 0;
};

// `where`: "" (nobody), "journal" (structured fields) or "syslog" (RFC 5424's structured data). Errors:
// invalid_argument.
[[nodiscard]] Result<std::unique_ptr<Forwarder>> make_forwarder(const std::string& where);

// What they are told; control characters and quotes cannot make a second field or line of one.
[[nodiscard]] std::vector<std::string> journal_fields(const AuditRow& row);
[[nodiscard]] std::string syslog_line(const AuditRow& row);

}  // namespace sekimori::daemon
