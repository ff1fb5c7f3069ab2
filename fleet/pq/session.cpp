// SPDX-License-Identifier: Apache-2.0
#include "fleet/pq/session.hpp"

#include <openssl/ssl.h>
#include <poll.h>
#include <time.h>

#include <algorithm>

namespace sekimori::fleet {
namespace {

constexpr Millis kConnectLimit{5000};  // of one host
constexpr Millis kCallLimit{60'000};

Millis now() {
    timespec time{};
    (void)clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds{time.tv_sec} + Millis{time.tv_nsec / 1'000'000};
}

enum class Ready : std::uint8_t { yes, late };
Ready wait_for(int fd, short events, Millis due) {
    for (;;) {
        const auto left = std::max(due - now(), Millis{0});
        pollfd poll_fd{fd, events, 0};
        const int count = poll(&poll_fd, 1, static_cast<int>(left.count()));
        if (count > 0) return Ready::yes;
        if (count == 0 && due <= now()) return Ready::late;
    }
}

}  // namespace

Result<Session> Session::open(const Target& target) {
    for (const Host& host : target.hosts) {
        const ConnectionWords words = words_for(target, host);
        Session session(PQconnectStartParams(words.keyword_pointers().data(), words.value_pointers().data(), 0),
                        host.name);
        PGconn* connection = session.connection_.get();
        if (connection == nullptr || PQstatus(connection) == CONNECTION_BAD) continue;
        const Millis due = now() + kConnectLimit;
        PostgresPollingStatusType state = PGRES_POLLING_WRITING;
        while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
            if (wait_for(PQsocket(connection), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, due) == Ready::late)
                break;
            state = PQconnectPoll(connection);
        }
        if (state != PGRES_POLLING_OK || PQsetnonblocking(connection, 1) != 0) continue;
        PQsetNoticeReceiver(
            connection, [](void*, const PGresult*) {}, nullptr);
        return session;
    }
    return fail(ErrorCode::unavailable, "no server that takes writes can be reached with this certificate");
}

Result<Rows> Session::call(const char* sql, const Arguments& arguments) {
    PGconn* connection = connection_.get();
    const auto gone = [] { return fail(ErrorCode::gone, "the server is gone"); };
    if (PQsendQueryParams(connection, sql, arguments.count(), arguments.types(), arguments.pointers().data(),
                          arguments.sizes().data(), arguments.formats().data(), 1) != 1)
        return gone();
    const Millis due = now() + kCallLimit;
    for (int flushed = PQflush(connection); flushed != 0; flushed = PQflush(connection)) {
        if (flushed < 0) return gone();
        if (wait_for(PQsocket(connection), POLLIN | POLLOUT, due) == Ready::late)
            return fail(ErrorCode::timeout, "the server does not take what we send");
        if (PQconsumeInput(connection) != 1) return gone();
    }
    Rows rows;
    Status verdict;
    for (;;) {
        while (PQisBusy(connection) == 1) {
            if (wait_for(PQsocket(connection), POLLIN, due) == Ready::late)
                return fail(ErrorCode::timeout, "the server does not answer");
            if (PQconsumeInput(connection) != 1) return gone();
        }
        PGresult* result = PQgetResult(connection);
        if (result == nullptr) break;
        rows = Rows(result);
        if (verdict) verdict = judge(result);
    }
    if (!verdict) return tl::unexpected<Error>(verdict.error());
    return rows;
}

Status Session::wait(Millis limit, int stop) {
    PGconn* connection = connection_.get();
    const auto drained = [&] {
        bool any = false;
        while (PGnotify* note = PQnotifies(connection)) {
            PQfreemem(note);
            any = true;
        }
        return any;
    };
    if (drained()) return {};
    pollfd both[] = {{PQsocket(connection), POLLIN, 0}, {stop, POLLIN, 0}};
    if (poll(both, stop < 0 ? 1 : 2, static_cast<int>(limit.count())) > 0 && both[0].revents != 0 &&
        PQconsumeInput(connection) != 1)
        return fail(ErrorCode::gone, "the server is gone");
    (void)drained();
    return {};
}

Bytes Session::peer_certificate() const {
    auto* const tls = static_cast<SSL*>(PQsslStruct(connection_.get(), "OpenSSL"));
    const X509* const certificate = tls == nullptr ? nullptr : SSL_get0_peer_certificate(tls);
    unsigned char* raw = nullptr;
    const int size = certificate == nullptr ? 0 : i2d_X509(certificate, &raw);
    if (size <= 0) return {};
    Bytes der(raw, raw + size);
    OPENSSL_free(raw);
    return der;
}

}  // namespace sekimori::fleet
