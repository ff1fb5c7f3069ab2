// SPDX-License-Identifier: Apache-2.0
#include "daemon/fleet/joining.hpp"

#include "daemon/store/fleet.hpp"
#include "ledger/bodies_fleet.hpp"
#include "ledger/renewal.hpp"

namespace sekimori::daemon {

Joining::~Joining() {
    if (at_ != At::chain && at_ != At::over) give_up();
    hands_.over();
}

// Before there was anything to keep: the agent forgets what it had begun, and of a member nothing else.
void Joining::give_up() {
    if (as_ == As::stranger)
        (void)agent_.post(wire::FleetLeft{});
    else
        hands_.joined();
}

Status Joining::draw_keys() {
    const auto terminal = broker_.rng.draw<TerminalId>();
    auto sign = crypto::SigningKey::generate(broker_.rng);
    auto box = crypto::BoxKey::generate(broker_.rng);
    if (!terminal) return tl::unexpected<Error>(terminal.error());
    if (!sign) return tl::unexpected<Error>(sign.error());
    if (!box) return tl::unexpected<Error>(box.error());
    terminal_ = *terminal;
    sign_public_ = sign->public_key();
    box_public_ = box->public_key();
    sign_ = std::move(*sign);
    box_ = std::move(*box);
    return {};
}

Status Joining::begin() {
    if (const FleetStore* const fleet = broker_.store.fleet()) {
        as_ = As::member;
        terminal_ = fleet->facts().terminal;
        const auto at = fleet->fleet_view().terminals.find(terminal_);
        if (at == fleet->fleet_view().terminals.end()) return fail(ErrorCode::refused, "this terminal is not admitted");
        sign_public_ = at->second.sign;
        box_public_ = at->second.box;
    } else if (auto drawn = draw_keys(); !drawn) {
        return drawn;
    }
    at_ = At::request;
    return agent_.post(wire::JoinStart{token_.server, token_.ca, token_.id, terminal_});
}

// A member may leave while it is coming back.
bool Joining::left() {
    if (as_ == As::stranger || broker_.store.fleet() != nullptr) return false;
    failed({ErrorCode::refused, "this terminal has left its fleet"});
    return true;
}

// That the keys are its own: those of a terminal are no secret, and whoever has a token could name them.
Result<Bytes> Joining::proof(const Bytes& csr) const {
    const RenewalAsk ask{.ledger = token_.ledger,
                         .terminal = terminal_,
                         .csr = csr,
                         .time = static_cast<std::uint64_t>(broker_.clock.now().wall.count())};
    const auto sealed = sign_record(ask, signer_of(*sign_));
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return encode_tlv_plain(*sealed);
}

void Joining::on_csr(const wire::JoinCsr& csr) {
    if (at_ != At::request || left()) return;
    auto asked = as_ == As::member ? broker_.store.fleet()->renewal_request(csr.csr) : proof(csr.csr);
    if (!asked) return failed(asked.error());
    const JoinAsk ask{.ledger = token_.ledger,
                      .token = token_.id,
                      .terminal = terminal_,
                      .sign = sign_public_,
                      .box = box_public_,
                      .csr = std::move(*asked)};
    const auto maced = mac_record(ask, token_.secret.span());
    if (!maced) return failed(maced.error());
    auto bytes = encode_tlv_plain(*maced);
    if (!bytes) return failed(bytes.error());
    at_ = At::answer;
    if (auto sent = agent_.post(wire::JoinRequest{token_.id, std::move(*bytes)}); !sent) failed(sent.error());
}

Status Joining::store_membership(const GroupId& group) {
    if (as_ == As::member) return {};
    return broker_.store.join({token_.ledger, token_.author, terminal_, group, std::move(*sign_), std::move(*box_)});
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
    if (body->sign != sign_public_ || body->box != box_public_)
        return fail(ErrorCode::mismatch, "join: the answer names other keys");
    if (auto stored = store_membership(body->group); !stored) return stored;
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
    if (at_ != At::answer || left()) return;
    if (auto accepted = accept(answer); !accepted) failed(accepted.error());
}

void Joining::on_failed(const wire::JoinFailed& failed_because) {
    if (at_ == At::request || at_ == At::answer) failed({ErrorCode::refused, failed_because.why});
}

// The agent has let go of what it was connected with before: this is the new certificate's door.
void Joining::linked() {
    if (at_ != At::chain) return;
    linked_ = Linked::yes;
    look();
}

void Joining::look() {
    if (at_ != At::chain || (as_ == As::member && linked_ == Linked::no)) return;
    const FleetStore* const fleet = broker_.store.fleet();
    if (fleet != nullptr && fleet->facts().admitted && broker_.store.opens() == Opens::everything) end({});
}

void Joining::failed(Error error) { end(tl::unexpected<Error>(std::move(error))); }

// From the loop: whoever is told ends this object.
void Joining::end(const Status& outcome) {
    if (at_ == At::over) return;
    if (at_ != At::chain) give_up();
    at_ = At::over;
    soon_ = soon([this, outcome] { hands_.done(outcome); });
}

}  // namespace sekimori::daemon
