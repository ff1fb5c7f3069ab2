// SPDX-License-Identifier: Apache-2.0
// fleet.join: from a token to a terminal that opens logins; fleet.leave; fleet.status.
#include "daemon/fleet/fleet.hpp"

#include <unistd.h>

#include "daemon/admin/query.hpp"
#include "daemon/admin/verbs.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kMaxToken = 16 * 1024;

// The token is a secret: it comes in a file of the caller's, not with the arguments.
Result<JoinToken> read_token(int file) {
    SecureBytes text(kMaxToken);
    if (text.size() != kMaxToken) return fail(ErrorCode::internal, "out of memory");
    std::size_t used = 0;
    while (file >= 0 && used < kMaxToken) {
        const ssize_t size = pread(file, text.span().data() + used, kMaxToken - used, static_cast<off_t>(used));
        if (size < 0) return fail(ErrorCode::io, "the token can't be read");
        if (size == 0) break;
        used += static_cast<std::size_t>(size);
    }
    if (used == 0 || used == kMaxToken) return fail(ErrorCode::malformed, "that is no token");
    return parse_token({reinterpret_cast<const char*>(text.span().data()), used});
}

class JoinFleet final : public CommandTask {
  public:
    JoinFleet(CommandRun& run, Arguments& arguments) : run_(run) {
        const auto limit = std::chrono::seconds{arguments.optional_number("timeout", 1, 86'400).value_or(3600)};
        const auto problem = arguments.problem();
        step_ = soon([this, problem, limit] {
            if (problem) return run_.done(tl::unexpected<Refusal>(*problem));
            begin(limit);
        });
    }

  private:
    void begin(Millis limit) {
        Broker& broker = run_.broker();
        if (broker.fleet == nullptr) return run_.done(refuse(ErrorCode::unavailable, "the broker is ending"));
        auto token = read_token(run_.file());
        if (!token) return end(refuse(token.error()));
        auto joining = broker.fleet->join(std::move(*token), [this](const Status& outcome) { joined(outcome); });
        if (!joining) return end(refuse(joining.error()));
        joining_ = std::move(*joining);
        limit_ = after(limit, [this] {
            end(refuse(ErrorCode::timeout, "the authority did not answer in time",
                       "on its host: sekimori-authority admit; then join again with a new token"));
        });
    }
    void joined(const Status& outcome) {
        if (!outcome) return end(refuse(outcome.error()));
        Json answer = fleet_json(run_.broker());
        answer["ledger"] = {{"seq", run_.broker().store.head().seq}, {"hash", run_.broker().store.head().hash}};
        end(whole(std::move(answer)));
    }
    void end(Reply reply) {
        limit_.reset();
        run_.record(std::nullopt, std::nullopt, reply);
        run_.done(std::move(reply));
    }

    CommandRun& run_;
    std::unique_ptr<Joining> joining_;
    Source step_, limit_;
};

}  // namespace

std::unique_ptr<CommandTask> fleet_join(CommandRun& run, Arguments& arguments) {
    return std::make_unique<JoinFleet>(run, arguments);
}

Reply fleet_leave(CommandRun& run, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Broker& broker = run.broker();
    if (broker.store.fleet() == nullptr || broker.fleet == nullptr)
        return refuse(ErrorCode::refused, "this is no terminal of a fleet");
    const Json was = fleet_json(broker);
    const Status left = broker.fleet->leave();
    Reply reply = left ? Reply(whole({{"changed", true}, {"terminal", was["terminal"]}, {"name", was["name"]}}))
                       : Reply(refuse(left.error()));
    run.record(std::nullopt, std::nullopt, reply);
    return reply;
}

Reply fleet_status(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Json answer = fleet_json(broker);
    if (answer.is_null()) return whole({{"state", "none"}});
    answer["ledger"] = {{"seq", broker.store.head().seq}, {"hash", broker.store.head().hash}};
    return whole(std::move(answer));
}

}  // namespace sekimori::daemon
