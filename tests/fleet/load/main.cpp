// SPDX-License-Identifier: Apache-2.0
// sekimori-fleet-load: simulated terminals against a real server, through the real schema and TLS.
//
//     sekimori-fleet-load run    --state DIR --work DIR [--terminals N] [--rounds N] [--threads N] [--behind N]
//                                [--restart PID] [--thrifty 1]
//     sekimori-fleet-load people --state DIR --work DIR --people N
//
// `threads`: sd-event looks at everything that is ready again for each thing it dispatches, so that one loop for all
// would be busy with nothing else when all are woken at once: 1 for 250 terminals unless told.
// `behind`: before the rounds everybody catches up with so many statements at once. `restart`: one more round, in which
// the server (its first process has this id) ends at once when it has taken the denial, in the middle of telling the
// terminals; whoever started this starts it again. `thrifty`: crowd.hpp; for one round, after which nobody is
// connected. `people`: one terminal, which enrols so many (people.hpp). Passphrase: stdin. run: one JSON object on
// stdout. Exit: 0 every terminal has applied and acknowledged each revocation; 1 else.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/system.hpp"
#include "fleet/authority/verbs.hpp"
#include "fleet/io/files.hpp"
#include "tests/fleet/load/crowd.hpp"
#include "tests/fleet/load/people.hpp"

