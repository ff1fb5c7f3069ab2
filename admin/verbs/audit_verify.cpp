// SPDX-License-Identifier: Apache-2.0
// sekimori audit verify: slice by slice with the broker, or a whole export without it.
#include <algorithm>

#include "admin/heads.hpp"
#include "admin/text.hpp"
#include "admin/trail_export.hpp"
#include "admin/verbs/audit_filter.hpp"

namespace sekimori::admin {
namespace {

struct Verify {
    std::string head, file;
};

constexpr std::size_t kHeadsAtOnce = 500;

Json heads_after(const std::vector<Head>& heads, std::int64_t seq) {
    Json some = Json::array();
    auto head = std::upper_bound(heads.begin(), heads.end(), seq,
                                 [](std::int64_t after, const Head& one) { return after < one.seq; });
    for (; head != heads.end() && some.size() < kHeadsAtOnce; ++head)
        some.push_back({{"seq", head->seq}, {"hash", head->hash}});
    return some;
}

Outcome<Session::Answer> ask(Session& session, const std::vector<Head>& heads) {
    std::int64_t after = 0;
    for (;;) {
        Json arguments = Json::object();
        if (after != 0) arguments["after"] = after;
        if (Json some = heads_after(heads, after); !some.empty()) arguments["heads"] = std::move(some);
        auto answer = session.query("audit.verify", arguments);
        if (!answer || !true_at(answer->json, "ok") || !true_at(answer->json, "more")) return answer;
        const std::int64_t seq = number_at(answer->json, "seq");
        if (seq <= after) return refuse("malformed", "The broker's answer is not understood.");
        after = seq;
        if (session.pause(std::chrono::milliseconds(0)) == Pause::interrupted) return cancelled();
    }
}

Outcome<Session::Answer> look_at(const std::string& path, std::vector<Head> heads) {
    const auto check = verify_export(path, std::move(heads));
    if (!check) return tl::unexpected<Failure>(check.error());
    Json answer{{"schema", 1}, {"ok", !check->first_bad}};
    if (check->first_bad) {
        answer["seq"] = *check->first_bad;
        answer["reason"] = check->reason;
    } else {
        answer["first"] = check->first;
        answer["seq"] = check->last;
        answer["hash"] = check->hash;
    }
    return Session::Answer{write_json(answer), answer};
}

std::string told(const Json& result) {
    const Values values{{"first", text_at(result, "first")},
                        {"seq", text_at(result, "seq")},
                        {"hash", text_at(result, "hash")},
                        {"reason", tr(text_at(result, "reason"))}};
    if (!true_at(result, "ok"))
        return fill(tr("The audit trail is NOT whole: {seq} is the first bad record. {reason}"), values) + "\n";
    if (!result.contains("first")) return fill(tr("The audit trail is whole up to {seq}."), values) + "\n";
    return fill(tr("The export is whole from {first} to {seq}. Its head is {hash}: compare it with one that was kept "
                   "elsewhere."),
                values) +
           "\n";
}

Outcome<Exit> verify(Session& session, const Verify& options) {
    std::vector<Head> heads;
    if (!options.head.empty()) {
        auto read = read_heads(options.head);
        if (!read) return tl::unexpected<Failure>(read.error());
        heads = std::move(*read);
    }
    auto answer = options.file.empty() ? ask(session, heads) : look_at(options.file, std::move(heads));
    if (!answer) return tl::unexpected<Failure>(answer.error());
    const bool good = true_at(answer->json, "ok");
    if (!good) {
        answer->json["error"] = {{"code", "corrupt"},
                                 {"message", text_at(answer->json, "reason")},
                                 {"hint", "Keep this machine as it is, and compare with a copy of the trail."}};
        answer->text = write_json(answer->json);
    }
    session.show(*answer, told);
    return good ? Exit::done : Exit::refused;
}

}  // namespace

void add_audit_verify(CLI::App& audit, Session& session) {
    const auto verb = add_verb<Verify>(audit, "verify", "Check that no record was changed or cut out");
    verb.app->add_option("--head", verb.options->head, "Heads that were kept elsewhere (FILE)");
    verb.app->add_option("--export", verb.options->file, "Check this export instead, without a broker (FILE)");
    on(verb, session, verify);
}

}  // namespace sekimori::admin
