// SPDX-License-Identifier: Apache-2.0
// A person as the counter knows them: by login, by staff number, by name and section, or by whoever logged in here
// last.
#pragma once

#include "daemon/admin/answer.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {

struct PersonChoice {
    std::optional<std::string> login, staff_number, name, section;
    bool last_login{};
    [[nodiscard]] bool any() const noexcept { return login || staff_number || name || section || last_login; }
};
// The keys `login`, `staff_number`, `name`, `section` and `last_login`.
[[nodiscard]] PersonChoice read_choice(Arguments& arguments);

// Refusals: invalid_argument (not one way of naming), not_found, refused (several; the hint names them).
[[nodiscard]] tl::expected<PersonRecord, Refusal> choose_person(const Store& store, const PersonChoice& choice);

}  // namespace sekimori::daemon
