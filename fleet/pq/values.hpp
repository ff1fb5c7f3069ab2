// SPDX-License-Identifier: Apache-2.0
// What goes to the server and comes from it, in PostgreSQL's binary format. What comes is hostile.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "protocol/wire.hpp"

namespace sekimori::fleet {

using wire::Bytes;

enum class Flag : std::uint8_t { no, yes };

// The arguments of one call, in order.
class Arguments {
  public:
    Arguments& bytes(ByteSpan value);
    Arguments& text(std::string_view value);
    Arguments& number(std::int32_t value);
    Arguments& number(std::int64_t value);
    Arguments& flag(Flag value);
    Arguments& null_bytes();
    Arguments& list(const std::vector<Bytes>& values);  // bytea[]
    Arguments& list(const std::vector<std::int16_t>& values);
    Arguments& list(const std::vector<std::int32_t>& values);
    Arguments& list(const std::vector<std::int64_t>& values);

    [[nodiscard]] int count() const noexcept { return static_cast<int>(types_.size()); }
    [[nodiscard]] const Oid* types() const noexcept { return types_.data(); }
    // Valid until the next change.
    [[nodiscard]] std::vector<const char*> pointers() const;
    [[nodiscard]] std::vector<int> sizes() const;
    [[nodiscard]] std::vector<int> formats() const { return std::vector<int>(types_.size(), 1); }

  private:
    Arguments& add(Oid type, std::optional<Bytes> value);
    std::vector<Oid> types_;
    std::vector<std::optional<Bytes>> values_;
};

// The rows of an answer. Out of range and of another type: nullopt or empty, never undefined.
class Rows {
  public:
    Rows() = default;
    explicit Rows(PGresult* result) : result_(result) {}
    [[nodiscard]] int size() const noexcept { return result_ ? PQntuples(result_.get()) : 0; }
    [[nodiscard]] bool null(int row, int column) const noexcept;
    [[nodiscard]] ByteSpan bytes(int row, int column) const noexcept;
    [[nodiscard]] std::string text(int row, int column) const;
    [[nodiscard]] std::optional<std::int64_t> number(int row, int column) const noexcept;  // int2, int4, int8
    [[nodiscard]] Flag flag(int row, int column) const noexcept;
    // bytea[] and int2[]; nullopt: not one, or with holes. SQL's null is an empty list.
    [[nodiscard]] std::optional<std::vector<Bytes>> list(int row, int column) const;
    [[nodiscard]] std::optional<std::vector<std::int16_t>> small_numbers(int row, int column) const;
    template <std::size_t N>
    [[nodiscard]] std::optional<std::array<std::uint8_t, N>> fixed(int row, int column) const noexcept {
        const ByteSpan value = bytes(row, column);
        if (value.size() != N) return std::nullopt;
        std::array<std::uint8_t, N> out{};
        std::copy(value.begin(), value.end(), out.begin());
        return out;
    }

  private:
    struct Clear {
        void operator()(PGresult* result) const noexcept { PQclear(result); }
    };
    std::unique_ptr<PGresult, Clear> result_;
};

// The items of an array in binary format, each a span into `bytes`. Errors: malformed.
[[nodiscard]] Result<std::vector<ByteSpan>> split_array(ByteSpan bytes);

// What a result says, by its SQLSTATE (fleet/schema). Its text is the server's and is not passed on.
[[nodiscard]] Status judge(const PGresult* result);

// NOTIFY's payload. Errors: malformed.
[[nodiscard]] Result<Bytes> from_base64(std::string_view text);

}  // namespace sekimori::fleet
