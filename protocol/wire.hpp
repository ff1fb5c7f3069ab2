// SPDX-License-Identifier: Apache-2.0
// The encoding of every private message. A message is
//     u8 version = 1 | u16 type | field*
//     field: u16 tag (bit 15: critical) | u16 length | value
// big-endian. A reader skips an unknown field unless it is critical; a known field that is missing, repeated (unless it
// is a list), of a wrong length or out of range makes the message malformed. Nothing is allocated beyond the received
// bytes.
//
// A message type is a struct with `static constexpr MessageType kType` and `static constexpr auto kFields =
// std::tuple{...}` of field<TAG>(&Struct::member, max). That table is the only description there is: encoder, decoder
// and tests derive from it.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::wire {

inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kMaxMessage =
    60 * 1024;  // below the default SO_SNDBUF with room for the kernel's overhead
inline constexpr std::uint16_t kCritical = 0x8000;

using Bytes = std::vector<std::uint8_t>;

template <class Struct, class Member>
struct Field {
    std::uint16_t tag;
    Member Struct::*member;
    std::size_t max;  // bytes of a text or blob; items of a list
};

// max: bound on the bytes of a text or blob, or on the number of items of a list.
template <std::uint16_t Tag, class Struct, class Member>
consteval Field<Struct, Member> field(Member Struct::*member, std::size_t max = 0) {
    static_assert((Tag & 0x7fff) != 0);
    return {Tag, member, max};
}

class Writer {
  public:
    // Counts what would be written, up to kMaxMessage.
    Writer() = default;
    // Writes, up to `size` bytes.
    explicit Writer(std::size_t size) : buffer_(size), limit_(size) {}
    void u8(std::uint8_t v) { put(&v, 1); }
    void u16(std::uint16_t v);
    void raw(ByteSpan bytes) { put(bytes.data(), bytes.size()); }
    [[nodiscard]] std::size_t open_field(std::uint16_t tag);
    void close_field(std::size_t mark);
    void fail() noexcept { ok_ = false; }
    [[nodiscard]] std::size_t size() const noexcept { return used_; }
    // The message, or too_large.
    [[nodiscard]] Result<SecureBytes> finish() &&;

  private:
    void put(const std::uint8_t* data, std::size_t size);
    SecureBytes buffer_;
    std::size_t limit_{kMaxMessage};
    std::size_t used_{0};
    bool ok_{true};
};

struct RawField {
    std::uint16_t tag;  // without the critical bit
    std::uint16_t raw_tag;
    ByteSpan value;
};

// Splits `bytes` into fields; the spans point into `bytes`. At most 1024 fields.
[[nodiscard]] Result<std::vector<RawField>> split(ByteSpan bytes);
// The type of a whole message; malformed if the header is not ours.
[[nodiscard]] Result<std::uint16_t> type_of(ByteSpan message);
[[nodiscard]] bool valid_text(ByteSpan bytes) noexcept;  // UTF-8, no NUL

template <class T>
concept HasFields = requires { T::kFields; };
template <class T>
struct is_list : std::false_type {};
template <class T>
    requires(!std::same_as<T, std::uint8_t>)
struct is_list<std::vector<T>> : std::true_type {};
template <class T>
struct is_array : std::false_type {};
template <std::size_t N>
struct is_array<std::array<std::uint8_t, N>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
concept IsId = requires(T t) {
    { t.bytes } -> std::convertible_to<ByteSpan>;
} && !HasFields<T>;

// The largest enumerator of an enum that travels: specialise for each one (schema.hpp).
template <class E>
inline constexpr std::uint64_t kLast = 0;

template <class T>
void write_fields(Writer& writer, const T& value);
template <class T>
Status read_fields(ByteSpan bytes, T& value);

