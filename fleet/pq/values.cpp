// SPDX-License-Identifier: Apache-2.0
#include "fleet/pq/values.hpp"

#include <algorithm>
#include <array>

namespace sekimori::fleet {
namespace {

// Object ids of the built-in types, which never change (PostgreSQL, pg_type.dat).
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25;
constexpr Oid kBytes = 1001, kInt2s = 1005, kInt4s = 1007, kInt8s = 1016;

constexpr std::uint32_t kMaxItems = 65536;

template <class T>
void put(Bytes& out, T value) {
    for (std::size_t i = sizeof(T); i-- > 0;)
        out.push_back(static_cast<std::uint8_t>(static_cast<std::make_unsigned_t<T>>(value) >> (8 * i)));
}
template <class T>
Bytes number_of(T value) {
    Bytes out;
    put(out, value);
    return out;
}
std::uint32_t u32_at(ByteSpan bytes, std::size_t at) {
    return static_cast<std::uint32_t>(bytes[at]) << 24 | static_cast<std::uint32_t>(bytes[at + 1]) << 16 |
           static_cast<std::uint32_t>(bytes[at + 2]) << 8 | bytes[at + 3];
}

// One dimension, no holes, from index 1.
Bytes array_head(Oid element, std::size_t count) {
    Bytes out;
    put(out, count == 0 ? std::int32_t{0} : std::int32_t{1});
    put(out, std::int32_t{0});
    put(out, static_cast<std::int32_t>(element));
    if (count != 0) {
        put(out, static_cast<std::int32_t>(count));
        put(out, std::int32_t{1});
    }
    return out;
}
template <class T>
Bytes array_of(Oid element, const std::vector<T>& values) {
    Bytes out = array_head(element, values.size());
    for (const T value : values) {
        put(out, static_cast<std::int32_t>(sizeof(T)));
        put(out, value);
    }
    return out;
}

}  // namespace

Arguments& Arguments::add(Oid type, std::optional<Bytes> value) {
    types_.push_back(type);
    values_.push_back(std::move(value));
    return *this;
}
Arguments& Arguments::bytes(ByteSpan value) { return add(kBytea, Bytes(value.begin(), value.end())); }
Arguments& Arguments::text(std::string_view value) { return add(kText, Bytes(value.begin(), value.end())); }
Arguments& Arguments::number(std::int32_t value) { return add(kInt4, number_of(value)); }
Arguments& Arguments::number(std::int64_t value) { return add(kInt8, number_of(value)); }
Arguments& Arguments::flag(Flag value) { return add(kBool, Bytes{static_cast<std::uint8_t>(value)}); }
Arguments& Arguments::null_bytes() { return add(kBytea, std::nullopt); }
Arguments& Arguments::list(const std::vector<Bytes>& values) {
    Bytes out = array_head(kBytea, values.size());
    for (const Bytes& value : values) {
        put(out, static_cast<std::int32_t>(value.size()));
        out.insert(out.end(), value.begin(), value.end());
    }
    return add(kBytes, std::move(out));
}
Arguments& Arguments::list(const std::vector<std::int16_t>& values) { return add(kInt2s, array_of(kInt2, values)); }
Arguments& Arguments::list(const std::vector<std::int32_t>& values) { return add(kInt4s, array_of(kInt4, values)); }
Arguments& Arguments::list(const std::vector<std::int64_t>& values) { return add(kInt8s, array_of(kInt8, values)); }

std::vector<const char*> Arguments::pointers() const {
    // An empty value is not a null one.
    static constexpr char kEmpty = 0;
    std::vector<const char*> out;
    out.reserve(values_.size());
    for (const auto& value : values_)
        out.push_back(!value ? nullptr : value->empty() ? &kEmpty : reinterpret_cast<const char*>(value->data()));
    return out;
}
std::vector<int> Arguments::sizes() const {
    std::vector<int> out;
    out.reserve(values_.size());
    for (const auto& value : values_) out.push_back(value ? static_cast<int>(value->size()) : 0);
    return out;
}

bool Rows::null(int row, int column) const noexcept {
    return row < 0 || column < 0 || row >= size() || column >= PQnfields(result_.get()) ||
           PQgetisnull(result_.get(), row, column) == 1;
}
ByteSpan Rows::bytes(int row, int column) const noexcept {
    if (null(row, column)) return {};
    return {reinterpret_cast<const std::uint8_t*>(PQgetvalue(result_.get(), row, column)),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}
std::string Rows::text(int row, int column) const {
    const ByteSpan value = bytes(row, column);
    return wire::valid_text(value) ? std::string(value.begin(), value.end()) : std::string();
}
std::optional<std::int64_t> Rows::number(int row, int column) const noexcept {
    const ByteSpan value = bytes(row, column);
    if (value.size() != 2 && value.size() != 4 && value.size() != 8) return std::nullopt;
    // Begun with the sign, so that short numbers stay what they are.
    std::uint64_t wide = (value.front() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (const std::uint8_t byte : value) wide = wide << 8 | byte;
    return static_cast<std::int64_t>(wide);
}
Flag Rows::flag(int row, int column) const noexcept {
    const ByteSpan value = bytes(row, column);
    return value.size() == 1 && value.front() == 1 ? Flag::yes : Flag::no;
}
std::optional<std::vector<Bytes>> Rows::list(int row, int column) const {
    std::vector<Bytes> out;
    if (null(row, column)) return out;
    const auto items = split_array(bytes(row, column));
    if (!items) return std::nullopt;
    for (const ByteSpan item : *items) out.emplace_back(item.begin(), item.end());
    return out;
}
std::optional<std::vector<std::int16_t>> Rows::small_numbers(int row, int column) const {
    std::vector<std::int16_t> out;
    if (null(row, column)) return out;
    const auto items = split_array(bytes(row, column));
    if (!items) return std::nullopt;
    for (const ByteSpan item : *items) {
        if (item.size() != 2) return std::nullopt;
        out.push_back(static_cast<std::int16_t>(item[0] << 8 | item[1]));
    }
    return out;
}

Result<std::vector<ByteSpan>> split_array(ByteSpan bytes) {
    const auto malformed = [] { return fail(ErrorCode::malformed, "server: not an array"); };
    std::vector<ByteSpan> items;
    if (bytes.size() < 12 || u32_at(bytes, 0) > 1) return malformed();
    if (u32_at(bytes, 0) == 0) return items;
    if (bytes.size() < 20 || u32_at(bytes, 12) > kMaxItems) return malformed();
    const std::uint32_t count = u32_at(bytes, 12);
    std::size_t at = 20;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (bytes.size() - at < 4) return malformed();
        const std::uint32_t size = u32_at(bytes, at);
        at += 4;
        if (size > bytes.size() - at) return malformed();  // a hole (-1) is one as well
        items.push_back(bytes.subspan(at, size));
        at += size;
    }
    if (at != bytes.size()) return malformed();
    return items;
}

Status judge(const PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return {};
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string_view code = state == nullptr ? std::string_view() : std::string_view(state);
    if (code.empty()) return fail(ErrorCode::gone, "the server is gone");
    struct Row {
        std::string_view code;
        ErrorCode error;
        const char* text;
    };
    static constexpr std::array kTable{
        Row{"SF001", ErrorCode::refused, "the server does not know us, or not any more"},
        Row{"SF002", ErrorCode::busy, "the server wants fewer calls"},
        Row{"SF003", ErrorCode::too_large, "the server takes no more of it"},
        Row{"SF004", ErrorCode::mismatch, "the server has something else in this place"},
        Row{"SF005", ErrorCode::locked, "another authority is at work on this server"},
        Row{"SF006", ErrorCode::corrupt, "the server has another chain"},
        Row{"53100", ErrorCode::full, "the server's disk is full"},
    };
    for (const Row& row : kTable)
        if (row.code == code) return fail(row.error, row.text);
    // Classes: connection, intervention by an operator, insufficient resources; a server that is only a standby.
    if (code.starts_with("08") || code.starts_with("57P") || code == "25006")
        return fail(ErrorCode::gone, "the server is going");
    if (code.starts_with("53")) return fail(ErrorCode::busy, "the server is short of something");
    const bool plain =
        std::ranges::all_of(code, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
    return fail(ErrorCode::io, "the server says " + (plain ? std::string(code) : std::string("something odd")));
}

Result<Bytes> from_base64(std::string_view text) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    Bytes out;
    if (text.size() % 4 != 0) return fail(ErrorCode::malformed, "server: not base64");
    while (text.ends_with('=') && text.size() % 4 != 2) text.remove_suffix(1);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const std::size_t digit = kDigits.find(c);
        if (digit == std::string_view::npos) return fail(ErrorCode::malformed, "server: not base64");
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out.push_back(static_cast<std::uint8_t>(bits >> held));
        }
    }
    return out;
}

}  // namespace sekimori::fleet
