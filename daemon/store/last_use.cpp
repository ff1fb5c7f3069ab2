// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/last_use.hpp"

namespace sekimori::daemon {

Status note_use(const Database& database, const PersonId& person, const LastUse& use) {
    return database
        .query(
            "INSERT INTO last_use(person, wall, place) VALUES(?, ?, ?)"
            " ON CONFLICT DO UPDATE SET wall=excluded.wall, place=excluded.place")
        .bind(ByteSpan(person.bytes))
        .bind(std::int64_t{use.wall.count()})
        .bind(std::string_view(use.where))
        .run();
}

std::optional<LastUse> find_use(const Database& database, const PersonId& person) {
    Query query = database.query("SELECT wall, place FROM last_use WHERE person=?");
    const auto step = query.bind(ByteSpan(person.bytes)).step();
    if (!step || *step == Query::Step::done) return std::nullopt;
    return LastUse{Millis{query.integer(0)}, query.text(1)};
}

}  // namespace sekimori::daemon
