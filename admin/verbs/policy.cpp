// SPDX-License-Identifier: Apache-2.0
// sekimori policy show, check, load
#include "admin/files.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct None {};
struct Load {
    std::string file, from;
};

// The file's text goes to the broker as it is: there is one parser.
Outcome<Json> policy_argument(const std::string& path) {
    auto text = read_file(path);
    if (!text) return tl::unexpected<Failure>(std::move(text.error()));
    if (!is_utf8(*text)) return refuse("malformed", path + ": not UTF-8");
    return Json{{"policy", std::move(*text)}};
}

Outcome<Exit> check(Session& session, const Load& options) {
    const auto arguments = policy_argument(options.file);
    if (!arguments) return tl::unexpected<Failure>(arguments.error());
    return ask_and_show(session, "policy.check", *arguments,
                        [](const Json&) { return tr("This policy can be loaded.") + "\n"; });
}

Outcome<Exit> load(Session& session, const Load& options) {
    auto arguments = policy_argument(options.file);
    if (!arguments) return tl::unexpected<Failure>(arguments.error());
    if (!options.from.empty()) {
        const auto from = to_utc(options.from, DayEdge::start);
        if (!from) return misuse("This is no time: " + options.from, "For example 2026-04-01.");
        (*arguments)["from"] = *from;
    }
    return act_and_show(session, "policy.load", *arguments, [](const Json& answer) {
        return fill(tr("Policy {id} is in force from {time}."),
                    {{"id", text_at(answer, "id")}, {"time", for_people(text_at(answer, "effective_at"))}}) +
               "\n";
    });
}

}  // namespace

void add_policy(CLI::App& root, Session& session) {
    CLI::App* policy = root.add_subcommand("policy", "Which factors are needed where");
    policy->require_subcommand(1);
    on(add_verb<None>(*policy, "show", "The policy in force"), session, [](Session& running, const None&) {
        return ask_and_show(running, "policy.show", Json::object(), [](const Json& answer) {
            return at(answer, "policy").dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
        });
    });
    const auto checking = add_verb<Load>(*policy, "check", "Would this file load?");
    checking.app->add_option("FILE", checking.options->file)->required();
    on(checking, session, check);
    const auto loading = add_verb<Load>(*policy, "load", "Put a policy into force");
    loading.app->add_option("FILE", loading.options->file)->required();
    loading.app->add_option("--from", loading.options->from, "From that date on (without: at once)");
    on(loading, session, load);
}

}  // namespace sekimori::admin