namespace sekimori::fleet::load {
namespace {

using namespace std::chrono_literals;

nlohmann::json spread(const std::vector<double>& sorted) {
    if (sorted.empty()) return nullptr;
    const auto at = [&](double share) {
        return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
    };
    return {{"first", sorted.front()}, {"median", at(0.5)}, {"p99", at(0.99)}, {"last", sorted.back()}};
}

bool wait_for(const std::function<bool()>& done, std::chrono::seconds limit) {
    const auto due = Clock64::now() + limit;
    while (!done()) {
        if (Clock64::now() > due) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

// As the issuing terminal: verified with the terminals' own keys, each counted once.
Result<std::size_t> verified_acks(Session& session, const SimFleet& fleet,
                                  const std::map<TerminalId, const SimTerminal*>& by_id, const Hash& hash,
                                  std::set<TerminalId>& seen, std::int64_t& after) {
    const auto rows = session.call("SELECT no, signed FROM fleet.acks_of($1, $2, 2000)",
                                   Arguments().bytes(hash).number(std::max<std::int64_t>(after - 1000, 0)));
    if (!rows) return tl::unexpected<Error>(rows.error());
    for (int i = 0; i < rows->size(); ++i) {
        after = std::max(after, rows->number(i, 0).value_or(0));
        const auto sealed = decode_tlv<SignedRecord>(rows->bytes(i, 1));
        const auto claimed =
            sealed ? decode_tlv<Acknowledgement>(sealed->bytes) : tl::unexpected<Error>(sealed.error());
        if (!claimed || seen.contains(claimed->terminal)) continue;
        const auto at = by_id.find(claimed->terminal);
        if (at == by_id.end()) continue;
        const auto ack = open_record<Acknowledgement>(*sealed, at->second->sign.public_key(), fleet.ledger);
        if (ack && ack->statement == hash) seen.insert(ack->terminal);
    }
    return seen.size();
}

// Costs nothing of what the server grants a terminal.
bool is_placed(Session& session, std::int64_t seq) {
    const auto rows = session.call("SELECT seq FROM fleet.entries_after($1, 1)", Arguments().number(seq - 1));
    return rows && rows->size() == 1;
}

// Everybody comes at the same moment, `statements` behind.
Result<nlohmann::json> catch_up(Session& session, const SimFleet& fleet,
                                const std::vector<std::unique_ptr<Crowd>>& crowds, Marks& marks, std::size_t statements,
                                std::chrono::seconds limit, Clock& clock, Rng& rng) {
    if (!wait_for([&] { return is_placed(session, fleet.founded); }, limit))
        return fail(ErrorCode::timeout, "the terminals' own entries do not come");
    for (std::size_t i = 0; i < statements; ++i) {
        const auto statement = grant(fleet, clock.now().wall, rng);
        if (!statement) return tl::unexpected<Error>(statement.error());
        if (auto sent = submit(session, *statement, Said::quietly); !sent) return tl::unexpected<Error>(sent.error());
    }
    const std::int64_t last = fleet.founded + static_cast<std::int64_t>(statements);
    if (!wait_for([&] { return is_placed(session, last); }, limit))
        return fail(ErrorCode::timeout, fmt::format("entry {} does not come", last));
    marks.clear();
    const std::int64_t start = Marks::now();
    for (const auto& crowd : crowds) crowd->catch_up(last);
    if (!wait_for([&] { return marks.marked() == fleet.terminals.size(); }, limit))
        return fail(ErrorCode::timeout, fmt::format("only {} have caught up", marks.marked()));
    return nlohmann::json{{"statements", statements}, {"ms", spread(marks.milliseconds_since(start))}};
}

struct Plan {
    std::size_t threads{}, rounds{}, behind{};
    Connections connections{};
    pid_t restart{};  // 0: not
};

Target of_first(Target target, const SimFleet& fleet) {
    target.role = "sekimori_terminal";
    target.certificate = fleet.terminals.front().certificate;
    target.key = fleet.terminals.front().key;
    return target;
}

class Run {
  public:
    Run(const SimFleet& fleet, Target target, const Plan& plan, Clock& clock, Rng& rng)
        : fleet_(fleet),
          target_(std::move(target)),
          own_(of_first(target_, fleet)),
          plan_(plan),
          clock_(clock),
          rng_(rng),
          seen_(fleet.terminals.size()) {
        for (const SimTerminal& one : fleet.terminals) by_id_.emplace(one.id, &one);
    }
    Status go();

  private:
    enum class Server : std::uint8_t { stays, goes };
    Result<nlohmann::json> round(Server server);

    const SimFleet& fleet_;
    const Target target_;
    const Target own_;  // the issuing terminal's
    const Plan plan_;
    Clock& clock_;
    Rng& rng_;
    Crowd::Seen seen_;
    std::map<TerminalId, const SimTerminal*> by_id_;
    const std::chrono::seconds limit_{60s + std::chrono::seconds{fleet_.terminals.size() / 20}};
    std::vector<std::unique_ptr<Crowd>> crowds_;
    std::optional<Session> session_;
};

// As the issuing terminal, until it has every acknowledgement; over as many connections as that takes.
Result<nlohmann::json> Run::round(Server server) {
    const auto statement = revocation(fleet_, clock_.now().wall, rng_);
    if (!statement) return tl::unexpected<Error>(statement.error());
    seen_.applied.clear();
    seen_.back.clear();
    const std::int64_t start = Marks::now();
    // The first one who hears it says that the server has it, sooner than the server's answer does.
    std::optional<std::thread> ending;
    if (server == Server::goes) {
        for (const auto& crowd : crowds_) crowd->rush();
        ending.emplace([this] {
            (void)wait_for([this] { return seen_.applied.marked() > 0; }, limit_);
            (void)kill(plan_.restart, SIGQUIT);  // PostgreSQL's immediate shutdown
        });
    }
    Status sent = submit(*session_, *statement, Said::aloud);
    if (ending) ending->join();
    if (!sent && server == Server::stays) return tl::unexpected<Error>(sent.error());
    std::size_t before = 0;
    if (server == Server::goes) {
        if (!wait_for([&] { return seen_.connected < by_id_.size(); }, limit_))
            return fail(ErrorCode::timeout, "the server was not restarted");
        before = seen_.applied.marked();
        session_.reset();
    }
    std::set<TerminalId> acked;
    std::int64_t after = 0;
    Status trouble;
    const auto complete = [&] {
        if (!session_) {
            if (auto opened = Session::open(own_)) session_ = std::move(*opened);
            if (!session_) return false;
        }
        if (!sent) sent = submit(*session_, *statement, Said::aloud);
        const auto count = verified_acks(*session_, fleet_, by_id_, statement->hash(), acked, after);
        if (count) return *count == by_id_.size();
        if (server == Server::goes)
            session_.reset();
        else
            trouble = tl::unexpected<Error>(count.error());
        return !trouble;
    };
    if (!wait_for(complete, limit_))
        return fail(ErrorCode::timeout,
                    fmt::format("applied on {}, acknowledged by {}", seen_.applied.marked(), acked.size()));
    if (!trouble) return tl::unexpected<Error>(trouble.error());
    nlohmann::json out{{"applied_ms", spread(seen_.applied.milliseconds_since(start))},
                       {"acknowledged_ms", static_cast<double>(Marks::now() - start) / 1000}};
    if (server == Server::stays) return out;
    if (!wait_for([&] { return seen_.back.marked() >= by_id_.size(); }, limit_))
        return fail(ErrorCode::timeout, fmt::format("only {} are back", seen_.back.marked()));
    out["applied_before"] = before;
    out["back_ms"] = spread(seen_.back.milliseconds_since(start));
    return out;
}

Status Run::go() {
    const auto begun = Clock64::now();
    for (std::size_t i = 0; i < plan_.threads; ++i)
        crowds_.push_back(std::make_unique<Crowd>(fleet_, target_, i, plan_.threads, plan_.connections, seen_));
    if (!wait_for([&] { return seen_.connected >= by_id_.size(); }, limit_))
        return fail(ErrorCode::timeout, fmt::format("only {} are connected", seen_.connected.load()));
    nlohmann::json out{{"terminals", fleet_.terminals.size()},
                       {"connect_s", std::chrono::duration<double>(Clock64::now() - begun).count()},
                       {"rounds", nlohmann::json::array()}};
    auto session = Session::open(own_);
    if (!session) return tl::unexpected<Error>(session.error());
    session_ = std::move(*session);
    if (plan_.behind > 0) {
        auto caught = catch_up(*session_, fleet_, crowds_, seen_.applied, plan_.behind, limit_, clock_, rng_);
        if (!caught) return tl::unexpected<Error>(caught.error());
        out["catch_up"] = std::move(*caught);
    }
    for (std::size_t i = 0; i < plan_.rounds; ++i) {
        auto done = round(Server::stays);
        if (!done) return tl::unexpected<Error>(done.error());
        out["rounds"].push_back(std::move(*done));
    }
    if (plan_.restart != 0) {
        auto done = round(Server::goes);
        if (!done) return tl::unexpected<Error>(done.error());
        out["restart"] = std::move(*done);
    }
    (void)puts(out.dump().c_str());
    return {};
}

Result<std::size_t> number(const Words& words, const char* name, std::size_t other) {
    const auto at = words.options.find(name);
    if (at == words.options.end()) return other;
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(at->second.data(), at->second.data() + at->second.size(), value);
    if (error != std::errc{} || *end != '\0' || value == 0)
        return fail(ErrorCode::invalid_argument, std::string("--") + name);
    return value;
}

Result<Plan> plan_of(const Words& words, std::size_t terminals) {
    const auto rounds = number(words, "rounds", 3);
    const auto threads = number(words, "threads", std::max<std::size_t>(2, terminals / 250));
    const auto behind = number(words, "behind", 0);
    const auto restart = number(words, "restart", 0);
    if (!rounds || !threads || !behind || !restart) return fail(ErrorCode::invalid_argument, "not a number");
    const Plan plan{*threads, *rounds, *behind,
                    words.options.contains("thrifty") ? Connections::thrifty : Connections::lasting,
                    static_cast<pid_t>(*restart)};
    if (plan.connections == Connections::thrifty && (plan.rounds != 1 || plan.behind > 0 || plan.restart != 0))
        return fail(ErrorCode::invalid_argument, "--thrifty is for one round");
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_max < terminals + 256)
        return fail(ErrorCode::full, fmt::format("ulimit -n: {} terminals need {} descriptors, {} are allowed",
                                                 terminals, terminals + 256, files.rlim_max));
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    return plan;
}

Status people(const State& state, ByteSpan passphrase, const SimFleet& fleet, const Target& target, std::size_t count,
              Clock& clock, Rng& rng) {
    const auto vault = state.vault(passphrase);
    if (!vault) return tl::unexpected<Error>(vault.error());
    auto session = Session::open(target);
    if (!session) return tl::unexpected<Error>(session.error());
    return enrol(*session, fleet, vault->groups.front(), count, clock, rng);
}

Status run(int argc, char** argv) {
    const auto words = parse_words(argc, argv);
    const bool known = words && words->verb.size() == 1 && (words->verb[0] == "run" || words->verb[0] == "people");
    if (!known || !words->options.contains("state") || !words->options.contains("work"))
        return fail(ErrorCode::invalid_argument, "run|people --state DIR --work DIR ... (main.cpp)");
    const bool crowd = words->verb[0] == "run";
    const auto count = number(*words, crowd ? "terminals" : "people", 100);
    if (!count) return tl::unexpected<Error>(count.error());
    auto clock = crypto::SystemClock::make();
    if (!clock) return tl::unexpected<Error>(clock.error());
    crypto::SystemRng rng;
    const State state(words->options.at("state"));
    const auto passphrase = read_line_of(STDIN_FILENO);
    if (!passphrase) return tl::unexpected<Error>(passphrase.error());
    const auto target = state.target();
    if (!target) return tl::unexpected<Error>(target.error());
    const auto plan = crowd ? plan_of(*words, *count) : Plan{};
    if (!plan) return tl::unexpected<Error>(plan.error());
    const auto fleet =
        make_fleet(state, passphrase->span(), words->options.at("work"), crowd ? *count : 1, *clock, rng);
    if (!fleet) return tl::unexpected<Error>(fleet.error());
    if (crowd) return Run(*fleet, *target, *plan, *clock, rng).go();
    return people(state, passphrase->span(), *fleet, of_first(*target, *fleet), *count, *clock, rng);
}

}  // namespace
}  // namespace sekimori::fleet::load

int main(int argc, char** argv) {
    const auto done = sekimori::fleet::load::run(argc, argv);
    if (!done) (void)fprintf(stderr, "sekimori-fleet-load: %s\n", done.error().message.c_str());
    return done ? 0 : 1;
}
