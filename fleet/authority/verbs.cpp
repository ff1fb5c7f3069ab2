// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/verbs.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "event/log.hpp"
#include "fleet/authority/clock_verb.hpp"
#include "fleet/authority/daemon.hpp"
#include "fleet/authority/expiry.hpp"
#include "fleet/authority/keeping_verbs.hpp"
#include "fleet/authority/trails.hpp"
#include "fleet/io/files.hpp"

namespace sekimori::fleet {
namespace {

tl::unexpected<Error> usage(const char* what) { return fail(ErrorCode::invalid_argument, what); }
void say(const std::string& line) {
    (void)fputs((line + "\n").c_str(), stdout);
    (void)fflush(stdout);
}

Status init(const Context& context) {
    const std::string* server = context.option("server");
    if (server == nullptr) return usage("init: --server is missing");
    std::unique_ptr<Author> card;
    if (context.option("card") != nullptr) {
        auto adopted = CardAuthor::adopt(context.card_parts());
        if (!adopted) return tl::unexpected<Error>(adopted.error());
        card = std::move(*adopted);
    }
    const auto secret = context.passphrase(Asked::twice);
    if (!secret) return tl::unexpected<Error>(secret.error());
    const Founding what{
        *server, context.option_or("database", "sekimori"), context.option_or("group", "main"), {}, card.get()};
    const auto made = found(context.state, what, secret->span(), context.clock.now().wall, context.rng);
    if (!made) return tl::unexpected<Error>(made.error());
    say("ledger " + made->ledger.hex());
    return {};
}

const char* place_of(ByteSpan key) { return lies_on_card(key) ? "card" : "vault"; }

// What lies in the readers, and whether it is the authority's.
Status card(const Context& context) {
    const auto identity = context.state.identity();
    if (!identity) return tl::unexpected<Error>(identity.error());
    CardAuthor author(context.card_parts(), identity->author);
    const auto cards = author.look();
    if (!cards) return tl::unexpected<Error>(cards.error());
    auto items = nlohmann::json::array();
    for (const DeskCard& one : *cards) {
        const bool ours = one.key == identity->author;
        const bool counted = one.pin == wire::PinState::ready || one.pin == wire::PinState::blocked;
        nlohmann::json item{{"reader", one.reader}, {"authority", ours}, {"why", one.why}};
        if (counted) item["tries"] = one.tries;
        items.push_back(std::move(item));
        if (context.option("json") == nullptr)
            say(one.reader + ": " +
                (ours              ? "the authority's key"
                 : one.why.empty() ? "another key"
                                   : one.why) +
                (counted ? fmt::format(", {} tries left", one.tries) : ""));
    }
    if (context.option("json") != nullptr)
        say(nlohmann::json{{"schema", 1}, {"key", place_of(identity->author)}, {"items", items}}.dump());
    return {};
}

Status run(const Context& context) {
    sigset_t ends;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &ends, nullptr);
    const UniqueFd stop(signalfd(-1, &ends, SFD_CLOEXEC));
    auto daemon = Daemon::make(context.state, context.clock, stop.get());
    if (!daemon) return tl::unexpected<Error>(daemon.error());
    return daemon->run();
}

Status status(const Context& context) {
    const auto identity = context.state.identity();
    const auto target = context.state.target();
    if (!identity) return tl::unexpected<Error>(identity.error());
    if (!target) return tl::unexpected<Error>(target.error());
    auto server = Server::open(*target);
    if (!server) return tl::unexpected<Error>(server.error());
    const auto now = server->state();
    if (!now) return tl::unexpected<Error>(now.error());
    const auto expiry = expiry_of(context.state, *server);
    if (!expiry) return tl::unexpected<Error>(expiry.error());
    auto warned = warnings(*expiry, context.clock.now().wall);
    if (const std::string clock = clock_warning(context); !clock.empty()) warned.push_back(clock);
    if (context.option("json") != nullptr) {
        say(nlohmann::json{{"schema", 1},
                           {"ledger", identity->ledger.hex()},
                           {"key", {{"place", place_of(identity->author)}, {"id", to_hex(key_id(identity->author))}}},
                           {"server", server->session().host()},
                           {"seq", now->seq},
                           {"waiting", now->waiting},
                           {"terminals", now->in_force},
                           {"revoked", now->revoked},
                           {"connected", now->connected},
                           {"joins", now->joins},
                           {"certificates",
                            {{"waiting", expiry->terminals.waiting},
                             {"ending", expiry->terminals.ending},
                             {"ended", expiry->terminals.ended},
                             {"ca_until_ms", expiry->ca.count()},
                             {"own_until_ms", expiry->own.count()},
                             {"server_until_ms", expiry->server.count()}}},
                           {"warnings", warned}}
                .dump());
        return {};
    }
    say(fmt::format(
        "ledger {} (key: {}) on {}: entry {}, {} waiting, {} of {} terminals connected, {} revoked, {} want to "
        "join",
        identity->ledger.hex(), place_of(identity->author), server->session().host(), now->seq, now->waiting,
        now->connected, now->in_force, now->revoked, now->joins));
    for (const std::string& line : warned) say("WARNING: " + line);
    return {};
}

Status token(const Context& context) {
    const std::string* name = context.option("name");
    const auto hours = context.number("hours", 24, 24 * 90);
    if (name == nullptr || name->empty() || name->size() > 64) return usage("token: --name is missing, or too long");
    if (!hours) return tl::unexpected<Error>(hours.error());
    auto office = context.office();
    if (!office) return tl::unexpected<Error>(office.error());
    const auto made = office->token(context.option_or("group", "main"), *name, std::chrono::hours{*hours});
    if (!made) return tl::unexpected<Error>(made.error());
    say(std::string(made->view()));
    return {};
}

Status admit(const Context& context) {
    const auto seconds = context.number("wait", 0, 7 * 86400);
    if (!seconds) return tl::unexpected<Error>(seconds.error());
    auto office = context.office();
    if (!office) return tl::unexpected<Error>(office.error());
    // A wrong PIN is found out now, and not when the first terminal asks.
    if (auto ready = office->author().prepare(); !ready) return ready;
    if (*seconds > 0) log_info("terminals are answered for {} s", *seconds);
    const Millis until = context.clock.now().boottime + std::chrono::seconds{*seconds};
    std::string told;
    for (;;) {
        auto done = office->admit([](const std::string& name) { say("joined: " + name); });
        // Whoever wants to join waits until the card is back.
        const bool away = !done && office->author().access() == Author::Access::away;
        if (!done && !away) return done;
        if (away && told.empty()) log_error("{}; terminals wait for it", done.error().message);
        if (!away && !told.empty()) log_info("the authority's card is back");
        told = away ? done.error().message : "";
        if (!away) {
            const auto renewed = office->renew();
            if (!renewed) return tl::unexpected<Error>(renewed.error());
            for (const std::string& name : renewed->names) say("renewed: " + name);
        }
        if (away && context.clock.now().boottime >= until) return done;
        if (context.clock.now().boottime >= until) return {};
        (void)poll(nullptr, 0, 500);
    }
}

Status renew(const Context& context) {
    auto office = context.office_only();
    if (!office) return tl::unexpected<Error>(office.error());
    const auto renewed = office->renew();
    if (!renewed) return tl::unexpected<Error>(renewed.error());
    for (const std::string& name : renewed->names) say("renewed: " + name);
    if (renewed->refused > 0)
        say(fmt::format("{} requests were refused: not signed by their terminal, or too old", renewed->refused));
    return {};
}

Status group(const Context& context) {
    const auto& verb = context.words.verb;
    if (verb.size() == 2 && verb[1] == "list") {
        const auto secret = context.passphrase(Asked::once);
        if (!secret) return tl::unexpected<Error>(secret.error());
        const auto vault = context.state.vault(secret->span());
        if (!vault) return tl::unexpected<Error>(vault.error());
        for (const Group& one : vault->groups) say(one.id.hex() + " " + one.name);
        return {};
    }
    if (verb.size() != 3 || verb[1] != "add" || verb[2].empty() || verb[2].size() > 64)
        return usage("group: add NAME, or list");
    auto office = context.office();
    if (!office) return tl::unexpected<Error>(office.error());
    const auto made = office->add_group(verb[2]);
    if (!made) return tl::unexpected<Error>(made.error());
    say(made->hex() + " " + verb[2]);
    return {};
}

Status list_terminals(const Context& context) {
    const auto target = context.state.target();
    if (!target) return tl::unexpected<Error>(target.error());
    auto server = Server::open(*target);
    if (!server) return tl::unexpected<Error>(server.error());
    const auto terminals = server->terminals();
    if (!terminals) return tl::unexpected<Error>(terminals.error());
    auto items = nlohmann::json::array();
    for (const ServerTerminal& one : *terminals) {
        const char* link = one.connected == Flag::yes ? "connected" : "away";
        if (context.option("json") != nullptr)
            items.push_back({{"id", one.id.hex()},
                             {"name", one.name},
                             {"state", one.state},
                             {"build", one.build},
                             {"connected", one.connected == Flag::yes}});
        else
            say(one.id.hex() + " " + one.state + " " + link + " " + one.name);
    }
    if (context.option("json") != nullptr) say(nlohmann::json{{"schema", 1}, {"items", items}}.dump());
    return {};
}

std::optional<DenyReason> reason_of(const std::string& text) {
    constexpr std::array<std::pair<std::string_view, DenyReason>, 4> kReasons{{{"lost", DenyReason::lost},
                                                                               {"stolen", DenyReason::stolen},
                                                                               {"damaged", DenyReason::damaged},
                                                                               {"left", DenyReason::left}}};
    for (const auto& [name, reason] : kReasons)
        if (name == text) return reason;
    return std::nullopt;
}

Status terminal(const Context& context) {
    const auto& verb = context.words.verb;
    if (verb.size() == 2 && verb[1] == "list") return list_terminals(context);
    const auto reason = reason_of(context.option_or("reason", ""));
    if (verb.size() != 3 || verb[1] != "revoke" || !reason)
        return usage("terminal: list, or revoke TERMINAL --reason lost|stolen|damaged|left");
    auto office = context.office_only();
    if (!office) return tl::unexpected<Error>(office.error());
    const auto id = office->terminal_of(verb[2]);
    if (!id) return tl::unexpected<Error>(id.error());
    return office->revoke(*id, *reason);
}

constexpr std::array<std::pair<std::string_view, AdminRole>, 4> kRoles{{{"helpdesk", AdminRole::helpdesk},
                                                                        {"registrar", AdminRole::registrar},
                                                                        {"officer", AdminRole::officer},
                                                                        {"admin", AdminRole::admin}}};

// Those that count now, with the ids that `withdraw` takes.
Status list_delegations(const Context& context) {
    auto office = context.office();
    if (!office) return tl::unexpected<Error>(office.error());
    const Millis now = context.clock.now().wall;
    auto items = nlohmann::json::array();
    for (const auto& [id, key] : office->view().fleet.admin_keys) {
        if (key.standing != Standing::in_force || (key.expires_at != Millis{0} && key.expires_at <= now)) continue;
        const auto role = std::ranges::find(kRoles, key.role, &std::pair<std::string_view, AdminRole>::second);
        const std::string name(role->first);
        if (context.option("json") != nullptr)
            items.push_back(
                {{"id", id.hex()}, {"role", name}, {"name", key.name}, {"expires_at_ms", key.expires_at.count()}});
        else
            say(fmt::format("{} {} {} {}", id.hex(), name,
                            key.expires_at == Millis{0}
                                ? "for good"
                                : fmt::format("{} days", (key.expires_at - now).count() / 86'400'000),
                            key.name));
    }
    if (context.option("json") != nullptr) say(nlohmann::json{{"schema", 1}, {"items", items}}.dump());
    return {};
}

Status delegate(const Context& context) {
    const auto& verb = context.words.verb;
    if (verb.size() == 2 && verb[1] == "list" && context.option("role") == nullptr) return list_delegations(context);
    const std::string wanted = context.option_or("role", "");
    const auto role =
        std::ranges::find(kRoles, std::string_view(wanted), &std::pair<std::string_view, AdminRole>::first);
    const auto days = context.number("days", 0, 3660);
    if (!days) return tl::unexpected<Error>(days.error());
    if (verb.size() != 2 || role == kRoles.end() || *days == 0)
        return usage("delegate: TERMINAL --role helpdesk|registrar|officer|admin --days N");
    auto office = context.office();
    if (!office) return tl::unexpected<Error>(office.error());
    const auto id = office->terminal_of(verb[1]);
    if (!id) return tl::unexpected<Error>(id.error());
    const auto made = office->delegate(*id, role->second, context.option_or("name", verb[1]).substr(0, 64),
                                       context.clock.now().wall + std::chrono::hours{24 * *days});
    if (!made) return tl::unexpected<Error>(made.error());
    say(made->hex());
    return {};
}

Status withdraw(const Context& context) {
    const auto& verb = context.words.verb;
    const auto id = verb.size() == 2 ? StatementId::parse(verb[1]) : std::nullopt;
    if (!id) return usage("withdraw: STATEMENT-ID");
    auto office = context.office();
    if (!office) return tl::unexpected<Error>(office.error());
    const auto taken = office->withdraw(*id);
    if (!taken) return tl::unexpected<Error>(taken.error());
    if (context.option("json") != nullptr)
        say(nlohmann::json{
            {"schema", 1}, {"changed", taken->changed}, {"id", id->hex()}, {"what", taken->what}, {"of", taken->of}}
                .dump());
    else
        say((taken->changed ? "withdrawn: " : "was withdrawn already: ") + taken->what + " " + id->hex() + " of " +
            taken->of);
    return {};
}

Status rotate(const Context& context) {
    auto office = context.office();
    if (!office) return tl::unexpected<Error>(office.error());
    return office->rotate();
}

struct Verb {
    std::string_view name;
    Status (*perform)(const Context&);
};
constexpr std::array kVerbs{Verb{"init", init},
                            Verb{"card", card},
                            Verb{"run", run},
                            Verb{"status", status},
                            Verb{"token", token},
                            Verb{"admit", admit},
                            Verb{"renew", renew},
                            Verb{"group", group},
                            Verb{"terminal", terminal},
                            Verb{"delegate", delegate},
                            Verb{"withdraw", withdraw},
                            Verb{"rotate", rotate},
                            Verb{"clock", clock},
                            Verb{"backup", backup},
                            Verb{"restore", restore},
                            Verb{"server-certificate", server_certificate},
                            Verb{"trail", export_trails}};
constexpr std::array<std::string_view, 2> kSwitches{"json", "card"};

}  // namespace

