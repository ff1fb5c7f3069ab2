// SPDX-License-Identifier: Apache-2.0
// sekimori person import: first what changes, line by line, then the change; at a terminal it is asked for in between.
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

constexpr std::size_t kMaxTable = std::size_t{16} << 20;

struct Import {
    std::string file, columns;
    bool dry_run{false}, yes{false}, skip_conflicts{false}, summary{false};
};

Outcome<Personnel> read_table(const Import& options) {
    const auto decoded = [](const std::string& path) -> Outcome<std::string> {
        auto bytes = read_file(path, kMaxTable);
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
        text += tr("Nothing was changed.") + "\n";
    else
        text += fill(tr("Done: {n} people."), {{"n", number("applied")}}) + "\n";
    return text;
}

// Shows what is planned as soon as the broker has written it behind the rows, and asks for it.
class PlanView final : public PlainView {
  public:
    PlanView(Session& session, const RowFile& file, const Import& options)
        : PlainView(session), file_(file), options_(options) {}
    void progress(const wire::Progress& progress) override {
        if (progress.event == wire::ProgressEvent::ready && !shown_) show();
        if (progress.event == wire::ProgressEvent::stage && session().format == Format::human)
            session().err(std::to_string(unsigned{progress.stage} * 10) + "%\n");
    }
    void question(const wire::Prompt& prompt) override {
        if (prompt.id != MessageId::none) return PlainView::question(prompt);
        session().err(tr("Shall this be done? [y/N] "));
    }
    // What has not been shown by then. Failures: what the report cannot be read for.
    [[nodiscard]] Outcome<std::vector<Json>> end() {
        if (!shown_) show();
        return std::move(changes_);
    }

  private:
    void show() {
        shown_ = true;
        changes_ = file_.read_from(file_.size());
        if (!changes_ || session().format == Format::json) return;
        if (!options_.summary)
            for (const Json& change : *changes_) session().out(line_of(change));
        session().out(by_section(*changes_));
    }
    const RowFile& file_;
    const Import& options_;
    bool shown_{false};
    Outcome<std::vector<Json>> changes_;
};

Outcome<Exit> import(Session& session, const Import& options) {
    if (options.yes && options.dry_run) return misuse("--yes and --dry-run exclude each other.");
    const auto table = read_table(options);
    if (!table) return tl::unexpected<Failure>(table.error());
    if (!table->ignored.empty() && session.format == Format::human)
        session.err(printable(fill(tr("Columns that are not used: {names}"), {{"names", joined(table->ignored)}})) +
                    "\n");
    auto file = RowFile::create(table->rows);
    if (!file) return tl::unexpected<Failure>(file.error());
    Json arguments{{"apply", !options.dry_run}, {"skip_conflicts", options.skip_conflicts}};
    // The question is for people: what a program reads comes whole, at the end.
    if (!options.dry_run && !options.yes && session.format == Format::human && session.has_terminal())
        arguments["ask"] = true;
    PlanView view(session, *file, options);
    auto answer = session.command("person.import", arguments, &view, file->fd());
    if (!answer) return tl::unexpected<Failure>(answer.error());
    auto changes = view.end();
    if (!changes) return tl::unexpected<Failure>(changes.error());
    if (session.format == Format::json) {
        answer->json.erase("report_at");
        answer->json["items"] = std::move(*changes);
        session.out(write_json(answer->json) + "\n");
    } else {
        session.out(totals(answer->json));
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
    verb.app->add_flag("--dry-run", verb.options->dry_run, "Only show it");
    verb.app->add_flag("--yes", verb.options->yes, "Do not ask before it is done");
    verb.app->add_flag("--skip-conflicts", verb.options->skip_conflicts, "Leave out the lines that cannot be done");
    verb.app->add_flag("--summary", verb.options->summary, "Numbers only, no line for each person");
    on(verb, session, import);
}

}  // namespace sekimori::admin
