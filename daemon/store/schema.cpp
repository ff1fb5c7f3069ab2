// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/schema.hpp"

#include <array>

namespace sekimori::daemon {
namespace {

constexpr std::array<Migration, 4> kSteps{
    // 1. What the columns hold: docs/FORMATS.md.
    "CREATE TABLE keys(name TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE statements(hash BLOB PRIMARY KEY, signed BLOB NOT NULL);"
    "CREATE TABLE entries(seq INTEGER PRIMARY KEY, statement BLOB NOT NULL, signed BLOB NOT NULL);"
    "CREATE TABLE blobs(hash BLOB PRIMARY KEY, sealed BLOB NOT NULL);"
    "CREATE TABLE person_keys(person BLOB PRIMARY KEY, sealed BLOB NOT NULL);"
    "CREATE TABLE audit(seq INTEGER PRIMARY KEY, row BLOB NOT NULL, signature BLOB NOT NULL);"
    "CREATE TABLE lockouts(kind INTEGER, key TEXT, charged INTEGER NOT NULL, locks INTEGER NOT NULL,"
    " remaining INTEGER NOT NULL, since INTEGER NOT NULL, boot BLOB NOT NULL, PRIMARY KEY(kind, key)) WITHOUT ROWID;",
    // 2. Of a member of a fleet.
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, signed BLOB NOT NULL,"
    " stored INTEGER NOT NULL);"
    "CREATE TABLE acknowledgements(statement BLOB PRIMARY KEY, record BLOB NOT NULL);",
    // 3. The index of the trail.
    "CREATE TABLE audit_find(key INTEGER, seq INTEGER, PRIMARY KEY(key, seq)) WITHOUT ROWID;",
    // 4. Decides nothing.
    "CREATE TABLE last_use(person BLOB PRIMARY KEY, wall INTEGER NOT NULL, place TEXT NOT NULL) WITHOUT ROWID;",
};

}  // namespace

std::span<const Migration> migrations() noexcept { return kSteps; }

Result<std::int64_t> version_of(const Database& database) {
    Query query = database.query("PRAGMA user_version");
    const auto step = query.step();
    if (!step) return tl::unexpected<Error>(step.error());
    return query.integer(0);
}

Status migrate(const Database& database, std::span<const Migration> steps) {
    const auto version = version_of(database);
    if (!version) return tl::unexpected<Error>(version.error());
    if (*version < 0 || static_cast<std::size_t>(*version) > steps.size())
        return fail(ErrorCode::unsupported,
                    "database: written by a later version (" + std::to_string(*version) + "); nothing was changed");
    for (std::size_t at = static_cast<std::size_t>(*version); at < steps.size(); ++at) {
        auto transaction = Transaction::begin(database);
        if (!transaction) return tl::unexpected<Error>(transaction.error());
        if (auto done = database.execute(steps[at]); !done) return done;
        const std::string mark = "PRAGMA user_version=" + std::to_string(at + 1);
        if (auto done = database.execute(mark.c_str()); !done) return done;
        if (auto done = transaction->commit(); !done) return done;
    }
    return {};
}

}  // namespace sekimori::daemon
