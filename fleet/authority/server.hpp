// SPDX-License-Identifier: Apache-2.0
// What the authority asks of the server (fleet/schema/003, 004), as typed calls.
#pragma once

#include "fleet/authority/sequencer.hpp"
#include "fleet/authority/trail_reader.hpp"
#include "fleet/pq/session.hpp"

namespace sekimori::fleet {

struct ServerTerminal {
    TerminalId id;
    std::string name, state, build;
    Flag connected{};
};
struct ServerTrail {  // what the server has of a terminal's
    TerminalId id;
    Millis seen{};  // 0: never, or long ago
    Bytes head;     // encoded SignedRecord of a TrailHead; empty: none
};
struct ServerAck {
    std::int64_t number{};
    TerminalId terminal;
    Bytes record;  // encoded SignedRecord of an Acknowledgement
};
struct ServerState {
    std::uint64_t seq{}, waiting{}, in_force{}, revoked{}, connected{}, joins{};
};
struct SealedKey {  // of a person, under a group's key
    PersonId person;
    std::uint32_t generation{};
    Bytes sealed;
};
struct JoinWaiting {
    TokenId token;
    Bytes request;
};
struct RenewalWaiting {
    TerminalId terminal;
    Bytes request;
};
struct CertificateCounts {  // of terminals in force; ending: within half a year
    std::uint64_t waiting{}, ending{}, ended{};
};
enum class Reach : std::uint8_t { own_groups, every_group };

class Server {
  public:
    explicit Server(Session session) : session_(std::move(session)) {}
    [[nodiscard]] static Result<Server> open(const Target& target);
    [[nodiscard]] Session& session() noexcept { return session_; }

    // The sequencer's. claim() returns the server's last seq and entry (encoded SignedEntry).
    struct Head {
        std::uint64_t seq{};
        Bytes entry;
    };
    [[nodiscard]] Result<Head> claim(const LedgerId& ledger, ByteSpan instance);
    [[nodiscard]] Status listen();
    [[nodiscard]] Result<std::vector<Waiting>> inbox(std::int32_t most);
    [[nodiscard]] Status place(std::uint64_t first, const std::vector<Link>& links,
                               const std::vector<std::int64_t>& numbers);
    [[nodiscard]] Status supplement(const std::vector<std::int64_t>& numbers);
    [[nodiscard]] Status refuse(const std::vector<std::int64_t>& numbers);
    [[nodiscard]] Status destroy(const std::vector<Bytes>& blobs, const std::vector<Bytes>& persons);
    [[nodiscard]] Status beat(ByteSpan heartbeat);
    [[nodiscard]] Result<std::int64_t> tidy();
    [[nodiscard]] Result<std::vector<Link>> chain_after(std::uint64_t seq, std::int32_t most);

    // Beside it.
    [[nodiscard]] Status author(const SignedStatement& statement);
    [[nodiscard]] Status put_terminal(const TerminalId& id, const std::string& name, const std::vector<GroupId>& groups,
                                      Reach reach);
    // By the statement of this hash, which the terminal itself may have.
    [[nodiscard]] Status revoke_terminal(const TerminalId& id, const Hash& statement);
    [[nodiscard]] Status put_group_keys(const std::vector<GroupKeyRecord>& what, const std::vector<Bytes>& records);
    [[nodiscard]] Result<std::vector<SealedKey>> keys_of_group(const GroupId& group, const PersonId& after,
                                                               std::int32_t most);
    [[nodiscard]] Status put_keys(const GroupId& group, std::uint32_t generation, const std::vector<SealedKey>& keys);
    [[nodiscard]] Result<std::vector<ServerTerminal>> terminals();
    [[nodiscard]] Result<std::vector<ServerTrail>> trails();
    [[nodiscard]] Result<std::vector<KeptRow>> trail_of(const TerminalId& id, std::uint64_t after, std::int32_t most);
    [[nodiscard]] Result<std::vector<ServerAck>> acks_for(const Hash& statement, std::int64_t after, std::int32_t most);
    [[nodiscard]] Result<ServerState> state();
    [[nodiscard]] Status open_join(const TokenId& token, std::chrono::seconds life);
    [[nodiscard]] Result<std::vector<JoinWaiting>> joins();
    [[nodiscard]] Status reply_join(const TokenId& token, ByteSpan answer);
    [[nodiscard]] Status close_join(const TokenId& token);
    [[nodiscard]] Result<std::vector<RenewalWaiting>> renewals(std::int32_t most);
    // Empty: it will not be answered.
    [[nodiscard]] Status reply_renewal(const RenewalWaiting& to, ByteSpan answer);
    [[nodiscard]] Status certified(const TerminalId& id, Millis until);
    [[nodiscard]] Result<CertificateCounts> certificates();

  private:
    [[nodiscard]] Status run(const char* sql, const Arguments& arguments);
    Session session_;
};

}  // namespace sekimori::fleet
