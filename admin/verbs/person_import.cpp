// SPDX-License-Identifier: Apache-2.0
#include "admin/verbs/person_import.hpp"

#include <array>
#include <map>
#include <string>

#include "admin/files.hpp"
#include "admin/text.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 5> kColumns{{{"login", "ログイン名"},
                                                                       {"name", "氏名"},
                                                                       {"accounts", "アカウント"},
                                                                       {"min_fingers", "指の数"},
                                                                       {"reason", "理由"}}};

tl::unexpected<Failure> bad(std::size_t record, const std::string& what) {
    return refuse("malformed", "Record " + std::to_string(record) + ": " + what);
}

Outcome<std::vector<std::string>> columns_of(const Record& heads) {
    std::vector<std::string> columns;
    for (const std::string& head : heads) {
        const auto* found = kColumns.begin();
        while (found != kColumns.end() && head != found->first && head != found->second) ++found;
        if (found == kColumns.end()) return bad(1, "no column is called \"" + head + "\".");
        columns.emplace_back(found->first);
    }
    return columns;
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c != ' ')
            words.back() += c;
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

}  // namespace

Outcome<Json> people_from(const std::vector<Record>& records) {
    if (records.size() < 2) return refuse("malformed", "The file names no person.");
    const auto columns = columns_of(records[0]);
    if (!columns) return tl::unexpected<Failure>(columns.error());
    Json people = Json::array();
    for (std::size_t i = 1; i < records.size(); ++i) {
        if (records[i].size() != columns->size()) return bad(i + 1, "not as many fields as columns.");
        std::map<std::string, std::string> fields;
        for (std::size_t k = 0; k < columns->size(); ++k) fields[(*columns)[k]] = records[i][k];
        if (fields["login"].empty() || fields["name"].empty()) return bad(i + 1, "login and name are needed.");
        Json person{{"login", fields["login"]}, {"name", fields["name"]}};
        const auto accounts = words_of(fields["accounts"]);
        person["accounts"] = accounts.empty() ? std::vector<std::string>{fields["login"]} : accounts;
        const std::string& fingers = fields["min_fingers"];
        if (!fingers.empty() && (fingers.size() != 1 || fingers[0] < '1' || fingers[0] > '9'))
            return bad(i + 1, "the number of fingers is 1 to 9.");
        if (fingers == "1" && fields["reason"].empty()) return bad(i + 1, "fewer than two fingers need a reason.");
        if (!fingers.empty() && fingers != "2") person["min_fingers"] = fingers[0] - '0';
        if (!fields["reason"].empty()) person["reason"] = fields["reason"];
        people.push_back(std::move(person));
    }
    return people;
}

namespace {

struct Import {
    std::string file;
    bool dry_run{false};
};

std::string render(const Json& answer) {
    return fill(true_at(answer, "dry_run") ? tr("{added} would be added, {unchanged} are there already.")
                                           : tr("{added} added, {unchanged} were there already."),
                {{"added", std::to_string(number_at(answer, "added"))},
                 {"unchanged", std::to_string(number_at(answer, "unchanged"))}}) +
           "\n";
}

Outcome<Exit> import(Session& session, const Import& options) {
    const auto bytes = read_file(options.file);
    if (!bytes) return tl::unexpected<Failure>(bytes.error());
    const auto text = decode_text(*bytes);
    if (!text) return tl::unexpected<Failure>(text.error());
    const auto records = parse_csv(*text);
    if (!records) return tl::unexpected<Failure>(records.error());
    const auto people = people_from(*records);
    if (!people) return tl::unexpected<Failure>(people.error());
    return act_and_show(session, "person.import", Json{{"people", *people}, {"dry_run", options.dry_run}}, render);
}

}  // namespace

void add_person_import(CLI::App& person, Session& session) {
    const auto verb = add_verb<Import>(person, "import", "Register the people of a CSV file (UTF-8 or Shift_JIS)");
    verb.app->add_option("FILE", verb.options->file, "Columns: login, name, accounts, min_fingers, reason")->required();
    verb.app->add_flag("--dry-run", verb.options->dry_run, "Check everything, add nothing");
    on(verb, session, import);
}

}  // namespace sekimori::admin