Result<Words> parse_words(int argc, const char* const* argv) {
    Words words;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (!word.starts_with("--")) {
            words.verb.emplace_back(word);
            continue;
        }
        const std::string name(word.substr(2));
        const bool is_switch = std::ranges::find(kSwitches, name) != kSwitches.end();
        if (!is_switch && ++i >= argc) return fail(ErrorCode::invalid_argument, "--" + name + ": its value is missing");
        if (!words.options.emplace(name, is_switch ? "" : argv[i]).second)
            return fail(ErrorCode::invalid_argument, "--" + name + " twice");
    }
    if (words.verb.empty()) return fail(ErrorCode::invalid_argument, "no verb");
    return words;
}

Status perform(const Words& words, Clock& clock, Rng& rng) {
    const auto verb = std::ranges::find(kVerbs, std::string_view(words.verb.front()), &Verb::name);
    if (verb == kVerbs.end())
        return fail(ErrorCode::invalid_argument, "no verb is called \"" + words.verb.front() + "\"");
    for (const auto& [name, value] : words.options) {
        constexpr std::array<std::string_view, 18> kOptions{
            "state", "passphrase-fd", "pin-fd", "config", "reader", "card",   "server", "database", "group",
            "out",   "json",          "name",   "hours",  "wait",   "reason", "role",   "days",     "month"};
        if (std::ranges::find(kOptions, std::string_view(name)) == kOptions.end())
            return fail(ErrorCode::invalid_argument, "--" + name + " is no option");
    }
    const auto at = words.options.find("state");
    const std::string directory = at == words.options.end() ? "/var/lib/sekimori-authority" : at->second;
    if (auto own = own_directory(directory); !own) return own;
    return verb->perform(Context{words, State(directory), clock, rng});
}

}  // namespace sekimori::fleet
