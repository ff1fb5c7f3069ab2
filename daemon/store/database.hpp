// SPDX-License-Identifier: Apache-2.0
// SQLite with RAII: a connection, a query, a transaction. Only blobs and integers go in and out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "ledger/tlv.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sekimori::daemon {

class Database;

// One prepared statement. Precondition of the readers: the last step() returned row.
class Query {
  public:
    enum class Step : std::uint8_t { row, done };

    // Values in the order of the `?`. A first failure is kept and told by step().
    Query& bind(std::int64_t value);
    Query& bind(ByteSpan value);
    Query& bind(std::string_view text);
    [[nodiscard]] Result<Step> step();
    // To be run once more, with other values.
    void again();
    // Runs a statement that yields no row.
    [[nodiscard]] Status run();

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] Bytes blob(int column) const;
    [[nodiscard]] std::string text(int column) const;
    // A blob of exactly this size, else corrupt.
    template <std::size_t N>
    [[nodiscard]] Result<std::array<std::uint8_t, N>> fixed(int column) const {
        const Bytes bytes = blob(column);
        std::array<std::uint8_t, N> out{};
        if (bytes.size() != N) return fail(ErrorCode::corrupt, "database: a column has a wrong size");
        std::copy(bytes.begin(), bytes.end(), out.begin());
        return out;
    }

  private:
    friend class Database;
    struct Freed {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    Query(sqlite3* connection, int code, sqlite3_stmt* statement)
        : connection_(connection), code_(code), statement_(statement) {}
    sqlite3* connection_;
    int code_;  // the first failure
    int next_{1};
    std::unique_ptr<sqlite3_stmt, Freed> statement_;
};

// Life cycle: open(), then used by one thread. Write-ahead log, every commit synchronised (synchronous=FULL), locked
// exclusively (so that no shared-memory file is needed, which a full disk could fail), deleted content overwritten.
class Database {
  public:
    [[nodiscard]] static Result<Database> open(const std::string& path);
    [[nodiscard]] Query query(std::string_view sql) const;
    [[nodiscard]] Status execute(const char* sql) const;
    // Moves the log's content into the file and empties the log, so that what was deleted is in neither.
    [[nodiscard]] Status checkpoint() const;

  private:
    struct Closed {
        void operator()(sqlite3* connection) const noexcept;
    };
    explicit Database(sqlite3* connection) : connection_(connection) {}
    std::unique_ptr<sqlite3, Closed> connection_;
};

// Rolls back unless commit() succeeded.
class Transaction {
  public:
    [[nodiscard]] static Result<Transaction> begin(const Database& database);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    [[nodiscard]] Status commit();

  private:
    explicit Transaction(const Database& database) : database_(&database) {}
    const Database* database_;
};

}  // namespace sekimori::daemon
