// SPDX-License-Identifier: Apache-2.0
// sekimori fleet join, status, extend, take, leave
#include <sys/mman.h>
#include <unistd.h>

#include "admin/files.hpp"
#include "admin/line_reader.hpp"
#include "admin/render.hpp"
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct None {};
struct Join {
    std::string file;
    unsigned timeout{3600};
};
struct Leave {
    bool yes{false};
};

struct Extend {
    std::string terminal, group, out;
    unsigned hours{0};
};
struct Take {
    std::string file;
};

constexpr std::size_t kMaxToken = 16 * 1024;

// A secret: from a file or standard input, never the command line; on to the broker in a file without a name.
Outcome<UniqueFd> token_from(int input, Echo echo) {
    UniqueFd file(memfd_create("sekimori-token", MFD_CLOEXEC));
    SecureBytes text(kMaxToken);
    if (!file || text.size() != kMaxToken) return refuse("io", "No memory for the token.");
    const EchoGuard guard(input, echo);
    std::size_t used = 0;
    while (used < kMaxToken) {
        const ssize_t size = read(input, text.span().data() + used, kMaxToken - used);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return refuse("io", "The token can't be read.");
        used += static_cast<std::size_t>(size);
        if (size == 0 || (echo == Echo::off && text.span()[used - 1] == '\n')) break;
    }
    if (used == 0 || used == kMaxToken)
        return misuse("A token is needed.", "Give it as --token-file FILE, or on standard input.");
    if (write(file.get(), text.span().data(), used) != static_cast<ssize_t>(used))
        return refuse("io", "No memory for the token.");
    return file;
}

// What somebody must do about it; nothing while all goes its way.
std::string render_certificate(const Json& certificate) {
    const std::string state = text_at(certificate, "state");
    const std::string until = for_people(text_at(certificate, "until"));
    if (state == "ended")
        return fill(tr("WARNING: the certificate of this terminal ended at {time}: the server does not let it in. Join "
                       "again with a new token (sekimori fleet join); people and cards stay."),
                    {{"time", until}}) +
               "\n";
    if (state == "missing")
        return tr("WARNING: this terminal has no certificate that can be read: the server does not let it in. Join "
                  "again "
                  "with a new token (sekimori fleet join); people and cards stay.") +
               "\n";
    if (state != "ends_soon") return "";
    return fill(
               text_at(certificate, "renewal") == "waiting"
                   ? tr("WARNING: the certificate of this terminal ends at {time}; the next one waits for "
                        "\"sekimori-authority renew\" on the administrators' host.")
                   : tr("WARNING: the certificate of this terminal ends at {time}, and no other one is asked for yet."),
               {{"time", until}}) +
           "\n";
}

// How long this terminal may hear nothing, and what follows.
std::string offline_text(const Json& offline) {
    if (!offline.is_object()) return "";
    const auto number = [&](const char* key) { return std::to_string(number_at(offline, key)); };
    const bool certificate = text_at(offline, "past") == "certificate";
    const std::string text =
        fill(!certificate                                   ? tr("{n} hours, then nothing")
             : number_at(offline, "certificate_hours") == 0 ? tr("{n} hours, then certificate cards with a finger")
                                                            : tr("{n} hours, then certificate cards with a finger "
                                                                 "for {m} hours"),
             {{"n", number("max_hours")}, {"m", number("certificate_hours")}});
    return text_at(offline, "from") == "configuration" ? text + " " + tr("(shortened by sekimori.conf)") : text;
}

std::string render_fleet(const Json& fleet) {
    const std::string state = text_at(fleet, "state");
    if (state == "none") return tr("This is no terminal of a fleet.") + "\n";
    const std::string age = text_at(fleet, "age_seconds");
    std::string link = word(text_at(fleet, "link")) + " " + text_at(fleet, "server");
    if (!text_at(fleet, "why").empty()) link += ": " + text_at(fleet, "why");
    std::string text =
        facts({{tr("Terminal"), text_at(fleet, "name") + " " + text_at(fleet, "terminal")},
               {tr("State"), word(state)},
               {tr("Opens"), word(text_at(fleet, "opens"))},
               {tr("Without the fleet"), offline_text(at(fleet, "offline"))},
               {tr("Server"), link},
               {tr("Certificate until"), for_people(text_at(at(fleet, "certificate"), "until"))},
               {tr("Last heartbeat"), age.empty() ? tr("none") : fill(tr("{n} seconds ago"), {{"n", age}})},
               {tr("Terminals"), text_at(fleet, "terminals")},
               {tr("Waiting for the authority"), text_at(fleet, "queued")},
               {tr("Unconfirmed suspensions"), text_at(fleet, "unconfirmed")},
               {tr("Extended until"), for_people(text_at(fleet, "extended_until"))},
               {tr("Ledger"), text_at(at(fleet, "ledger"), "seq") + " " + text_at(at(fleet, "ledger"), "hash")}});
    text += render_certificate(at(fleet, "certificate"));
    if (const auto keys = texts_at(at(fleet, "offline"), "without_effect"); !keys.empty())
        text +=
            fill(tr("WARNING: {keys} in [fleet] of sekimori.conf would allow more than the policy and has no effect."),
                 {{"keys", joined(keys)}}) +
            "\n";
    const Json& trouble = at(fleet, "trouble");
    if (trouble.is_object())
        text += fill(tr("WARNING: {what} was noticed at {time}. The server may be lying, or was put back."),
                     {{"what", text_at(trouble, "what")}, {"time", for_people(text_at(trouble, "time"))}}) +
                "\n";
    return text;
}

