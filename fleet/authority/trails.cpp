// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/trails.hpp"

#include <fmt/chrono.h>
#include <unistd.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "core/event_kind.hpp"
#include "fleet/authority/server_chain.hpp"
#include "fleet/io/files.hpp"
#include "ledger/follower.hpp"

namespace sekimori::fleet {
namespace {

using Json = nlohmann::json;

constexpr std::int32_t kAcks = 2000;
constexpr std::size_t kNamed = 100;  // terminals that have not confirmed
constexpr Millis kDay = std::chrono::hours{24};

std::string time_text(Millis wall) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(wall);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds.count()), (wall - seconds).count());
}
Json time_or_null(Millis wall) { return wall == Millis{0} ? Json(nullptr) : Json(time_text(wall)); }

template <class Id>
Json hex_or_null(const std::optional<Id>& id) {
    return id ? Json(id->hex()) : Json(nullptr);
}

// As audit.list has it (docs/PROTOCOL-COMMANDS.md), and whose trail it stands in.
Json event_of(const TrailRecord& record, const std::string& terminal) {
    return {{"type", "event"},
            {"terminal", terminal},
            {"seq", record.seq},
            {"time", time_text(wall_of(record.wall))},
            {"boot", to_hex(record.boot_id)},
            {"who", hex_or_null(record.who)},
            {"what", record.what},
            {"where", record.where},
            {"result", record.success == 1 ? "success" : "failure"},
            {"reason", record.reason},
            {"card", hex_or_null(record.card)},
            {"subject", hex_or_null(record.subject)},
            {"service", record.service}};
}

const char* name_of(StatementType type) noexcept {
    if (type == StatementType::suspend) return "suspend";
    if (type == StatementType::revoke) return "revoke";
    if (type == StatementType::offboard) return "offboard";
    if (type == StatementType::revoke_terminal) return "revoke_terminal";
    return "withdraw";
}

struct TrailsAsked {
    std::string month;  // YYYY-MM
    Millis since{}, until{}, uses_since{}, now{};
};
struct Denial {
    StatementId id;
    StatementType type{};
    std::array<std::uint8_t, 16> subject{};
    Hash hash{};
    std::uint64_t seq{};  // of its entry
    Millis time{};        // of the same
};
struct Use {
    Millis time{};
    std::string terminal;
};

class Export {
  public:
    Export(const Identity& identity, Server& server, const TrailsAsked& asked, std::FILE* out)
        : identity_(identity), server_(server), asked_(asked), out_(out) {}

    Status run() {
        if (auto read = read_chain(); !read) return read;
        if (auto put = line({{"type", "trails"},
                             {"schema", 1},
                             {"ledger", identity_.ledger.hex()},
                             {"made_at", time_text(asked_.now)},
                             {"month", asked_.month},
                             {"since", time_text(asked_.since)},
                             {"until", time_text(asked_.until)},
                             {"uses_since", time_text(asked_.uses_since)}});
            !put)
            return put;
        const auto trails = server_.trails();
        if (!trails) return tl::unexpected<Error>(trails.error());
        std::map<TerminalId, ServerTrail> listed;
        for (const ServerTrail& one : *trails) listed.emplace(one.id, one);
        for (const auto& [id, terminal] : chain_.ledger.view().fleet.terminals)
            if (auto put = write(id, terminal, listed[id]); !put) return put;
        for (const Denial& denial : denials_)
            if (auto put = write(denial); !put) return put;
        for (const auto& [person, use] : uses_)
            if (auto put = line({{"type", "use"},
                                 {"person", person.hex()},
                                 {"last", time_text(use.time)},
                                 {"terminal", use.terminal}});
                !put)
                return put;
        // So that one that was cut off is not taken for a quiet month.
        return line({{"type", "end"}, {"lines", lines_}});
    }

  private:
    Status line(const Json& json) {
        const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
        if (std::fwrite(text.data(), 1, text.size(), out_) != text.size()) return unwritten();
        ++lines_;
        return {};
    }
    static tl::unexpected<Error> unwritten() {
        return fail(errno == ENOSPC || errno == EDQUOT ? ErrorCode::full : ErrorCode::io, "the file can't be written");
    }

    Status read_chain() {
        return catch_up(chain_, identity_, server_, [this](const Link& link) {
            const auto statement = decode_tlv<Statement>(link.statement.bytes);
            if (!statement) return;
            const ChainHead& at = chain_.head;
            const Millis time = wall_of(at.time);
            if (statement->type == StatementType::terminal) joined_.emplace(TerminalId{statement->subject}, at.seq);
            if (denies(statement->type) && time >= asked_.since && time < asked_.until)
                denials_.push_back(
                    {statement->id, statement->type, statement->subject, link.statement.hash(), at.seq, time});
        });
    }

