// SPDX-License-Identifier: Apache-2.0
// sekimori audit export: every record with the row that was signed, as JSON lines or CSV.
#include "admin/csv.hpp"
#include "admin/trail_export.hpp"
#include "admin/verbs/audit_filter.hpp"

namespace sekimori::admin {
namespace {

Outcome<Exit> export_events(Session& session, const AuditOptions& options) {
    auto arguments = audit_arguments(options);
    if (!arguments) return tl::unexpected<Failure>(arguments.error());
    // A chain has no holes: only a stretch of time keeps its rows together.
    bool whole = true;
    for (const auto& [key, value] : arguments->items()) whole = whole && (key == "since" || key == "until");
    if (whole) (*arguments)["proof"] = true;
    const bool csv = options.format == "csv";
    if (csv) session.out(csv_line(export_columns()));
    bool first = true;
    const auto done = each_event(session, std::move(*arguments), [&](const Json& event, const Json& page) {
        Json one = event;
        if (first && page.contains("signer")) one["signer"] = page["signer"];
        first = false;
        session.out(csv ? export_csv_line(one) : write_json(one) + "\n");
    });
    return done ? session.written() : done;
}

}  // namespace

void add_audit_export(CLI::App& audit, Session& session) {
    const auto verb =
        add_verb<AuditOptions>(audit, "export", "Every record, to be kept; audit verify --export FILE checks it");
    add_audit_filter(verb);
    verb.app->add_option("--format", verb.options->format, "jsonl: one JSON object a line; csv")
        ->check(CLI::IsMember({"jsonl", "csv"}));
    on(verb, session, export_events);
}

}  // namespace sekimori::admin
