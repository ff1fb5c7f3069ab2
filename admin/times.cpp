// SPDX-License-Identifier: Apache-2.0
#include "admin/times.hpp"

#include <glib.h>

#include <memory>

namespace sekimori::admin {
namespace {

struct DateUnref {
    void operator()(GDateTime* time) const noexcept { g_date_time_unref(time); }
};
struct ZoneUnref {
    void operator()(GTimeZone* zone) const noexcept { g_time_zone_unref(zone); }
};
using Date = std::unique_ptr<GDateTime, DateUnref>;
using Zone = std::unique_ptr<GTimeZone, ZoneUnref>;

Zone japan() { return Zone(g_time_zone_new_offset(9 * 60 * 60)); }

std::string format(GDateTime* time, const char* pattern) {
    gchar* raw = g_date_time_format(time, pattern);
    if (raw == nullptr) return {};
    std::string text(raw);
    g_free(raw);
    return text;
}

}  // namespace

std::string for_people(const std::string& rfc3339) {
    const Zone zone = japan();
    const Date time(g_date_time_new_from_iso8601(rfc3339.c_str(), nullptr));
    if (!time) return rfc3339;
    const Date local(g_date_time_to_timezone(time.get(), zone.get()));
    return local ? format(local.get(), "%Y-%m-%d %H:%M:%S JST") : rfc3339;
}

std::optional<std::string> to_utc(const std::string& text, DayEdge edge) {
    const Zone zone = japan();
    const bool date_only = text.size() == 10;
    std::string whole = text;
    if (date_only) whole += "T00:00:00";
    if (whole.size() == 16) whole += ":00";
    Date time(g_date_time_new_from_iso8601(whole.c_str(), zone.get()));
    if (!time) return std::nullopt;
    if (date_only && edge == DayEdge::end) time.reset(g_date_time_add_days(time.get(), 1));
    if (!time) return std::nullopt;
    const Date utc(g_date_time_to_utc(time.get()));
    if (!utc) return std::nullopt;
    return format(utc.get(), "%Y-%m-%dT%H:%M:%SZ");
}

std::string printable(const std::string& text) {
    gchar* valid = g_utf8_make_valid(text.c_str(), static_cast<gssize>(text.size()));
    std::string kept;
    std::size_t size = 0;  // of a character, in bytes
    for (const gchar* p = valid; *p != '\0'; p += size) {
        size = static_cast<guchar>(g_utf8_skip[static_cast<guchar>(*p)]);
        if (g_unichar_isprint(g_utf8_get_char(p)) != FALSE) kept.append(p, size);
    }
    g_free(valid);
    return kept;
}

bool is_utf8(const std::string& text) noexcept {
    return g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr) != FALSE;
}

}  // namespace sekimori::admin
