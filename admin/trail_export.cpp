// SPDX-License-Identifier: Apache-2.0
#include "admin/trail_export.hpp"

#include <glib.h>

#include <algorithm>
#include <memory>

#include "admin/csv.hpp"
#include "admin/files.hpp"

namespace sekimori::admin {
namespace {

constexpr std::size_t kMaxRecord = 64 * 1024;

Bytes from_base64(const std::string& text) {
    gsize size = 0;
    const std::unique_ptr<guchar, decltype(&g_free)> bytes(g_base64_decode(text.c_str(), &size), g_free);
    return Bytes(bytes.get(), bytes.get() + size);
}

template <std::size_t N>
std::optional<std::array<std::uint8_t, N>> fixed(const Bytes& bytes) {
    std::array<std::uint8_t, N> out{};
    if (bytes.size() != N) return std::nullopt;
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

template <class Id>
bool same_id(const Json& event, const char* key, const std::optional<Id>& id) {
    return text_at(event, key) == (id ? id->hex() : "");
}

// Does what people read say what was signed?
bool says(const Json& event, const TrailRecord& record) {
    const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> time(
        g_date_time_new_from_iso8601(text_at(event, "time").c_str(), nullptr), g_date_time_unref);
    if (!time) return false;
    const auto ms = static_cast<std::uint64_t>(g_date_time_to_unix(time.get()) * 1000 +
                                               g_date_time_get_microsecond(time.get()) / 1000);
    return ms == record.wall && text_at(event, "what") == record.what && text_at(event, "service") == record.service &&
           text_at(event, "where") == record.where && text_at(event, "reason") == record.reason &&
           text_at(event, "result") == (record.success == 1 ? "success" : "failure") &&
           same_id(event, "who", record.who) && same_id(event, "card", record.card) &&
           same_id(event, "subject", record.subject) && text_at(event, "boot") == to_hex(record.boot_id);
}

}  // namespace

const std::vector<std::string>& export_columns() {
    static const std::vector<std::string> columns{"seq",   "time",   "who",       "what",  "subject",
                                                  "where", "result", "reason",    "card",  "service",
                                                  "boot",  "row",    "signature", "signer"};
    return columns;
}

std::string export_csv_line(const Json& event) {
    Record fields;
    for (const std::string& column : export_columns()) fields.push_back(text_at(event, column));
    return csv_line(fields);
}

bool ExportWalk::bad(std::int64_t seq, const std::string& why) {
    if (!check_.first_bad) {
        check_.first_bad = seq;
        check_.reason = "row " + std::to_string(seq) + ": " + why;
    }
    return false;
}

bool ExportWalk::take(const Json& event) {
    std::int64_t seq = number_at(event, "seq");
    if (seq == 0) seq = g_ascii_strtoll(text_at(event, "seq").c_str(), nullptr, 10);
    const std::int64_t expected = walk_ ? check_.last + 1 : std::max<std::int64_t>(seq, 1);
    SignedRow row;
    row.bytes = from_base64(text_at(event, "row"));
    const auto signature = fixed<64>(from_base64(text_at(event, "signature")));
    if (row.bytes.empty() || !signature) return bad(expected, "holds no signed row: the export was filtered");
    row.signature = *signature;
    if (!walk_) {
        const auto signer = fixed<32>(from_base64(text_at(event, "signer")));
        const auto first = decode_tlv<TrailRecord>(row.bytes);
        if (!signer || !first || seq < 1) return bad(expected, "does not say by which key it is signed");
        walk_.emplace(TrailAnchor{static_cast<std::uint64_t>(seq), first->previous, *signer});
        check_.first = seq;
        // The head before the first row stands in that row.
        for (const Head& head : heads_) {
            if (head.seq != seq - 1) continue;
            if (head.hash != to_hex(first->previous))
                return bad(seq, "does not follow the one that was kept elsewhere");
            ++check_.compared;
        }
    }
    const auto record = walk_->take(static_cast<std::uint64_t>(seq), row);
    if (!record) return bad(expected, record.error().message);
    if (!says(event, *record)) return bad(seq, "says something else than what was signed");
    check_.last = seq;
    check_.hash = to_hex(walk_->next().previous);
    while (!heads_.empty() && heads_.front().seq < seq) heads_.erase(heads_.begin());
    for (const Head& head : heads_) {
        if (head.seq != seq) break;
        if (head.hash != check_.hash) return bad(seq, "is not the one that was kept elsewhere");
        ++check_.compared;
    }
    return true;
}

bool ExportWalk::take_csv(const std::string& record) {
    const auto lines = parse_csv(record);
    if (!lines || lines->size() != 1) return bad(check_.last + 1, "does not parse");
    const Record& fields = lines->front().fields;
    if (columns_.empty()) {
        columns_ = fields;
        return true;
    }
    if (fields.size() != columns_.size()) return bad(check_.last + 1, "does not parse");
    Json event = Json::object();
    for (std::size_t i = 0; i < fields.size(); ++i) event[columns_[i]] = csv_plain(fields[i]);
    return take(event);
}

ExportCheck ExportWalk::end() {
    const bool too_old = asked_ && check_.compared == 0 &&
                         std::ranges::all_of(heads_, [&](const Head& head) { return head.seq <= check_.last; });
    std::erase_if(heads_, [&](const Head& head) { return head.seq <= check_.last; });
    if (!walk_) (void)bad(1, "the export is empty");
    if (!heads_.empty()) (void)bad(check_.last + 1, "a head that was kept elsewhere is not in the export");
    // Without one that can be compared anybody's chain would do.
    if (too_old)
        (void)bad(std::max<std::int64_t>(check_.first, 1), "is younger than every head that was kept elsewhere");
    return check_;
}

Outcome<ExportCheck> verify_export(const std::string& path, std::vector<Head> heads) {
    auto fd = open_file(path);
    if (!fd) return tl::unexpected<Failure>(fd.error());
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(fdopen(fd->release(), "r"), fclose);
    if (!file) return refuse("io", path + ": cannot be read");
    ExportWalk walk(std::move(heads));
    std::string record;
    bool csv = false;
    bool first = true;
    bool quoted = false;
    for (int c = 0; (c = std::getc(file.get())) != EOF;) {
        if (first && c == 0xEF) {  // a byte order mark: some program has written it anew
            (void)std::getc(file.get());
            (void)std::getc(file.get());
            continue;
        }
        if (first) csv = c != '{';
        first = false;
        if (c == '"' && csv) quoted = !quoted;
        if (c != '\n' || quoted) {
            record += static_cast<char>(c);
            if (record.size() > kMaxRecord) return refuse("malformed", path + ": a record is too long");
            continue;
        }
        if (!record.empty() && !(csv ? walk.take_csv(record) : walk.take(parse_json(record)))) return walk.end();
        record.clear();
    }
    if (!record.empty()) (void)(csv ? walk.take_csv(record) : walk.take(parse_json(record)));
    if (std::ferror(file.get()) != 0) return refuse("io", path + ": cannot be read");
    return walk.end();
}

}  // namespace sekimori::admin
