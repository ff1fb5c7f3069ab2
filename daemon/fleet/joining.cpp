// SPDX-License-Identifier: Apache-2.0
#include "daemon/fleet/joining.hpp"

#include "daemon/store/fleet.hpp"
#include "ledger/bodies_fleet.hpp"

namespace sekimori::daemon {

Joining::~Joining() {
    // Given up before there was anything to keep: the agent forgets what it had begun.
    if (at_ != At::chain && at_ != At::over) (void)agent_.post(wire::FleetLeft{});
    hands_.over();
}

Status Joining::begin() {
    const auto terminal = broker_.rng.draw<TerminalId>();
    auto sign = crypto::SigningKey::generate(broker_.rng);
    auto box = crypto::BoxKey::generate(broker_.rng);
    if (!terminal) return tl::unexpected<Error>(terminal.error());
    if (!sign) return tl::unexpected<Error>(sign.error());
    if (!box) return tl::unexpected<Error>(box.error());
    terminal_ = *terminal;
    sign_ = std::move(*sign);
    box_ = std::move(*box);
    at_ = At::request;
    return agent_.post(wire::JoinStart{token_.server, token_.ca, token_.id, terminal_});
}

void Joining::on_csr(const wire::JoinCsr& csr) {
    if (at_ != At::request) return;
    const JoinAsk ask{.ledger = token_.ledger,
                      .token = token_.id,
                      .terminal = terminal_,
                      .sign = sign_->public_key(),
                      .box = box_->public_key(),
                      .csr = csr.csr};
    const auto maced = mac_record(ask, token_.secret.span());
    if (!maced) return failed(maced.error());
    auto bytes = encode_tlv_plain(*maced);
    if (!bytes) return failed(bytes.error());
    at_ = At::answer;
    if (auto sent = agent_.post(wire::JoinRequest{token_.id, std::move(*bytes)}); !sent) failed(sent.error());
}

Status Joining::accept(const wire::JoinAnswer& answer) {
    const auto maced = decode_tlv<MacedRecord>(answer.reply);
    if (!maced) return tl::unexpected<Error>(maced.error());
    const auto reply = open_maced<JoinReply>(*maced, token_);
    if (!reply) return tl::unexpected<Error>(reply.error());
    if (reply->terminal != terminal_) return fail(ErrorCode::mismatch, "join: the answer is for another terminal");
    const auto statement = open_statement(reply->statement, token_.author, token_.ledger);
    if (!statement) return tl::unexpected<Error>(statement.error());
    if (statement->type != StatementType::terminal || TerminalId{statement->subject} != terminal_)
        return fail(ErrorCode::mismatch, "join: the answer speaks of another terminal");
    const auto body = decode_tlv<TerminalBody>(statement->body);
    if (!body) return tl::unexpected<Error>(body.error());
    if (body->sign != sign_->public_key() || body->box != box_->public_key())
        return fail(ErrorCode::mismatch, "join: the answer names other keys");
    if (auto joined = broker_.store.join(
            {token_.ledger, token_.author, terminal_, body->group, std::move(*sign_), std::move(*box_)});
        !joined)
        return joined;
    at_ = At::chain;
    for (const SignedRecord& key : reply->keys) {
        const auto bytes = encode_tlv_plain(key);
        if (!bytes) return tl::unexpected<Error>(bytes.error());
        if (auto taken = broker_.store.fleet()->take_group_key(*bytes); !taken) return taken;
    }
    (void)agent_.post(wire::JoinDone{reply->certificate});
    hands_.joined();
    return {};
}

void Joining::on_answer(const wire::JoinAnswer& answer) {
    if (at_ != At::answer) return;
    if (auto accepted = accept(answer); !accepted) failed(accepted.error());
}

void Joining::on_failed(const wire::JoinFailed& failed_because) {
    if (at_ == At::request || at_ == At::answer) failed({ErrorCode::refused, failed_because.why});
}

void Joining::look() {
    if (at_ != At::chain) return;
    const FleetStore* const fleet = broker_.store.fleet();
    if (fleet != nullptr && fleet->facts().admitted && broker_.store.opens() == Opens::everything) end({});
}

void Joining::failed(Error error) { end(tl::unexpected<Error>(std::move(error))); }

// From the loop: whoever is told ends this object.
void Joining::end(const Status& outcome) {
    if (at_ == At::over) return;
    if (at_ != At::chain) (void)agent_.post(wire::FleetLeft{});
    at_ = At::over;
    soon_ = soon([this, outcome] { hands_.done(outcome); });
}

}  // namespace sekimori::daemon
