// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "admin/json.hpp"
#include "admin/report/model.hpp"
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"

namespace sekimori::admin {
namespace {

std::string told(Finding finding) {
    switch (finding) {
        case Finding::good:
            return tr("good");
        case Finding::attention:
            return tr("to be looked at");
        case Finding::not_compliant:
            return tr("NOT COMPLIANT");
    }
    return {};
}

}  // namespace

const char* name_of(Finding finding) noexcept {
    switch (finding) {
        case Finding::good:
            return "good";
        case Finding::attention:
            return "attention";
        case Finding::not_compliant:
            return "not_compliant";
    }
    return "";
}

Finding Report::finding() const noexcept {
    Finding worst = Finding::good;
    for (const Section& section : sections) worst = std::max(worst, section.finding);
    return worst;
}

std::string render_text(const Report& report) {
    std::string text =
        fill(tr("Sekimori: report for {month}"), {{"month", report.month}}) + "\n" +
        fill(report.terminals ? tr("Fleet of {n} terminals, on {terminal}; made at {time}; overall: {finding}")
                              : tr("Terminal {terminal}; made at {time}; overall: {finding}"),
             {{"n", std::to_string(report.terminals.value_or(1))},
              {"terminal", report.terminal},
              {"time", for_people(report.made_at)},
              {"finding", told(report.finding())}}) +
        "\n";
    int number = 0;
    for (const Section& section : report.sections) {
        text += "\n" + std::to_string(++number) + ". " + section.title + ": " + told(section.finding) + "\n";
        text += "   (" + section.clause + ")\n";
        if (!section.rows.empty()) {
            Table table(section.heads);
            for (const Record& row : section.rows) table.add(row);
            text += table.text();
        } else if (!section.heads.empty()) {
            text += tr("None.") + "\n";
        }
        if (!section.note.empty()) text += printable(section.note) + "\n";
    }
    return text;
}

// One table: a line for each section, and one for each of its rows.
std::string render_csv(const Report& report) {
    std::string text = csv_line({"month", "terminal", "section", "title", "clause", "finding", "row", "values"});
    for (const Section& section : report.sections) {
        const Record common{report.month,  report.terminal, section.id,
                            section.title, section.clause,  name_of(section.finding)};
        Record line = common;
        line.insert(line.end(), {"", section.note});
        text += csv_line(line);
        std::size_t number = 0;
        for (const Record& row : section.rows) {
            Record one = common;
            one.push_back(std::to_string(++number));
            for (std::size_t i = 0; i < row.size() && i < section.keys.size(); ++i)
                one.push_back(section.keys[i] + "=" + row[i]);
            text += csv_line(one);
        }
    }
    return text;
}

std::string render_json(const Report& report) {
    Json sections = Json::array();
    for (const Section& section : report.sections) {
        Json rows = Json::array();
        for (const Record& row : section.rows) {
            Json one = Json::object();
            for (std::size_t i = 0; i < row.size() && i < section.keys.size(); ++i) one[section.keys[i]] = row[i];
            rows.push_back(std::move(one));
        }
        sections.push_back({{"id", section.id},
                            {"title", section.title},
                            {"clause", section.clause},
                            {"finding", name_of(section.finding)},
                            {"rows", std::move(rows)},
                            {"note", section.note}});
    }
    return write_json({{"schema", 1},
                       {"terminals", report.terminals ? Json(*report.terminals) : Json(nullptr)},
                       {"month", report.month},
                       {"made_at", report.made_at},
                       {"terminal", report.terminal},
                       {"language", report.language},
                       {"finding", name_of(report.finding())},
                       {"sections", std::move(sections)}}) +
           "\n";
}

}  // namespace sekimori::admin
