// SPDX-License-Identifier: Apache-2.0
#include "fleet/agent/joiner.hpp"

#include "event/log.hpp"

namespace sekimori::fleet {
namespace {

constexpr Millis kAsk{1000};
constexpr Millis kAgain{2000};

}  // namespace

Joiner::Joiner(Loop& loop, BrokerLink& broker, Papers& papers)
    : loop_(loop),
      broker_(broker),
      papers_(papers),
      server_(loop, {[this] { ask(); },
                     [this](const Error& error) {
                         log_error("joining: {}", error.message);
                         again_ = loop_.after(kAgain, [this] { connect(); });
                     },
                     [](std::string_view) {}}) {}

void Joiner::failed(const std::string& why) {
    stop();
    broker_.send(wire::JoinFailed{why});
}

void Joiner::start(const wire::JoinStart& start) {
    stop();
    auto request = papers_.begin(start.server, start.ca);
    if (!request) return failed(request.error().message);
    token_ = start.token;
    broker_.send(wire::JoinCsr{std::move(*request)});
}

void Joiner::request(const wire::JoinRequest& request) {
    auto target = papers_.joining();
    if (!target || request.token != token_) return failed("no join was begun");
    target_ = std::move(*target);
    request_ = request.request;
    placed_ = Placed::no;
    host_ = 0;
    connect();
}

void Joiner::connect() { server_.open(target_, target_.hosts[host_++ % target_.hosts.size()]); }

void Joiner::ask() {
    if (placed_ == Placed::no) {
        server_.call("SELECT fleet.join_place($1, $2)", Arguments().bytes(token_.bytes).bytes(request_),
                     [this](Result<Rows> rows) {
                         if (rows) {
                             placed_ = Placed::yes;
                             return ask();
                         }
                         const ErrorCode code = rows.error().code;
                         if (code == ErrorCode::refused)
                             return failed("the server knows no such token, or it is too old");
                         if (code == ErrorCode::mismatch) return failed("the token was used by another terminal");
                         again_ = loop_.after(kAgain, [this] { connect(); });
                     });
        return;
    }
    server_.call("SELECT fleet.join_answer($1)", Arguments().bytes(token_.bytes), [this](Result<Rows> rows) {
        if (!rows && rows.error().code == ErrorCode::refused)
            return failed("the token is not open any more: the authority refused, or it is too old");
        if (rows && !rows->null(0, 0)) {
            const ByteSpan reply = rows->bytes(0, 0);
            wire::JoinAnswer answer{Bytes(reply.begin(), reply.end())};
            server_.close();
            broker_.send(answer);
            return;
        }
        again_ = loop_.after(kAsk, [this] {
            if (server_.is_up())
                ask();
            else
                connect();
        });
    });
}

Status Joiner::finish(const wire::JoinDone& done) {
    stop();
    return papers_.finish(done.certificate);
}

void Joiner::stop() {
    again_.reset();
    server_.close();
}

}  // namespace sekimori::fleet