    // Its events, then itself: only at the end it is known whether they are its own.
    Status write(const TerminalId& id, const TerminalEntry& terminal, const ServerTrail& listed) {
        TrailRead read;
        std::map<PersonId, Millis> uses;
        std::uint64_t events = 0;
        const std::uint64_t lines = lines_;
        const long begin = std::ftell(out_);
        const auto head = open_record<TrailHead>(listed.head, terminal.sign, identity_.ledger);
        if (!head || head->terminal != id) {
            read.wrong = listed.head.empty() ? "nothing of its trail is here" : "the head of its trail is not its own";
        } else {
            const auto rows = [&](std::uint64_t after, std::int32_t most) { return server_.trail_of(id, after, most); };
            const auto take = [&](const TrailRecord& record) -> Status {
                const Millis time = wall_of(record.wall);
                // A clock that stands ahead makes nobody's account used for years.
                if (record.success == 1 && record.who && is_use(record.what))
                    uses[*record.who] = std::max(uses[*record.who], std::min(time, asked_.now));
                if (time < asked_.since || time >= asked_.until) return {};
                ++events;
                return line(event_of(record, terminal.name));
            };
            auto done = read_trail(rows, *head, std::min(asked_.since, asked_.uses_since), take);
            if (!done) return tl::unexpected<Error>(done.error());
            read = std::move(*done);
        }
        if (!read.wrong.empty()) {
            if (begin < 0 || std::fflush(out_) != 0 || ftruncate(fileno(out_), begin) != 0 ||
                std::fseek(out_, begin, SEEK_SET) != 0)
                return unwritten();
            lines_ = lines;
            events = 0;
            uses.clear();
        }
        for (const auto& [person, time] : uses)
            if (Use& last = uses_[person]; last.time < time) last = {time, terminal.name};
        return line({{"type", "terminal"},
                     {"id", id.hex()},
                     {"name", terminal.name},
                     {"group", terminal.group.hex()},
                     {"standing", terminal.standing == Standing::in_force ? "in_force" : "revoked"},
                     {"seen_at", time_or_null(listed.seen)},
                     {"verified", read.wrong.empty()},
                     {"why", read.wrong},
                     {"seq", read.seq},
                     {"time", time_or_null(read.time)},
                     {"head", {{"seq", head ? head->seq : 0}, {"time", time_or_null(wall_of(head ? head->time : 0))}}},
                     {"events", events}});
    }

    // By those that are in force and were there already: whoever joins later gets it with everything else.
    Status write(const Denial& denial) {
        const FleetView& fleet = chain_.ledger.view().fleet;
        const Follower judge(Root{identity_.ledger, identity_.author, std::nullopt}, chain_);
        std::set<TerminalId> confirmed;
        for (std::int64_t after = 0;;) {
            const auto acks = server_.acks_for(denial.hash, after, kAcks);
            if (!acks) return tl::unexpected<Error>(acks.error());
            for (const ServerAck& one : *acks) {
                after = one.number;
                const auto sealed = decode_tlv<SignedRecord>(one.record);
                const auto ack = sealed ? judge.open_ack(*sealed) : tl::unexpected<Error>(sealed.error());
                if (ack && ack->statement == denial.hash && ack->terminal == one.terminal)
                    confirmed.insert(ack->terminal);
            }
            if (acks->size() < static_cast<std::size_t>(kAcks)) break;
        }
        std::size_t of = 0;
        std::size_t have = 0;
        Json missing = Json::array();
        for (const auto& [id, terminal] : fleet.terminals) {
            const auto joined = joined_.find(id);
            if (terminal.standing != Standing::in_force || joined == joined_.end() || joined->second > denial.seq)
                continue;
            ++of;
            if (confirmed.contains(id))
                ++have;
            else if (missing.size() < kNamed)
                missing.push_back(terminal.name);
        }
        return line({{"type", "denial"},
                     {"id", denial.id.hex()},
                     {"what", name_of(denial.type)},
                     {"subject", to_hex(denial.subject)},
                     {"time", time_text(denial.time)},
                     {"confirmed", have},
                     {"terminals", of},
                     {"missing", std::move(missing)}});
    }

    const Identity& identity_;
    Server& server_;
    const TrailsAsked& asked_;
    std::FILE* out_;
    Chain chain_;
    std::map<TerminalId, std::uint64_t> joined_;  // the entry that made it a member
    std::vector<Denial> denials_;
    std::map<PersonId, Use> uses_;
    std::uint64_t lines_{0};
};

// A month of the calendar in Japan. Errors: invalid_argument.
Result<TrailsAsked> month_asked(const std::string& month, std::int64_t days, Millis now) {
    using namespace std::chrono;
    int year = 0;
    unsigned number = 0;
    const char* const text = month.data();
    const bool shape =
        month.size() == 7 && month[4] == '-' && month.find_first_not_of("0123456789-") == std::string::npos;
    if (!shape || std::from_chars(text, text + 4, year).ptr != text + 4 ||
        std::from_chars(text + 5, text + 7, number).ptr != text + 7 || number < 1 || number > 12)
        return fail(ErrorCode::invalid_argument, "--month is no month: YYYY-MM");
    const auto first = std::chrono::year{year} / std::chrono::month{number} / 1;
    const auto start = [](const year_month_day& day) {
        return duration_cast<Millis>((sys_days(day) - hours{9}).time_since_epoch());
    };
    const Millis since = start(first);
    return TrailsAsked{month, since, start(first + months{1}), std::min(since, now - days * kDay), now};
}

}  // namespace

// Nobody's passphrase: it is read under this host's own certificate, and says nothing in anybody's name.
Status export_trails(const Context& context) {
    const auto& verb = context.words.verb;
    const std::string* out = context.option("out");
    const auto days = context.number("days", 100, 3660);
    if (!days) return tl::unexpected<Error>(days.error());
    if (verb.size() != 2 || verb[1] != "export" || out == nullptr)
        return fail(ErrorCode::invalid_argument, "trail: export --month YYYY-MM --out FILE");
    const auto asked = month_asked(context.option_or("month", ""), *days, context.clock.now().wall);
    if (!asked) return tl::unexpected<Error>(asked.error());
    const auto identity = context.state.identity();
    const auto target = context.state.target();
    if (!identity) return tl::unexpected<Error>(identity.error());
    if (!target) return tl::unexpected<Error>(target.error());
    auto server = Server::open(*target);
    if (!server) return tl::unexpected<Error>(server.error());
    return write_whole(*out, [&](std::FILE* file) { return Export(*identity, *server, *asked, file).run(); });
}

}  // namespace sekimori::fleet