template <class T>
void write_value(Writer& writer, const T& value, std::size_t max) {
    if constexpr (std::is_enum_v<T>) {
        write_value(writer, static_cast<std::underlying_type_t<T>>(value), max);
    } else if constexpr (std::is_integral_v<T>) {
        static_assert(std::is_unsigned_v<T> && !std::same_as<T, bool>, "use an unsigned width or an enum");
        for (std::size_t i = sizeof(T); i-- > 0;)
            writer.u8(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
    } else if constexpr (std::same_as<T, std::string>) {
        if (value.size() > max) writer.fail();
        writer.raw({reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
    } else if constexpr (std::same_as<T, Bytes>) {
        if (value.size() > max) writer.fail();
        writer.raw(value);
    } else if constexpr (std::same_as<T, SecureBytes>) {
        if (value.size() > max) writer.fail();
        writer.raw(value.span());
    } else if constexpr (is_array<T>::value) {
        writer.raw(value);
    } else if constexpr (HasFields<T>) {
        write_fields(writer, value);
    } else {
        static_assert(IsId<T>);
        writer.raw(value.bytes);
    }
}

template <class T>
Status read_value(ByteSpan bytes, T& value, std::size_t max) {
    const auto wrong = [] { return fail(ErrorCode::malformed, "message: a field has a wrong value"); };
    if constexpr (std::is_enum_v<T>) {
        std::underlying_type_t<T> raw{};
        if (auto read = read_value(bytes, raw, max); !read) return read;
        static_assert(kLast<T> > 0, "an enum that travels needs its kLast");
        if (raw > kLast<T>) return wrong();
        value = static_cast<T>(raw);
    } else if constexpr (std::is_integral_v<T>) {
        if (bytes.size() != sizeof(T)) return wrong();
        std::uint64_t wide = 0;
        for (const std::uint8_t byte : bytes) wide = (wide << 8) | byte;
        value = static_cast<T>(wide);
    } else if constexpr (std::same_as<T, std::string>) {
        if (bytes.size() > max || !valid_text(bytes)) return wrong();
        value.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    } else if constexpr (std::same_as<T, Bytes>) {
        if (bytes.size() > max) return wrong();
        value.assign(bytes.begin(), bytes.end());
    } else if constexpr (std::same_as<T, SecureBytes>) {
        if (bytes.size() > max) return wrong();
        value = SecureBytes(bytes);
        if (value.size() != bytes.size()) return fail(ErrorCode::internal, "out of memory");
    } else if constexpr (is_array<T>::value) {
        if (bytes.size() != value.size()) return wrong();
        std::copy(bytes.begin(), bytes.end(), value.begin());
    } else if constexpr (HasFields<T>) {
        return read_fields(bytes, value);
    } else {
        static_assert(IsId<T>);
        if (bytes.size() != value.bytes.size()) return wrong();
        std::copy(bytes.begin(), bytes.end(), value.bytes.begin());
    }
    return {};
}

template <class T>
void write_fields(Writer& writer, const T& value) {
    const auto one = [&](std::uint16_t tag, const auto& item, std::size_t max) {
        const std::size_t mark = writer.open_field(tag);
        write_value(writer, item, max);
        writer.close_field(mark);
    };
    std::apply(
        [&](const auto&... f) {
            [[maybe_unused]] const auto each = [&](const auto& fld) {
                const auto& member = value.*(fld.member);
                using M = std::remove_cvref_t<decltype(member)>;
                if constexpr (is_list<M>::value) {
                    if (member.size() > fld.max) writer.fail();
                    for (const auto& item : member) one(fld.tag, item, fld.max);
                } else if constexpr (is_optional<M>::value) {
                    if (member) one(fld.tag, *member, fld.max);
                } else {
                    one(fld.tag, member, fld.max);
                }
            };
            (each(f), ...);
        },
        T::kFields);
}

template <class T>
Status read_fields(ByteSpan bytes, T& value) {
    auto fields = split(bytes);
    if (!fields) return tl::unexpected<Error>(fields.error());
    Status status;
    std::size_t known = 0;
    std::apply(
        [&](const auto&... f) {
            [[maybe_unused]] const auto each = [&](const auto& fld) {
                if (!status) return;
                auto& member = value.*(fld.member);
                using M = std::remove_cvref_t<decltype(member)>;
                std::size_t seen = 0;
                for (const RawField& raw : *fields) {
                    if (raw.tag != (fld.tag & 0x7fff)) continue;
                    ++seen;
                    ++known;
                    if constexpr (is_list<M>::value) {
                        if (seen > fld.max) {
                            status = fail(ErrorCode::too_large, "message: too many items");
                            return;
                        }
                        member.emplace_back();
                        status = read_value(raw.value, member.back(), fld.max);
                    } else if constexpr (is_optional<M>::value) {
                        status = seen > 1 ? Status(fail(ErrorCode::malformed, "message: a field is repeated"))
                                          : read_value(raw.value, member.emplace(), fld.max);
                    } else {
                        status = seen > 1 ? Status(fail(ErrorCode::malformed, "message: a field is repeated"))
                                          : read_value(raw.value, member, fld.max);
                    }
                    if (!status) return;
                }
                if (!is_list<M>::value && !is_optional<M>::value && seen == 0)
                    status = fail(ErrorCode::malformed, "message: a field is missing");
            };
            (each(f), ...);
        },
        T::kFields);
    if (!status) return status;
    if (known == fields->size()) return {};
    for (const RawField& raw : *fields) {
        const bool mine =
            std::apply([&](const auto&... f) { return ((raw.tag == (f.tag & 0x7fff)) || ...); }, T::kFields);
        if (!mine && (raw.raw_tag & kCritical) != 0)
            return fail(ErrorCode::unsupported, "message: a critical field is unknown");
    }
    return {};
}

template <class T>
void write_message(Writer& writer, const T& message) {
    writer.u8(kVersion);
    writer.u16(static_cast<std::uint16_t>(T::kType));
    write_fields(writer, message);
}

// Counted first, so that no more is mapped, locked and wiped than the message has. Errors: too_large.
template <class T>
[[nodiscard]] Result<SecureBytes> encode(const T& message) {
    Writer count;
    write_message(count, message);
    Writer writer(count.size());
    write_message(writer, message);
    return std::move(writer).finish();
}

// Precondition: none; `bytes` is hostile. Errors: malformed, too_large, unsupported.
template <class T>
[[nodiscard]] Result<T> decode(ByteSpan bytes) {
    const auto type = type_of(bytes);
    if (!type) return tl::unexpected<Error>(type.error());
    if (*type != static_cast<std::uint16_t>(T::kType))
        return fail(ErrorCode::malformed, "message: another type was expected");
    T message{};
    if (auto status = read_fields(bytes.subspan(3), message); !status) return tl::unexpected<Error>(status.error());
    return message;
}

}  // namespace sekimori::wire
