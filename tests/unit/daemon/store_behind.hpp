// SPDX-License-Identifier: Apache-2.0
// Changes to the database behind the closed store's back, with SQLite itself.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>
#include <vector>

namespace sekimori::daemon {

inline void run_sql(const std::string& path, const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << (error ? error : "");
    sqlite3_free(error);
    sqlite3_close(db);
}
inline void change_behind(const std::string& directory, const std::string& sql) {
    run_sql(directory + "/store.db", sql);
}
inline void copy_behind(const std::string& directory, const std::string& to) {
    run_sql(directory + "/store.db", "VACUUM INTO '" + to + "'");
}

inline std::size_t count_behind(const std::string& directory, const std::string& table) {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open((directory + "/store.db").c_str(), &db), SQLITE_OK);
    sqlite3_stmt* query = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db, ("SELECT COUNT(*) FROM " + table).c_str(), -1, &query, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_step(query), SQLITE_ROW);
    const sqlite3_int64 rows = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    sqlite3_close(db);
    return static_cast<std::size_t>(rows);
}

// Flips one bit in the middle of a stored value.
inline void flip_behind(const std::string& directory, const std::string& table, const std::string& column, int row,
                        int percent) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((directory + "/store.db").c_str(), &db), SQLITE_OK);
    sqlite3_stmt* query = nullptr;
    std::string sql = "SELECT rowid, " + column + " FROM " + table + " ORDER BY rowid LIMIT 1 OFFSET ?";
    ASSERT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &query, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_bind_int(query, 1, row - 1);
    ASSERT_EQ(sqlite3_step(query), SQLITE_ROW);
    const sqlite3_int64 rowid = sqlite3_column_int64(query, 0);
    const auto* data = static_cast<const unsigned char*>(sqlite3_column_blob(query, 1));
    std::vector<unsigned char> bytes(data, data + sqlite3_column_bytes(query, 1));
    sqlite3_finalize(query);
    bytes[bytes.size() * static_cast<std::size_t>(percent) / 100] ^= 1;
    sql = "UPDATE " + table + " SET " + column + "=? WHERE rowid=?";
    ASSERT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &query, nullptr), SQLITE_OK);
    sqlite3_bind_blob(query, 1, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
    sqlite3_bind_int64(query, 2, rowid);
    EXPECT_EQ(sqlite3_step(query), SQLITE_DONE);
    sqlite3_finalize(query);
    sqlite3_close(db);
}

}  // namespace sekimori::daemon