Outcome<Exit> join(Session& session, const Join& options) {
    Outcome<UniqueFd> token = refuse("io", "");
    if (options.file.empty()) {
        if (session.has_terminal()) session.err(tr("Token: "));
        token = token_from(session.input(), session.has_terminal() ? Echo::off : Echo::on);
    } else {
        const auto file = open_file(options.file);
        if (!file) return tl::unexpected<Failure>(file.error());
        token = token_from(file->get(), Echo::on);
    }
    if (!token) return tl::unexpected<Failure>(token.error());
    session.err(tr("Now, on the administrators' host: sekimori-authority admit") + "\n");
    return act_and_show(session, "fleet.join", {{"timeout", options.timeout}}, render_fleet, token->get());
}

Outcome<Exit> leave(Session& session, const Leave& options) {
    if (!options.yes) {
        if (!session.has_terminal()) return misuse("Leaving needs a confirmation.", "--yes");
        const auto sure = session.confirm(
            tr("Everything that this terminal knows of people and cards is destroyed. Leave the fleet? [y/N] "));
        if (!sure) return tl::unexpected<Failure>(sure.error());
        if (!*sure) return refuse("cancelled", "Nothing was changed.");
    }
    return act_and_show(session, "fleet.leave", Json::object(), [](const Json& left) {
        return fill(tr("Left. On the administrators' host: sekimori-authority terminal revoke '{name}'"),
                    {{"name", text_at(left, "name")}}) +
               "\n";
    });
}

Outcome<Exit> extend(Session& session, const Extend& options) {
    Json arguments{{"hours", options.hours}};
    if (!options.terminal.empty()) arguments["terminal"] = options.terminal;
    if (!options.group.empty()) arguments["group"] = options.group;
    const auto shown = [&](const Json& done) {
        const std::string until = for_people(text_at(done, "until"));
        if (options.out.empty())
            return fill(tr("Certificate cards and a finger open there until {time}."), {{"time", until}}) + "\n";
        return fill(tr("{file}: certificate cards and a finger open there until {time}, once this was run there: "
                       "sekimori fleet take FILE"),
                    {{"file", options.out}, {"time", until}}) +
               "\n";
    };
    if (options.out.empty()) return act_and_show(session, "fleet.extend", arguments, shown);
    auto file = NewFile::create(options.out);
    if (!file) return tl::unexpected<Failure>(file.error());
    const auto answer = session.command("fleet.extend", arguments, nullptr, file->fd());
    if (!answer) return tl::unexpected<Failure>(answer.error());
    if (const auto kept = file->keep(); !kept) return tl::unexpected<Failure>(kept.error());
    session.show(*answer, shown);
    return Exit::done;
}

Outcome<Exit> take(Session& session, const Take& options) {
    const auto file = open_file(options.file);
    if (!file) return tl::unexpected<Failure>(file.error());
    return act_and_show(
        session, "fleet.take", Json::object(),
        [](const Json& taken) {
            return fill(tr("Certificate cards and a finger open here until {time}."),
                        {{"time", for_people(text_at(taken, "until"))}}) +
                   "\n";
        },
        file->get());
}

}  // namespace

void add_fleet(CLI::App& root, Session& session) {
    CLI::App* fleet = root.add_subcommand("fleet", "Terminals that share people, cards and denials");
    fleet->require_subcommand(1);
    const auto joining =
        add_verb<Join>(*fleet, "join", "Become a terminal of a fleet, with a token of its authority's");
    joining.app->add_option("--token-file", joining.options->file, "The token's file; without it: standard input");
    joining.app->add_option("--timeout", joining.options->timeout, "Seconds to wait for the authority")
        ->check(CLI::Range(1U, 86'400U));
    on(joining, session, join);
    on(add_verb<None>(*fleet, "status", "How this terminal stands to its fleet"), session,
       [](Session& running, const None&) {
           return ask_and_show(running, "fleet.status", Json::object(), render_fleet);
       });
    const auto extending = add_verb<Extend>(*fleet, "extend", "Let a terminal that is cut off go on for a while");
    CLI::Option_group* which = extending.app->add_option_group("which terminals");
    which->add_option("--terminal", extending.options->terminal, "Its name or id");
    which->add_option("--group", extending.options->group, "All of a group, by its id");
    which->require_option(1);
    extending.app->add_option("--hours", extending.options->hours, "How long, from now on")
        ->required()
        ->check(CLI::Range(1U, 72U));
    extending.app->add_option("--out", extending.options->out, "A new file, to be carried there");
    on(extending, session, extend);
    const auto taking = add_verb<Take>(*fleet, "take", "Take what \"fleet extend --out\" made");
    taking.app->add_option("FILE", taking.options->file)->required();
    on(taking, session, take);
    const auto leaving = add_verb<Leave>(*fleet, "leave", "Begin anew with an empty ledger");
    leaving.app->add_flag("--yes", leaving.options->yes, "Do not ask");
    on(leaving, session, leave);
}

}  // namespace sekimori::admin
