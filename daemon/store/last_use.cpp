// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/last_use.hpp"

#include <algorithm>
#include <array>

namespace sekimori::daemon {

bool is_use(std::string_view what) noexcept {
    constexpr std::array uses{std::string_view("login"),       std::string_view("unlock"),
                              std::string_view("elevate"),     std::string_view("boot"),
                              std::string_view("application"), std::string_view("break-glass.use")};
    return std::ranges::find(uses, what) != uses.end();
}

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
