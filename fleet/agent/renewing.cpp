// SPDX-License-Identifier: Apache-2.0
#include "fleet/agent/renewing.hpp"

namespace sekimori::fleet {
namespace {

constexpr Millis kLook = std::chrono::hours{1};
constexpr Millis kTryNext = std::chrono::minutes{10};
constexpr unsigned kRefusals = 3;                         // of a pair that the server does not want
constexpr std::int64_t kAskAgainSeconds = 7 * 24 * 3600;  // well before the authority calls a request too old

Millis wall() { return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()); }

bool due(const Facts& facts, Millis now) { return now >= facts.from + (facts.until - facts.from) / 3 * 2; }

}  // namespace

void Renewing::begin(const TerminalId& terminal) {
    terminal_ = terminal;
    refused_ = 0;
    pair_ = papers_.has("next.pem") ? Pair::next : Pair::current;
    tell(papers_.has("renew.key") ? wire::Renewal::waiting : wire::Renewal::none);
}

void Renewing::end() {
    look_.reset();
    again_.reset();
}

Result<Target> Renewing::target() {
    if (pair_ == Pair::next && !papers_.has("next.pem")) pair_ = Pair::current;
    return papers_.target(pair_);
}

void Renewing::tell(wire::Renewal renewal) {
    const auto facts = papers_.certificate();
    const auto number = [](Millis at) { return static_cast<std::uint64_t>(std::max(at, Millis{0}).count()); };
    broker_.send(facts ? wire::CertificateState{number(facts->from), number(facts->until), renewal}
                       : wire::CertificateState{0, 0, renewal});
}

std::string Renewing::ended() const {
    const auto facts = papers_.certificate();
    if (!facts) return "the terminal's certificate can't be read: join again with a new token";
    if (facts->until > wall() || papers_.has("next.pem")) return "";
    return "the terminal's certificate has ended: join again with a new token";
}

void Renewing::greeted() {
    if (pair_ == Pair::next) {
        if (auto kept = papers_.keep_next(); !kept) {
            log_error("the new certificate can't be kept: {}", kept.error().message);
        } else {
            log_info("the new certificate works");
            pair_ = Pair::current;
            server_.call("SELECT fleet.renewal_done()", {}, [](const Result<Rows>&) {});
            tell(wire::Renewal::none);
        }
    } else if (papers_.has("next.pem")) {
        if (++refused_ >= kRefusals) {
            log_error("the server does not take the new certificate: another one is asked for");
            papers_.drop_next();
            papers_.drop_renewal();
        } else {
            again_ = loop_.after(kTryNext, [this] {
                pair_ = Pair::next;
                reconnect_();
            });
        }
    }
    look();
}

// Which of the two it was nobody says: the other one has its turn.
void Renewing::down() {
    end();
    if (papers_.has("next.pem")) pair_ = pair_ == Pair::next ? Pair::current : Pair::next;
}

void Renewing::answered(Millis spread) {
    if (papers_.has("renew.key") && !papers_.has("next.pem")) look_ = loop_.after(spread, [this] { look(); });
}

void Renewing::look() {
    look_ = loop_.after(kLook, [this] { look(); });
    if (!server_.is_up() || papers_.has("next.pem")) return;
    const auto facts = papers_.certificate();
    // A renewal that was begun is finished, whatever the time.
    if (!papers_.has("renew.key") && facts && !due(*facts, wall())) return;
    server_.call("SELECT age_seconds, answer FROM fleet.renewal_of_mine()", {}, [this](Result<Rows> rows) {
        if (rows) found(*rows);
    });
}

void Renewing::found(const Rows& rows) {
    const bool begun = papers_.has("renew.key");
    if (begun && rows.size() == 1 && !rows.null(0, 1)) {
        const auto taken = papers_.take_renewal(rows.bytes(0, 1), terminal_, wall());
        if (taken) {
            pair_ = Pair::next;
            refused_ = 0;
            // Not from within the connection's own work.
            again_ = loop_.after(Millis{0}, [this] { reconnect_(); });
            return;
        }
        log_error("the answer to the renewal is refused: {}", taken.error().message);
        papers_.drop_renewal();
    } else if (begun && rows.size() == 1 && rows.number(0, 0).value_or(kAskAgainSeconds) < kAskAgainSeconds) {
        return tell(wire::Renewal::waiting);
    }
    auto csr = papers_.begin_renewal();
    if (!csr) return log_error("no certificate can be asked for: {}", csr.error().message);
    broker_.send(wire::RenewalCsr{std::move(*csr)});
}

void Renewing::request(const wire::RenewalRequest& signed_request) {
    if (!server_.is_up() || !papers_.has("renew.key")) return;
    server_.call("SELECT fleet.renewal_place($1)", Arguments().bytes(signed_request.record),
                 [this](const Result<Rows>& rows) {
                     if (!rows) return log_error("the request for a new certificate: {}", rows.error().message);
                     log_info("a new certificate is asked for");
                     tell(wire::Renewal::waiting);
                 });
}

}  // namespace sekimori::fleet
