// SPDX-License-Identifier: Apache-2.0
#include "admin/verbs/which_person.hpp"

#include "admin/personnel.hpp"

namespace sekimori::admin {

void add_which_person(CLI::App& verb, CLI::App& group, WhichPerson& which) {
    group.add_option("--staff-number", which.staff_number, "By the personnel office's number");
    CLI::Option* name =
        group.add_option("--name", which.name, "By name, in kanji or kana; with --section where two have it");
    group.add_flag("--last-login", which.last_login, "Whoever logged in at this terminal last");
    verb.add_option("--section", which.section, "Section of the person that --name names")->needs(name);
}

void put_which_person(Json& arguments, const WhichPerson& which) {
    if (!which.login.empty()) arguments["login"] = which.login;
    if (!which.staff_number.empty()) arguments["staff_number"] = normalized(which.staff_number);
    if (!which.name.empty()) arguments["name"] = spaced(which.name);
    if (!which.section.empty()) arguments["section"] = spaced(which.section);
    if (which.last_login) arguments["last_login"] = true;
}

}  // namespace sekimori::admin
