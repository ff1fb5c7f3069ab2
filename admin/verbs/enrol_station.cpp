// SPDX-License-Identifier: Apache-2.0
// sekimori enrol station: one person after the other gets what they lack. Nothing is kept between two runs: whoever
// lacks something is in the queue, so that an interruption costs nothing.
#include <algorithm>
#include <set>

#include "admin/csv.hpp"
#include "admin/files.hpp"
#include "admin/personnel.hpp"
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/finger_dialogue.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct Options {
    std::string file, section;
    unsigned timeout{60};
    bool list{false};
};

// In the order in which they are asked for: the fingers that read best, one of each hand first.
constexpr const char* kOrder[] = {later("right-index-finger"), later("left-index-finger"), later("right-middle-finger"),
                                  later("left-middle-finger"), later("right-thumb"),       later("left-thumb"),
                                  later("right-ring-finger"),  later("left-ring-finger")};

// Logins and staff numbers of the first column of a file that is one of them.
Outcome<std::set<std::string>> names_in(const std::string& path) {
    const auto bytes = read_file(path);
    if (!bytes) return tl::unexpected<Failure>(bytes.error());
    const auto text = decode_text(*bytes);
    if (!text) return tl::unexpected<Failure>(text.error());
    const auto lines = parse_csv(*text);
    if (!lines) return tl::unexpected<Failure>(lines.error());
    std::set<std::string> names;
    for (const Line& line : *lines)
        for (const std::string& field : line.fields) names.insert(normalized(field));
    return names;
}

Outcome<Json> queue_of(Session& session, const Options& options) {
    Json arguments = Json::object();
    if (!options.section.empty()) arguments["section"] = spaced(options.section);
    auto queue = session.list("enrol.queue", arguments);
    if (!queue) return tl::unexpected<Failure>(queue.error());
    if (options.file.empty()) return std::move(queue->json);
    const auto names = names_in(options.file);
    if (!names) return tl::unexpected<Failure>(names.error());
    Json items = Json::array();
    for (const Json& person : items_of(queue->json))
        if (names->contains(text_at(person, "login")) || names->contains(text_at(person, "staff_number")))
            items.push_back(person);
    queue->json["items"] = std::move(items);
    return std::move(queue->json);
}

std::string lacks(const Json& person) {
    std::string text;
    if (true_at(person, "card")) text = tr("card");
    if (const auto fingers = number_at(person, "fingers_needed"); fingers > 0)
        text += (text.empty() ? "" : ", ") + fill(tr("{n} fingers"), {{"n", std::to_string(fingers)}});
    if (true_at(person, "unusable")) text += " (" + tr("those enrolled do not fit this sensor") + ")";
    return text;
}

std::string render(const Json& queue) {
    Table table({tr("LOGIN"), tr("NAME"), tr("STAFF NO."), tr("SECTION"), tr("LACKS")});
    std::size_t unusable = 0;
    for (const Json& person : items_of(queue)) {
        table.add({text_at(person, "login"), text_at(person, "name"), text_at(person, "staff_number"),
                   text_at(person, "section"), lacks(person)});
        unusable += true_at(person, "unusable") ? 1U : 0U;
    }
    const std::string sensor = text_at(queue, "sensor");
    return table.text() +
           fill(tr("{n} people lack something; {unusable} have fingers, but none for this terminal's sensor "
                   "({sensor})."),
                {{"n", std::to_string(items_of(queue).size())},
                 {"unusable", std::to_string(unusable)},
                 {"sensor", sensor.empty() ? "-" : sensor}}) +
           "\n";
}

enum class Step { done, skipped, ended };

class Station {
  public:
    Station(Session& session, const Options& options) : session_(session), options_(options) {}

    Outcome<Exit> run(const Json& queue) {
        const auto& people = items_of(queue);
        std::size_t done = 0;
        std::size_t skipped = 0;
        for (std::size_t i = 0; i < people.size(); ++i) {
            const auto step = serve(people[i], i + 1, people.size());
            if (!step) return tl::unexpected<Failure>(step.error());
            if (*step == Step::ended) break;
            ++(*step == Step::done ? done : skipped);
        }
        session_.out(fill(tr("{done} done, {skipped} skipped, {left} left. The next run goes on with them."),
                          {{"done", std::to_string(done)},
                           {"skipped", std::to_string(skipped)},
                           {"left", std::to_string(people.size() - done)}}) +
                     "\n");
        return Exit::done;
    }

