// SPDX-License-Identifier: Apache-2.0
// code.issue, code.withdraw, person.password: what a person knows and the broker can compare. Only a salted slow hash
// of it is kept.
#include "crypto/slow_hash.hpp"
#include "daemon/admin/query.hpp"
#include "daemon/admin/verbs.hpp"
#include "daemon/auth/code_text.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::uint64_t kMostHours = 72;
constexpr std::size_t kLeastPassword = 12;

Reply issue(CommandRun& run, const PersonRecord& person, Millis until, std::string reason) {
    Broker& broker = run.broker();
    // Policy and clock refuse it later as well: whoever stands at the counter is to hear of it now.
    if (broker.policy.fallbacks == Fallbacks::locked)
        return refuse(ErrorCode::refused, "the policy locks fallbacks", "sekimori policy show");
    if (broker.clock.now().wall_quality == WallQuality::suspect) return refuse(Denied{Reason::clock_suspect});
    if (person.state != PersonState::active) return refuse(Denied{Reason::person_suspended});
    if (broker.store.fingers_of(person.id).size() < person.min_fingers) return refuse(Denied{Reason::fingers_missing});
    const auto code = draw_code(broker.rng);
    if (!code) return refuse(code.error());
    auto hash = crypto::slow_hash(code->whole.span(), broker.rng);
    if (!hash) return refuse(hash.error());
    const auto old = broker.store.secret_of(person.id, SecretUse::code);
    const auto id = broker.store.give_secret(
        {person.id, SecretUse::code, until, code->handle, std::move(*hash), std::move(reason)}, run.actor());
    if (!id) return refuse(id.error());
    if (old) broker.withdrawn(old->id);  // the new one takes its place, and what the old one holds open ends
    return whole({{"id", id->hex()},
                  {"person", person.login},
                  {"code", std::string(code->shown().view())},
                  {"until", time_text(until)}});
}

class PersonPassword final : public CommandTask {
  public:
    PersonPassword(CommandRun& run, Arguments& arguments) : run_(run) {
        const std::string login = arguments.text("login");
        const bool clear = arguments.flag("clear");
        const auto problem = arguments.problem();
        start_ = soon([this, login, clear, problem] {
            if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
            const auto person = find_person(run_.broker().store, login);
            if (!person) return run_.done(tl::unexpected<Refusal>(person.error()));
            person_ = *person;
            if (clear) return finish(remove());
            run_.dialogue().ask({MessageId::new_password, 0, {}, person_.login, {}}, wire::PromptStyle::echo_off,
                                [this](wire::AnswerStatus status, const SecureBytes& text) {
                                    if (status != wire::AnswerStatus::given)
                                        return run_.done(refuse(Denied{Reason::cancelled}));
                                    finish(set(text));
                                });
        });
    }

  private:
    Reply set(const SecureBytes& text) {
        Broker& broker = run_.broker();
        if (text.size() < kLeastPassword)
            return refuse(ErrorCode::invalid_argument, "a password has at least 12 characters");
        auto hash = crypto::slow_hash(text.span(), broker.rng);
        if (!hash) return refuse(hash.error());
        const auto id =
            broker.store.give_secret({person_.id, SecretUse::password, {}, {}, std::move(*hash), {}}, run_.actor());
        if (!id) return refuse(id.error());
        return whole({{"person", person_.login}, {"changed", true}, {"set", true}});
    }
    Reply remove() {
        const auto old = run_.broker().store.secret_of(person_.id, SecretUse::password);
        if (old)
            if (const auto gone = run_.broker().store.withdraw(old->id, Store::Withdrawal::withdrawn, run_.actor());
                !gone)
                return refuse(gone.error());
        if (old) run_.broker().withdrawn(old->id);
        return whole({{"person", person_.login}, {"changed", old.has_value()}, {"set", false}});
    }
    void finish(const Reply& reply) {
        run_.record(person_.id, std::nullopt, reply);
        run_.done(reply);
    }
    CommandRun& run_;
    PersonRecord person_;
    Source start_;
};

}  // namespace

Reply code_issue(CommandRun& run, Arguments& arguments) {
    const std::string login = arguments.text("login");
    const auto hours = arguments.number("hours", 1, kMostHours);
    std::string reason = arguments.text("reason");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const auto person = find_person(run.broker().store, login);
    if (!person) return tl::unexpected<Refusal>(person.error());
    if (run.actor().person == person->id) return refuse(ErrorCode::refused, "somebody else has to issue it");
    const Millis until = run.broker().clock.now().wall + std::chrono::hours{static_cast<std::int64_t>(hours)};
    Reply reply = issue(run, *person, until, std::move(reason));
    run.record(person->id, std::nullopt, reply);
    return reply;
}

Reply code_withdraw(DenyRun run, Arguments& arguments) {
    const std::string login = arguments.text("login");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Broker& broker = run.broker();
    const auto person = find_person(broker.store, login);
    if (!person) return tl::unexpected<Refusal>(person.error());
    const auto code = broker.store.secret_of(person->id, SecretUse::code);
    Reply reply = whole({{"person", person->login}, {"changed", code.has_value()}});
    if (code) {
        const auto done = broker.store.withdraw(code->id, Store::Withdrawal::withdrawn, run.denier());
        broker.withdrawn(code->id);
        if (!done) reply = refuse(done.error());
        if (done && !done->durable)
            reply = refuse(ErrorCode::full, "refused from now on, but that could not be stored", "free space, repeat");
    }
    run.record(person->id, std::nullopt, reply);
    return reply;
}

std::unique_ptr<CommandTask> person_password(CommandRun& run, Arguments& arguments) {
    return std::make_unique<PersonPassword>(run, arguments);
}

}  // namespace sekimori::daemon
