// SPDX-License-Identifier: Apache-2.0
// The filters of audit list and audit export, and the way through the pages.
#pragma once

#include <functional>

#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {

struct AuditOptions {
    std::string since, until, person, card, result, what, service, where, reason, format{"jsonl"};
    unsigned last{0};
};
void add_audit_filter(const Verb<AuditOptions>& verb);
[[nodiscard]] Outcome<Json> audit_arguments(const AuditOptions& options);

// Page by page, so that years of events need neither one message nor one moment of the broker. `take` gets the event
// and the page that it stands on.
[[nodiscard]] Outcome<Exit> each_event(Session& session, Json arguments,
                                       const std::function<void(const Json& event, const Json& page)>& take);

void add_audit_export(CLI::App& audit, Session& session);
void add_audit_verify(CLI::App& audit, Session& session);

}  // namespace sekimori::admin