  private:
    Outcome<Step> serve(const Json& person, std::size_t number, std::size_t of) {
        session_.out(printable("[" + std::to_string(number) + "/" + std::to_string(of) + "] " +
                               text_at(person, "name") + "  " + text_at(person, "staff_number") + "  " +
                               text_at(person, "section") + "  (" + text_at(person, "login") + "): " + lacks(person)) +
                     "\n");
        const auto choice = session_.ask(tr("Enter: begin, s: skip, q: end. "));
        if (!choice) return tl::unexpected<Failure>(choice.error());
        if (*choice == "q") return Step::ended;
        if (*choice == "s") return Step::skipped;
        const std::string login = text_at(person, "login");
        if (true_at(person, "card")) {
            auto step = again_until_done([&] { return card(login); });
            if (!step || *step != Step::done) return step;
        }
        return number_at(person, "fingers_needed") > 0 ? fingers(person, login) : Outcome<Step>(Step::done);
    }

    Outcome<void> card(const std::string& login) {
        const auto enrolled = session_.command("card.enrol", Json{{"login", login}, {"timeout", options_.timeout}});
        if (!enrolled) return tl::unexpected<Failure>(enrolled.error());
        session_.out(tr("The card is enrolled. It may be taken away.") + "\n");
        return {};
    }

    Outcome<Step> fingers(const Json& person, const std::string& login) {
        const auto accepted = notice_accepted(session_, Notice::to_be_shown);
        if (!accepted) return tl::unexpected<Failure>(accepted.error());
        if (!*accepted) {
            session_.out(tr("The notice was not accepted. No finger was taken.") + "\n");
            return Step::skipped;
        }
        const auto there = texts_at(person, "fingers");
        const bool unusable = true_at(person, "unusable");
        auto needed = number_at(person, "fingers_needed");
        for (const char* finger : kOrder) {
            if (needed == 0) break;
            if (!unusable && std::find(there.begin(), there.end(), finger) != there.end()) continue;
            session_.out(fill(tr("Finger: {finger}"), {{"finger", tr(finger)}}) + "\n");
            auto step = again_until_done([&] { return one_finger(login, finger); });
            if (!step) return step;
            if (*step == Step::ended) return step;
            if (*step == Step::done) --needed;  // skipped: the next finger may read better
        }
        return needed == 0 ? Step::done : Step::skipped;
    }

    Outcome<void> one_finger(const std::string& login, const char* finger) {
        FingerView view(session_);
        const auto enrolled = session_.command(
            "finger.enrol", Json{{"login", login}, {"finger", finger}, {"timeout", 30}, {"accept_notice", true}},
            &view);
        if (!enrolled) return tl::unexpected<Failure>(enrolled.error());
        view.done();
        return {};
    }

    template <class Try>
    Outcome<Step> again_until_done(Try attempt) {
        for (;;) {
            const auto done = attempt();
            if (done) return Step::done;
            if (done.error().exit == Exit::unreachable || done.error().code == "cancelled")
                return tl::unexpected<Failure>(done.error());
            (void)session_.show(done.error());
            const auto choice = session_.ask(tr("Enter: once more, s: skip, q: end. "));
            if (!choice) return tl::unexpected<Failure>(choice.error());
            if (*choice == "q") return Step::ended;
            if (*choice == "s") return Step::skipped;
        }
    }

    Session& session_;
    const Options& options_;
};

Outcome<Exit> run(Session& session, const Options& options) {
    const auto queue = queue_of(session, options);
    if (!queue) return tl::unexpected<Failure>(queue.error());
    if (options.list || items_of(*queue).empty()) {
        session.show({write_json(*queue), *queue}, render);
        return Exit::done;
    }
    if (!session.has_terminal())
        return misuse("A station needs a terminal, for the people and for whoever serves them.",
                      "sekimori enrol station --list only shows the queue.");
    session.out(render(*queue));
    const auto held = session.hold("enrol.station", Json::object());
    if (!held) return tl::unexpected<Failure>(held.error());
    return Station(session, options).run(*queue);
}

}  // namespace

void add_enrol_station(CLI::App& enrol_verb, Session& session) {
    const auto verb =
        add_verb<Options>(enrol_verb, "station", "Card and fingers for everybody who lacks them, in turn");
    CLI::Option* file = verb.app->add_option("FILE", verb.options->file, "Only these: logins or staff numbers");
    verb.app->add_option("--section", verb.options->section, "Only the people of this section")->excludes(file);
    verb.app->add_option("--timeout", verb.options->timeout, "Seconds to wait for a card")->check(CLI::Range(1U, 600U));
    verb.app->add_flag("--list", verb.options->list, "Only show who lacks what");
    on(verb, session, run);
}

}  // namespace sekimori::admin
