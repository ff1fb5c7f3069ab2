// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>

namespace sekimori::daemon {
namespace {

// Why a write to the log failed. The connection's own errno is that of whatever came after it, a rollback say.
int cause_of(sqlite3* connection, int code) {
    if (connection == nullptr) return 0;
    sqlite3_file* log = nullptr;
    int cause = 0;
    if (code == SQLITE_IOERR_WRITE &&
        sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log != nullptr &&
        log->pMethods != nullptr && log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &cause) == SQLITE_OK &&
        cause != 0)
        return cause;
    return sqlite3_system_errno(connection);
}

// The library's own texts may quote what is stored: only the code is told.
tl::unexpected<Error> failed(sqlite3* connection, int code) {
    const std::string what = "database: error " + std::to_string(code);
    const int cause = cause_of(connection, code);
    switch (code & 0xff) {
        case SQLITE_FULL:
            return fail(ErrorCode::full, "database: no space");
        case SQLITE_IOERR:
            // EFBIG and EDQUOT: a limit instead of a disk, the same to us.
            if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG)
                return fail(ErrorCode::full, "database: no space");
            return fail(ErrorCode::io, what);
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return fail(ErrorCode::io, what);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return fail(ErrorCode::corrupt, what);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return fail(ErrorCode::busy, what);
        default:
            return fail(ErrorCode::internal, what);
    }
}

}  // namespace

// ---- Query

void Query::Freed::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Query& Query::bind(std::int64_t value) {
    if (code_ == SQLITE_OK) code_ = sqlite3_bind_int64(statement_.get(), next_++, value);
    return *this;
}
Query& Query::bind(ByteSpan value) {
    // A null pointer would bind NULL instead of an empty blob.
    const void* data = value.empty() ? static_cast<const void*>("") : value.data();
    if (code_ == SQLITE_OK)
        code_ = sqlite3_bind_blob64(statement_.get(), next_++, data, value.size(), SQLITE_TRANSIENT);
    return *this;
}
Query& Query::bind(std::string_view text) {
    if (code_ == SQLITE_OK)
        code_ = sqlite3_bind_text64(statement_.get(), next_++, text.data() != nullptr ? text.data() : "", text.size(),
                                    SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Result<Query::Step> Query::step() {
    if (code_ != SQLITE_OK) return failed(connection_, code_);
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return Step::row;
    if (code == SQLITE_DONE) return Step::done;
    return failed(connection_, code);
}

void Query::again() {
    (void)sqlite3_reset(statement_.get());  // it repeats what step() told
    next_ = 1;
}

Status Query::run() {
    auto stepped = step();
    if (!stepped) return tl::unexpected<Error>(stepped.error());
    return {};
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
Bytes Query::blob(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return data == nullptr ? Bytes{} : Bytes(data, data + size);
}
std::string Query::text(int column) const {
    const Bytes bytes = blob(column);
    return {bytes.begin(), bytes.end()};
}

// ---- Database

void Database::Closed::operator()(sqlite3* connection) const noexcept { sqlite3_close(connection); }

Result<Database> Database::open(const std::string& path) {
    // SQLite would make it readable for others; its log takes the file's own mode.
    if (const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600); fd >= 0) ::close(fd);
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(
        path.c_str(), &raw,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
        nullptr);
    Database database(raw);
    if (code != SQLITE_OK) return failed(raw, code);
    // The file is ours, but a schema that somebody put into it must not run anything.
    for (const int option :
         {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA})
        (void)sqlite3_db_config(raw, option, 0, nullptr);
    (void)sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    (void)sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, 16 << 20);
    if (auto set = database.execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                    "PRAGMA secure_delete=ON; PRAGMA cell_size_check=ON; PRAGMA foreign_keys=OFF;"
                                    "PRAGMA temp_store=MEMORY;");
        !set)
        return tl::unexpected<Error>(set.error());
    return database;
}

Query Database::query(std::string_view sql) const {
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    return {connection_.get(), code, statement};
}

Status Database::execute(const char* sql) const {
    const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failed(connection_.get(), code);
    return {};
}

Status Database::checkpoint() const {
    const int code =
        sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (code != SQLITE_OK) return failed(connection_.get(), code);
    return {};
}

// ---- Transaction

Result<Transaction> Transaction::begin(const Database& database) {
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return tl::unexpected<Error>(begun.error());
    return Transaction(database);
}

Transaction::~Transaction() {
    if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Status Transaction::commit() {
    auto committed = database_->execute("COMMIT");
    if (committed) database_ = nullptr;
    return committed;
}

}  // namespace sekimori::daemon
