// SPDX-License-Identifier: Apache-2.0
// sekimori-fleet-load: simulated terminals against a real server, through the real schema and TLS.
//
//     sekimori-fleet-load --state DIR --work DIR --terminals N [--rounds N] [--threads N] [--behind N] [--thrifty 1]
//
// `threads`: sd-event looks at everything that is ready again for each thing it dispatches, so that one loop for all
// would be busy with nothing else when all are woken at once: 1 for 250 terminals unless told.
// `behind`: before the rounds everybody catches up with so many statements at once. `thrifty`: crowd.hpp; for
// one round, after which nobody is connected. Passphrase: stdin.
// One JSON object on stdout. Exit: 0 every terminal has applied and acknowledged each revocation; 1 else.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/system.hpp"
#include "fleet/authority/verbs.hpp"
#include "fleet/io/files.hpp"
#include "tests/fleet/load/crowd.hpp"

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
        std::this_thread::sleep_for(5ms);
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

// aloud: as a denial, which everybody hears at once. quietly: they have it with its entry.
enum class Said : std::uint8_t { aloud, quietly };

Status submit(Session& session, const SignedStatement& statement, Said said) {
    const auto bytes = encode_tlv_plain(statement);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const std::vector<Bytes> nothing;
    const auto sent = session.call("SELECT fleet.submit($1, $2, $3, $4, $5, $6, $7, $8)",
                                   Arguments()
                                       .bytes(statement.hash())
                                       .bytes(*bytes)
                                       .flag(said == Said::aloud ? Flag::yes : Flag::no)
                                       .list(std::vector<std::int16_t>{})
                                       .list(nothing)
                                       .list(nothing)
                                       .list(std::vector<std::int32_t>{})
                                       .list(nothing));
    if (!sent) return tl::unexpected<Error>(sent.error());
    return {};
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
    const auto after = static_cast<std::int64_t>(fleet.terminals.size()) + 2;  // the authority's own and a delegation
    if (!wait_for([&] { return is_placed(session, after); }, limit))
        return fail(ErrorCode::timeout, "the terminals' own entries do not come");
    for (std::size_t i = 0; i < statements; ++i) {
        const auto statement = revocation(fleet, clock.now().wall, rng);
        if (!statement) return tl::unexpected<Error>(statement.error());
        if (auto sent = submit(session, *statement, Said::quietly); !sent) return tl::unexpected<Error>(sent.error());
    }
    const std::int64_t last = after + static_cast<std::int64_t>(statements);
    if (!wait_for([&] { return is_placed(session, last); }, limit))
        return fail(ErrorCode::timeout, fmt::format("entry {} does not come", last));
    marks.clear();
    const std::int64_t start = Marks::now();
    for (const auto& crowd : crowds) crowd->catch_up(after, last);
    if (!wait_for([&] { return marks.marked() == fleet.terminals.size(); }, limit))
        return fail(ErrorCode::timeout, fmt::format("only {} have caught up", marks.marked()));
    return nlohmann::json{{"statements", statements}, {"ms", spread(marks.milliseconds_since(start))}};
}

