// SPDX-License-Identifier: Apache-2.0
// A person as the counter knows them: by login, staff number, name and section, or whoever logged in here last.
#pragma once

#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {

struct WhichPerson {
    std::string login, staff_number, name, section;
    bool last_login{false};
};
// The options but for the login, which stands elsewhere in each verb. `group` may ask for exactly one of its options;
// --section stands outside of it.
void add_which_person(CLI::App& verb, CLI::App& group, WhichPerson& which);
void put_which_person(Json& arguments, const WhichPerson& which);

}  // namespace sekimori::admin
