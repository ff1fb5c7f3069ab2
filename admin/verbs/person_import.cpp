// SPDX-License-Identifier: Apache-2.0
// sekimori person import: first what would change, then, with --apply, the change.
#include <map>

#include "admin/files.hpp"
#include "admin/personnel.hpp"
#include "admin/render.hpp"
#include "admin/row_file.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

constexpr std::size_t kMaxTable = std::size_t{48} << 20;

struct Import {
    std::string file, columns;
    bool apply{false}, dry_run{false}, skip_conflicts{false}, summary{false};
};

Outcome<Personnel> read_table(const Import& options) {
    const auto decoded = [](const std::string& path) -> Outcome<std::string> {
        const auto bytes = read_file(path, kMaxTable);
        if (!bytes) return bytes;
        return decode_text(*bytes);
    };
    ColumnMap columns;
    if (!options.columns.empty()) {
        const auto text = decoded(options.columns);
        if (!text) return tl::unexpected<Failure>(text.error());
        auto parsed = parse_columns(*text);
        if (!parsed) return tl::unexpected<Failure>(parsed.error());
        columns = std::move(*parsed);
    }
    const auto text = decoded(options.file);
    if (!text) return tl::unexpected<Failure>(text.error());
    const auto lines = parse_csv(*text);
    if (!lines) return tl::unexpected<Failure>(lines.error());
    return personnel_from(*lines, columns);
}

// "section: 税務課 -> 市民課"
std::string differences(const Json& change) {
    static const std::map<std::string, const char*> names{
        {"section", later("section")},        {"name", later("name")},         {"kana", later("kana")},
        {"employment", later("employment")},  {"accounts", later("accounts")}, {"staff_number", later("staff number")},
        {"leaves_at", later("last day ends")}};
    std::string text;
    const Json& after = at(change, "after");
    const Json& before = at(change, "before");
    for (const auto& [key, name] : names) {
        if (!before.contains(key)) continue;
        const auto shown = [&](const Json& side) {
            if (key == "accounts") return joined(texts_at(side, key));
            const std::string value = text_at(side, key);
            return value.empty() ? "-" : key == "leaves_at" ? for_people(value) : value;
        };
        text += (text.empty() ? "" : "; ") + tr(name) + ": " + shown(before) + " -> " + shown(after);
    }
    return text;
}

std::string mark_of(const std::string& kind) {
    if (kind == "join") return tr("joins");
    if (kind == "move") return tr("moves");
    if (kind == "rename") return tr("is renamed");
    if (kind == "leave") return tr("leaves");
    return tr("changes");
}

std::string line_of(const Json& change) {
    const std::string kind = text_at(change, "change");
    const std::string who = text_at(change, "login") + " " + text_at(change, "name");
    if (kind == "conflict")
        return fill(tr("! line {line}: {who}: {why}"),
                    {{"line", text_at(change, "line")}, {"who", who}, {"why", tr(text_at(change, "message"))}}) +
               "\n";
    const std::string from = text_at(at(change, "after"), "from");
    const std::string replaces = text_at(change, "replaces");
    std::string text = (kind == "join" ? "+ " : kind == "leave" ? "- " : "~ ") + who + " " + mark_of(kind);
    if (kind == "join" && !text_at(change, "section").empty()) text += " (" + text_at(change, "section") + ")";
    if (const std::string what = differences(change); !what.empty()) text += " (" + what + ")";
    if (!from.empty()) text += " " + fill(tr("from {time} on"), {{"time", for_people(from)}});
    if (!replaces.empty())
        text += "; " + fill(tr("in the place of what was planned for {time}"), {{"time", for_people(replaces)}});
    return printable(text) + "\n";
}

struct Counts {
    std::size_t joins{}, leaves{}, others{};
};

