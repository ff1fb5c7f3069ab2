// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/trail_rows.hpp"

namespace sekimori::daemon {
namespace {

std::string clean(std::string text, std::size_t most) {
    if (text.size() > most) {
        // Not in the middle of a character: its continuation bytes (10xxxxxx) go with it.
        while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
        text.resize(most);
    }
    if (!wire::valid_text(crypto::bytes_of(text)))
        for (char& c : text)
            if (c < 0x20 || c > 0x7e) c = '?';
    return text;
}

Millis to_millis(std::uint64_t ms) { return Millis{static_cast<Millis::rep>(ms)}; }

}  // namespace

TrailRecord record_of(const AuditEvent& event, const Instant& now) {
    TrailRecord record;
    record.boot_id = now.boot_id;
    record.boottime = static_cast<std::uint64_t>(now.boottime.count());
    record.wall = static_cast<std::uint64_t>(now.wall.count());
    record.wall_suspect = now.wall_quality == WallQuality::suspect ? 1 : 0;
    record.what = clean(event.what, 64);
    record.service = clean(event.service, 64);
    record.where = clean(event.where, 128);
    record.reason = clean(event.reason, 128);
    record.who = event.who;
    record.card = event.card;
    record.subject = event.subject;
    record.success = event.success ? 1 : 0;
    return record;
}

AuditRow row_of(const TrailRecord& record) {
    AuditRow row;
    row.seq = record.seq;
    row.time = {record.boot_id, to_millis(record.boottime), to_millis(record.wall),
                record.wall_suspect == 0 ? WallQuality::good : WallQuality::suspect};
    row.event = {.what = record.what,
                 .service = record.service,
                 .where = record.where,
                 .who = record.who,
                 .card = record.card,
                 .subject = record.subject,
                 .success = record.success == 1,
                 .reason = record.reason};
    return row;
}

std::int64_t month_of(Millis wall) noexcept {
    using namespace std::chrono;
    const auto day = floor<days>(sys_time<Millis>(wall + hours{9}));
    const year_month_day date{day};
    return std::int64_t{int{date.year()}} * 12 + unsigned{date.month()} - 1;
}

}  // namespace sekimori::daemon
