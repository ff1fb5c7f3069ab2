// SPDX-License-Identifier: Apache-2.0
// exempt.*, break-glass.*: what two administrators allow for a while.
#include "crypto/slow_hash.hpp"
#include "daemon/admin/query.hpp"
#include "daemon/admin/verbs.hpp"
#include "daemon/auth/code_text.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kLongestExemption = std::chrono::hours{24 * 366};

std::optional<Refusal> shut(const Broker& broker, const PersonRecord& person) {
    if (broker.policy.fallbacks == Fallbacks::locked)
        return Refusal{"refused", "the policy locks fallbacks", "sekimori policy show"};
    if (broker.clock.now().wall_quality == WallQuality::suspect) return refuse(Denied{Reason::clock_suspect}).value();
    if (person.state != PersonState::active) return refuse(Denied{Reason::person_suspended}).value();
    return std::nullopt;
}

Reply withdraw(DenyRun run, const StatementId& id, const PersonId& person, Json answer) {
    Broker& broker = run.broker();
    const auto done = broker.store.withdraw(id, Store::Withdrawal::withdrawn, run.denier());
    broker.withdrawn(id);  // also one that was used: what it holds open ends
    Reply reply;
    if (!done)
        reply = refuse(done.error());
    else if (!done->durable)
        reply = refuse(ErrorCode::full, "refused from now on, but that could not be stored", "free space, repeat");
    else
        reply = whole(std::move(answer));
    run.record(person, std::nullopt, reply);
    return reply;
}

Reply allow(CommandRun& run, const PersonRecord& person, Millis until, std::string reason) {
    Broker& broker = run.broker();
    if (const auto problem = shut(broker, person)) return tl::unexpected<Refusal>(*problem);
    const auto code = draw_code(broker.rng);
    if (!code) return refuse(code.error());
    auto hash = crypto::slow_hash(code->whole.span(), broker.rng);
    if (!hash) return refuse(hash.error());
    const auto id = broker.store.allow_break_glass(
        {person.id, broker.terminal, until, code->handle, std::move(*hash), std::move(reason)}, run.actor());
    if (!id) return refuse(id.error());
    log_alert("break-glass: two administrators allow {} one login without two factors (ticket {})", person.login,
              id->hex());
    if (broker.on_break_glass) broker.on_break_glass(person.id.hex(), broker.terminal.hex());
    return whole({{"id", id->hex()},
                  {"person", person.login},
                  {"terminal", broker.terminal.hex()},
                  {"code", std::string(code->shown().view())},
                  {"until", time_text(until)}});
}

}  // namespace

Reply exempt_add(CommandRun& run, Arguments& arguments) {
    const std::string login = arguments.text("login");
    const std::string until_text = arguments.text("until");
    std::string reason = arguments.text("reason");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Broker& broker = run.broker();
    const auto person = find_person(broker.store, login);
    if (!person) return tl::unexpected<Refusal>(person.error());
    if (run.actor().second == person->id) return refuse(ErrorCode::refused, "somebody else has to approve it");
    const auto until = parse_time(until_text);
    const Millis now = broker.clock.now().wall;
    if (!until || *until <= now || *until > now + kLongestExemption)
        return refuse(ErrorCode::invalid_argument, "until must be a time within a year", "--until 2027-03-31");
    Reply reply;
    if (const auto problem = shut(broker, *person)) {
        reply = tl::unexpected<Refusal>(*problem);
    } else if (const auto id = broker.store.exempt(person->id, *until, std::move(reason), run.actor()); !id) {
        reply = refuse(id.error());
    } else {
        reply = whole({{"id", id->hex()}, {"person", person->login}, {"until", time_text(*until)}});
    }
    run.record(person->id, std::nullopt, reply);
    return reply;
}

Reply exempt_withdraw(DenyRun run, Arguments& arguments) {
    const std::string login = arguments.text("login");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const auto person = find_person(run.broker().store, login);
    if (!person) return tl::unexpected<Refusal>(person.error());
    const auto exemption = run.broker().store.exemption_of(person->id);
    if (!exemption) return whole({{"person", person->login}, {"changed", false}});
    return withdraw(run, exemption->id, person->id, {{"person", person->login}, {"changed", true}});
}

Reply break_glass_issue(CommandRun& run, Arguments& arguments) {
    const std::string login = arguments.text("login");
    const auto minutes = arguments.number("minutes", 5, 240);
    std::string reason = arguments.text("reason");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const auto person = find_person(run.broker().store, login);
    if (!person) return tl::unexpected<Refusal>(person.error());
    const Millis until = run.broker().clock.now().wall + std::chrono::minutes{static_cast<std::int64_t>(minutes)};
    Reply reply = allow(run, *person, until, std::move(reason));
    run.record(person->id, std::nullopt, reply);
    return reply;
}

Reply break_glass_withdraw(DenyRun run, Arguments& arguments) {
    const std::string text = arguments.text("id");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const auto wanted = StatementId::parse(text);
    for (const BreakGlassRecord& ticket : run.broker().store.break_glass())
        if (wanted == ticket.id)
            return withdraw(run, ticket.id, ticket.person, {{"id", ticket.id.hex()}, {"changed", !ticket.used}});
    return refuse(ErrorCode::not_found, "no such ticket", "sekimori break-glass list");
}

}  // namespace sekimori::daemon