Status drive(const SimFleet& fleet, Target target, std::size_t threads, Connections connections, std::size_t rounds,
             std::size_t behind, Clock& clock, Rng& rng) {
    Marks marks(fleet.terminals.size());
    std::atomic<std::size_t> connected{0};
    const auto begun = Clock64::now();
    std::vector<std::unique_ptr<Crowd>> crowds;
    for (std::size_t i = 0; i < threads; ++i)
        crowds.push_back(std::make_unique<Crowd>(fleet, target, i, threads, connections, marks, connected));
    const auto limit = 60s + std::chrono::seconds{fleet.terminals.size() / 20};
    if (!wait_for([&] { return connected >= fleet.terminals.size(); }, limit))
        return fail(ErrorCode::timeout, fmt::format("only {} are connected", connected.load()));
    nlohmann::json out{{"terminals", fleet.terminals.size()},
                       {"connect_s", std::chrono::duration<double>(Clock64::now() - begun).count()},
                       {"rounds", nlohmann::json::array()}};

    target.role = "sekimori_terminal";
    target.certificate = fleet.terminals.front().certificate;
    target.key = fleet.terminals.front().key;
    auto session = Session::open(target);
    if (!session) return tl::unexpected<Error>(session.error());
    std::map<TerminalId, const SimTerminal*> by_id;
    for (const SimTerminal& one : fleet.terminals) by_id.emplace(one.id, &one);
    if (behind > 0) {
        auto caught = catch_up(*session, fleet, crowds, marks, behind, limit, clock, rng);
        if (!caught) return tl::unexpected<Error>(caught.error());
        out["catch_up"] = std::move(*caught);
    }
    for (std::size_t round = 0; round < rounds; ++round) {
        const auto statement = revocation(fleet, clock.now().wall, rng);
        if (!statement) return tl::unexpected<Error>(statement.error());
        marks.clear();
        const std::int64_t start = Marks::now();
        if (auto sent = submit(*session, *statement, Said::aloud); !sent) return sent;
        std::set<TerminalId> acked;
        std::int64_t after = 0;
        Status trouble;
        if (!wait_for(
                [&] {
                    const auto count = verified_acks(*session, fleet, by_id, statement->hash(), acked, after);
                    if (!count) trouble = tl::unexpected<Error>(count.error());
                    return !trouble || *count == fleet.terminals.size();
                },
                limit))
            return fail(ErrorCode::timeout,
                        fmt::format("applied on {}, acknowledged by {}", marks.marked(), acked.size()));
        if (!trouble) return trouble;
        out["rounds"].push_back({{"applied_ms", spread(marks.milliseconds_since(start))},
                                 {"acknowledged_ms", static_cast<double>(Marks::now() - start) / 1000}});
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

Status run(int argc, char** argv) {
    const auto words = parse_words(argc, argv);
    if (!words || !words->options.contains("state") || !words->options.contains("work"))
        return fail(ErrorCode::invalid_argument,
                    "run --state DIR --work DIR --terminals N [--rounds N] [--threads N] [--behind N] [--thrifty 1]");
    const auto count = number(*words, "terminals", 100);
    if (!count) return tl::unexpected<Error>(count.error());
    const auto rounds = number(*words, "rounds", 3);
    const auto threads = number(*words, "threads", std::max<std::size_t>(2, *count / 250));
    const auto behind = number(*words, "behind", 0);
    if (!rounds || !threads || !behind) return fail(ErrorCode::invalid_argument, "not a number");
    const auto connections = words->options.contains("thrifty") ? Connections::thrifty : Connections::lasting;
    if (connections == Connections::thrifty && (*rounds != 1 || *behind > 0))
        return fail(ErrorCode::invalid_argument, "--thrifty is for one round");
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_max < *count + 256)
        return fail(ErrorCode::full, fmt::format("ulimit -n: {} terminals need {} descriptors, {} are allowed", *count,
                                                 *count + 256, files.rlim_max));
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    auto clock = crypto::SystemClock::make();
    if (!clock) return tl::unexpected<Error>(clock.error());
    crypto::SystemRng rng;
    const State state(words->options.at("state"));
    const auto passphrase = read_line_of(STDIN_FILENO);
    if (!passphrase) return tl::unexpected<Error>(passphrase.error());
    const auto target = state.target();
    if (!target) return tl::unexpected<Error>(target.error());
    const auto fleet = make_fleet(state, passphrase->span(), words->options.at("work"), *count, *clock, rng);
    if (!fleet) return tl::unexpected<Error>(fleet.error());
    return drive(*fleet, *target, *threads, connections, *rounds, *behind, *clock, rng);
}

}  // namespace
}  // namespace sekimori::fleet::load

int main(int argc, char** argv) {
    const auto done = sekimori::fleet::load::run(argc, argv);
    if (!done) (void)fprintf(stderr, "sekimori-fleet-load: %s\n", done.error().message.c_str());
    return done ? 0 : 1;
}
