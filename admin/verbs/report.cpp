// SPDX-License-Identifier: Apache-2.0
// sekimori report: the month's review, against the guideline.
#include <glib.h>

#include <memory>

#include "admin/report/sections.hpp"
#include "admin/text.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct Options : ReportOptions {
    std::string month, format{"text"}, trails;
};

// The last whole month in Japan.
std::string last_month() {
    const std::unique_ptr<GTimeZone, decltype(&g_time_zone_unref)> japan(g_time_zone_new_offset(9 * 60 * 60),
                                                                         g_time_zone_unref);
    const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> now(g_date_time_new_now(japan.get()),
                                                                       g_date_time_unref);
    const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> then(g_date_time_add_months(now.get(), -1),
                                                                        g_date_time_unref);
    const std::unique_ptr<gchar, decltype(&g_free)> text(g_date_time_format(then.get(), "%Y-%m"), g_free);
    return text.get();
}

bool is_month(const std::string& text) {
    return text.size() == 7 && text[4] == '-' && text.find_first_not_of("0123456789-") == std::string::npos &&
           text.substr(5) >= "01" && text.substr(5) <= "12";
}

Outcome<Exit> report(Session& session, const Options& options) {
    const std::string month = options.month.empty() ? last_month() : options.month;
    if (!is_month(month)) return misuse("This is no month: " + month, "For example 2026-04.");
    if (!options.language.empty()) use_language(options.language);
    const SystemEnforcer enforcer;
    const auto facts = gather(session, enforcer, month, options.trails);
    if (!facts) return tl::unexpected<Failure>(facts.error());
    const Report made = report_of(*facts, options);
    const std::string format = session.format == Format::json ? "json" : options.format;
    session.out(format == "json" ? render_json(made) : format == "csv" ? render_csv(made) : render_text(made));
    return session.written();
}

}  // namespace

void add_report(CLI::App& root, Session& session) {
    const auto verb = add_verb<Options>(root, "report", "The month's review and compliance");
    verb.app->add_option("--month", verb.options->month, "YYYY-MM (without: the last whole month)");
    verb.app->add_option("--format", verb.options->format)->check(CLI::IsMember({"text", "csv", "json"}));
    verb.app->add_option("--lang", verb.options->language, "Language of the report")
        ->check(CLI::IsMember({"ja", "en"}));
    verb.app->add_option("--unused-days", verb.options->unused_days, "Accounts not used for so long are listed")
        ->check(CLI::Range(1U, 3650U));
    verb.app->add_option("--trails", verb.options->trails,
                         "The whole fleet: the file that sekimori-authority trail export made");
    on(verb, session, report);
}

}  // namespace sekimori::admin