std::string by_section(const std::vector<Json>& changes) {
    std::map<std::string, Counts> sections;
    for (const Json& change : changes) {
        const std::string kind = text_at(change, "change");
        if (kind == "conflict") continue;
        Counts& counts = sections[text_at(change, "section")];
        ++(kind == "join" ? counts.joins : kind == "leave" ? counts.leaves : counts.others);
    }
    std::string text;
    for (const auto& [section, counts] : sections)
        text +=
            printable("  " + (section.empty() ? tr("(no section)") : section) + "  +" + std::to_string(counts.joins) +
                      " ~" + std::to_string(counts.others) + " -" + std::to_string(counts.leaves)) +
            "\n";
    return text;
}

std::string totals(const Json& answer) {
    const auto number = [&](const char* key) { return std::to_string(number_at(answer, key)); };
    std::string text = fill(tr("{join} join, {move} move, {rename} are renamed, {leave} leave, {update} change "
                               "otherwise; {unchanged} are as they were; {conflict} conflicts."),
                            {{"join", number("join")},
                             {"move", number("move")},
                             {"rename", number("rename")},
                             {"leave", number("leave")},
                             {"update", number("update")},
                             {"unchanged", number("unchanged")},
                             {"conflict", number("conflict")}}) +
                       "\n";
    if (number_at(answer, "not_named") != 0)
        text += fill(tr("{n} people with a staff number are not in this table; nothing is done about them."),
                     {{"n", number("not_named")}}) +
                "\n";
    if (true_at(answer, "refused"))
        text +=
            tr("Nothing was changed. Resolve the conflicts, or leave those lines out with --skip-conflicts.") + "\n";
    else if (true_at(answer, "dry_run"))
        text += tr("Nothing was changed. To do it: the same command with --apply.") + "\n";
    else
        text += fill(tr("Done: {n} people."), {{"n", number("applied")}}) + "\n";
    return text;
}

Outcome<Exit> import(Session& session, const Import& options) {
    if (options.apply && options.dry_run) return misuse("--apply and --dry-run exclude each other.");
    const auto table = read_table(options);
    if (!table) return tl::unexpected<Failure>(table.error());
    if (!table->ignored.empty() && session.format == Format::human)
        session.err(printable(fill(tr("Columns that are not used: {names}"), {{"names", joined(table->ignored)}})) +
                    "\n");
    auto file = RowFile::create(table->rows);
    if (!file) return tl::unexpected<Failure>(file.error());
    auto answer =
        session.command("person.import", Json{{"apply", options.apply}, {"skip_conflicts", options.skip_conflicts}},
                        nullptr, file->fd());
    if (!answer) return tl::unexpected<Failure>(answer.error());
    const auto changes = file->read_from(number_at(answer->json, "report_at"));
    if (!changes) return tl::unexpected<Failure>(changes.error());
    if (session.format == Format::json) {
        answer->json.erase("report_at");
        answer->json["items"] = *changes;
        session.out(write_json(answer->json) + "\n");
    } else {
        if (!options.summary)
            for (const Json& change : *changes) session.out(line_of(change));
        session.out(by_section(*changes) + totals(answer->json));
    }
    return true_at(answer->json, "refused") ? Exit::refused : Exit::done;
}

}  // namespace

void add_person_import(CLI::App& person, Session& session) {
    const auto verb = add_verb<Import>(person, "import", "What the personnel office's table (CSV) changes, and do it");
    verb.app
        ->add_option("FILE", verb.options->file,
                     "UTF-8 or Shift_JIS. Columns: staff_number, login, name, kana, section, employment, accounts, "
                     "from, until, min_fingers, reason; also by their Japanese headings")
        ->required();
    verb.app->add_option("--columns", verb.options->columns, "File with lines \"heading = column\"");
    verb.app->add_flag("--apply", verb.options->apply, "Do it (without: only show it)");
    verb.app->add_flag("--dry-run", verb.options->dry_run, "Only show it");
    verb.app->add_flag("--skip-conflicts", verb.options->skip_conflicts, "Leave out the lines that cannot be done");
    verb.app->add_flag("--summary", verb.options->summary, "Numbers only, no line for each person");
    on(verb, session, import);
}

}  // namespace sekimori::admin
