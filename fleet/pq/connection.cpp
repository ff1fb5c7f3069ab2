// SPDX-License-Identifier: Apache-2.0
#include "fleet/pq/connection.hpp"

#include <algorithm>

namespace sekimori::fleet {
namespace {

constexpr Millis kReachLimit{4000};  // a host that is dead holds up the next one for so long
constexpr Millis kGreetingLimit{4000};
constexpr unsigned kMostDoublings = 3;  // 32 s: within the server's own limit (authentication_timeout, 60 s)
constexpr Millis kCallLimit{60'000};
constexpr Millis kSilence{20'000};  // within a call; the kernel notices a host that is gone earlier (target.cpp)

}  // namespace

Millis connect_limit(unsigned rounds) noexcept { return kGreetingLimit * (1 << std::min(rounds, kMostDoublings)); }

void Connection::open(const Target& target, const Host& host, Millis limit) {
    close();
    const ConnectionWords words = words_for(target, host);
    connection_ = PQconnectStartParams(words.keyword_pointers().data(), words.value_pointers().data(), 0);
    state_ = State::reaching;
    greeting_ = limit;
    // Whatever comes of it comes from the loop, never from within this call.
    expect_within(kReachLimit);
    if (connection_ == nullptr || PQstatus(connection_) == CONNECTION_BAD || PQsocket(connection_) < 0) {
        limit_ = loop_.after(Millis{0}, [this] { lost(ErrorCode::unavailable, "no connection to the server"); });
        return;
    }
    PQsetNoticeReceiver(
        connection_, [](void*, const PGresult*) {}, nullptr);
    loop_.watch(socket_, PQsocket(connection_), Wait::write, [this] { connecting(); });
}

void Connection::close() {
    ++generation_;
    socket_.reset();
    limit_.reset();
    calls_.clear();
    rows_ = Rows();
    running_ = Running::no;
    state_ = State::closed;
    if (connection_ != nullptr) PQfinish(std::exchange(connection_, nullptr));
}

void Connection::lost(ErrorCode code, const char* why) {
    close();
    handlers_.down(Error{code, why});
}

void Connection::connecting() {
    if (std::exchange(state_, State::connecting) == State::reaching) expect_within(greeting_);
    socket_.reset();  // libpq may have closed it and begun with another one
    switch (PQconnectPoll(connection_)) {
        case PGRES_POLLING_READING:
            loop_.watch(socket_, PQsocket(connection_), Wait::read, [this] { connecting(); });
            return;
        case PGRES_POLLING_WRITING:
            loop_.watch(socket_, PQsocket(connection_), Wait::write, [this] { connecting(); });
            return;
        case PGRES_POLLING_OK:
            break;
        case PGRES_POLLING_FAILED:
        case PGRES_POLLING_ACTIVE:
        default:
            return lost(ErrorCode::unavailable, "no connection to the server");
    }
    if (PQsetnonblocking(connection_, 1) != 0) return lost(ErrorCode::internal, "no connection to the server");
    limit_.reset();
    state_ = State::up;
    watched_ = Wait::read;
    loop_.watch(socket_, PQsocket(connection_), Wait::read, [this] { ready(); });
    handlers_.up();
}

void Connection::call(const char* sql, Arguments arguments, Answer answer) {
    calls_.push_back({sql, std::move(arguments), std::move(answer)});
    start_next();
}

void Connection::start_next() {
    if (state_ != State::up || running_ == Running::yes || calls_.empty()) return;
    const Call& call = calls_.front();
    rows_ = Rows();
    verdict_ = {};
    running_ = Running::yes;
    called_ = Loop::now();
    expect_more();
    if (PQsendQueryParams(connection_, call.sql, call.arguments.count(), call.arguments.types(),
                          call.arguments.pointers().data(), call.arguments.sizes().data(),
                          call.arguments.formats().data(), 1) != 1) {
        limit_ = loop_.after(Millis{0}, [this] { lost(ErrorCode::gone, "the server is gone"); });
        return;
    }
    watch();
}

void Connection::expect_within(Millis limit) {
    limit_ = loop_.after(limit, [this] { lost(ErrorCode::timeout, "the server does not answer"); });
}

void Connection::expect_more() { expect_within(std::min(kSilence, called_ + kCallLimit - Loop::now())); }

// Writes what can be written, and waits for what is to be waited for.
void Connection::watch() {
    const int flushed = PQflush(connection_);
    if (flushed < 0) {
        limit_ = loop_.after(Millis{0}, [this] { lost(ErrorCode::gone, "the server is gone"); });
        return;
    }
    const Wait wanted = flushed == 0 ? Wait::read : Wait::both;
    if (wanted == watched_ && socket_) return;
    watched_ = wanted;
    loop_.watch(socket_, PQsocket(connection_), wanted, [this] { ready(); });
}

void Connection::ready() {
    const std::uint64_t generation = generation_;
    if (PQconsumeInput(connection_) != 1) return lost(ErrorCode::gone, "the server is gone");
    if (running_ == Running::yes) expect_more();
    watch();
    while (running_ == Running::yes && PQisBusy(connection_) == 0) {
        if (PGresult* result = PQgetResult(connection_); result != nullptr) {
            rows_ = Rows(result);
            if (verdict_) verdict_ = judge(result);
            continue;
        }
        running_ = Running::no;
        limit_.reset();
        const Answer answer = std::move(calls_.front().answer);
        calls_.pop_front();
        Result<Rows> said = verdict_ ? Result<Rows>(std::move(rows_)) : tl::unexpected<Error>(verdict_.error());
        rows_ = Rows();
        answer(std::move(said));
        if (generation != generation_) return;
        start_next();
    }
    while (PGnotify* note = PQnotifies(connection_)) {
        const std::string payload = note->extra;
        PQfreemem(note);
        handlers_.notified(payload);
        if (generation != generation_) return;
    }
    if (PQstatus(connection_) == CONNECTION_BAD) lost(ErrorCode::gone, "the server is gone");
}

}  // namespace sekimori::fleet
