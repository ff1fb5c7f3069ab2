// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/server.hpp"

namespace sekimori::fleet {
namespace {

tl::unexpected<Error> odd() { return fail(ErrorCode::malformed, "the server's answer makes no sense"); }
template <class T>
Bytes copy(const T& range) {
    return Bytes(range.begin(), range.end());
}

std::optional<std::vector<Material>> material_of(const Rows& rows, int row) {
    const auto kinds = rows.small_numbers(row, 4);
    const auto names = rows.list(row, 5);
    const auto groups = rows.list(row, 6);
    auto sealed = rows.list(row, 7);
    if (!kinds || !names || !groups || !sealed || kinds->size() != names->size() || kinds->size() != groups->size() ||
        kinds->size() != sealed->size())
        return std::nullopt;
    std::vector<Material> out;
    for (std::size_t i = 0; i < kinds->size(); ++i) {
        Material one{
            (*kinds)[i] == 1 ? MaterialKind::blob : MaterialKind::person_key, (*names)[i], {}, std::move((*sealed)[i])};
        if ((*groups)[i].size() != one.group.bytes.size()) return std::nullopt;
        std::copy((*groups)[i].begin(), (*groups)[i].end(), one.group.bytes.begin());
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

Result<Server> Server::open(const Target& target) {
    auto session = Session::open(target);
    if (!session) return tl::unexpected<Error>(session.error());
    return Server(std::move(*session));
}

Status Server::run(const char* sql, const Arguments& arguments) {
    const auto rows = session_.call(sql, arguments);
    if (!rows) return tl::unexpected<Error>(rows.error());
    return {};
}

Result<Server::Head> Server::claim(const LedgerId& ledger, ByteSpan instance) {
    const auto rows = session_.call("SELECT seq, last_entry FROM fleet.claim($1, $2)",
                                    Arguments().bytes(ledger.bytes).bytes(instance));
    if (!rows) return tl::unexpected<Error>(rows.error());
    const auto seq = rows->number(0, 0);
    if (!seq || *seq < 0) return odd();
    return Head{static_cast<std::uint64_t>(*seq), copy(rows->bytes(0, 1))};
}
Status Server::listen() { return run("LISTEN sekimori_inbox", {}); }

Result<std::vector<Waiting>> Server::inbox(std::int32_t most) {
    const auto rows =
        session_.call("SELECT no, hash, terminal, signed, kinds, names, groups, sealed FROM fleet.inbox_batch($1)",
                      Arguments().number(most));
    if (!rows) return tl::unexpected<Error>(rows.error());
    std::vector<Waiting> out;
    for (int i = 0; i < rows->size(); ++i) {
        const auto number = rows->number(i, 0);
        const auto hash = rows->fixed<32>(i, 1);
        const auto from = rows->fixed<16>(i, 2);
        auto material = material_of(*rows, i);
        if (!number || !hash || !from || !material) return odd();
        out.push_back({*number, TerminalId{*from}, *hash, copy(rows->bytes(i, 3)), std::move(*material)});
    }
    return out;
}

Status Server::place(std::uint64_t first, const std::vector<Link>& links, const std::vector<std::int64_t>& numbers) {
    std::vector<Bytes> entries, hashes, statements;
    for (const Link& link : links) {
        auto entry = encode_tlv_plain(link.entry);
        auto statement = encode_tlv_plain(link.statement);
        if (!entry) return tl::unexpected<Error>(entry.error());
        if (!statement) return tl::unexpected<Error>(statement.error());
        entries.push_back(std::move(*entry));
        statements.push_back(std::move(*statement));
        hashes.push_back(copy(link.statement.hash()));
    }
    return run(
        "SELECT fleet.place($1, $2, $3, $4, $5)",
        Arguments().number(static_cast<std::int64_t>(first)).list(entries).list(hashes).list(statements).list(numbers));
}
Status Server::supplement(const std::vector<std::int64_t>& numbers) {
    return run("SELECT fleet.supplement($1)", Arguments().list(numbers));
}
Status Server::refuse(const std::vector<std::int64_t>& numbers) {
    return run("SELECT fleet.refuse($1)", Arguments().list(numbers));
}
Status Server::destroy(const std::vector<Bytes>& blobs, const std::vector<Bytes>& persons) {
    return run("SELECT fleet.destroy($1, $2)", Arguments().list(blobs).list(persons));
}
Status Server::beat(ByteSpan heartbeat) { return run("SELECT fleet.beat($1)", Arguments().bytes(heartbeat)); }
Result<std::int64_t> Server::tidy() {
    const auto rows = session_.call("SELECT fleet.tidy()");
    if (!rows) return tl::unexpected<Error>(rows.error());
    return rows->number(0, 0).value_or(0);
}

Result<std::vector<Link>> Server::chain_after(std::uint64_t seq, std::int32_t most) {
    const auto rows = session_.call("SELECT entry, statement FROM fleet.chain_after($1, $2)",
                                    Arguments().number(static_cast<std::int64_t>(seq)).number(most));
    if (!rows) return tl::unexpected<Error>(rows.error());
    std::vector<Link> out;
    for (int i = 0; i < rows->size(); ++i) {
        auto entry = decode_tlv<SignedEntry>(rows->bytes(i, 0));
        auto statement = decode_tlv<SignedStatement>(rows->bytes(i, 1));
        if (!entry || !statement) return odd();
        out.push_back({std::move(*entry), std::move(*statement)});
    }
    return out;
}

Status Server::author(const SignedStatement& statement) {
    const auto bytes = encode_tlv_plain(statement);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return run("SELECT fleet.author($1, $2, $3)",
               Arguments().bytes(statement.hash()).bytes(*bytes).flag(denies(statement.type) ? Flag::yes : Flag::no));
}
Status Server::put_terminal(const TerminalId& id, const std::string& name, const std::vector<GroupId>& groups,
                            Reach reach) {
    std::vector<Bytes> ids;
    ids.reserve(groups.size());
    for (const GroupId& group : groups) ids.push_back(copy(group.bytes));
    return run("SELECT fleet.terminal_put($1, $2, $3, $4)", Arguments().bytes(id.bytes).text(name).list(ids).flag(
                                                                reach == Reach::every_group ? Flag::yes : Flag::no));
}
Status Server::revoke_terminal(const TerminalId& id, const Hash& statement) {
    return run("SELECT fleet.terminal_revoke($1, $2)", Arguments().bytes(id.bytes).bytes(statement));
}
Status Server::put_group_keys(const std::vector<GroupKeyRecord>& what, const std::vector<Bytes>& records) {
    std::vector<Bytes> terminals, groups;
    std::vector<std::int32_t> generations;
    for (const GroupKeyRecord& one : what) {
        terminals.push_back(copy(one.terminal.bytes));
        groups.push_back(copy(one.group.bytes));
        generations.push_back(static_cast<std::int32_t>(one.generation));
    }
    return run("SELECT fleet.group_key_put($1, $2, $3, $4)",
               Arguments().list(terminals).list(groups).list(generations).list(records));
}
Result<std::vector<SealedKey>> Server::keys_of_group(const GroupId& group, const PersonId& after, std::int32_t most) {
    const auto rows = session_.call("SELECT person, generation, sealed FROM fleet.keys_of_group($1, $2, $3)",
                                    Arguments().bytes(group.bytes).bytes(after.bytes).number(most));
    if (!rows) return tl::unexpected<Error>(rows.error());
    std::vector<SealedKey> out;
    for (int i = 0; i < rows->size(); ++i) {
        const auto person = rows->fixed<16>(i, 0);
        const auto generation = rows->number(i, 1);
        if (!person || !generation) return odd();
        out.push_back({PersonId{*person}, static_cast<std::uint32_t>(*generation), copy(rows->bytes(i, 2))});
    }
    return out;
}
Status Server::put_keys(const GroupId& group, std::uint32_t generation, const std::vector<SealedKey>& keys) {
    std::vector<Bytes> persons, sealed;
    for (const SealedKey& key : keys) {
        persons.push_back(copy(key.person.bytes));
        sealed.push_back(key.sealed);
    }
    return run("SELECT fleet.keys_put($1, $2, $3, $4)",
               Arguments().bytes(group.bytes).number(static_cast<std::int32_t>(generation)).list(persons).list(sealed));
}

Result<std::vector<ServerTerminal>> Server::terminals() {
    const auto rows = session_.call("SELECT id, name, state, build, connected FROM fleet.terminals_list()");
    if (!rows) return tl::unexpected<Error>(rows.error());
    std::vector<ServerTerminal> out;
    for (int i = 0; i < rows->size(); ++i) {
        const auto id = rows->fixed<16>(i, 0);
        if (!id) return odd();
        out.push_back({TerminalId{*id}, rows->text(i, 1), rows->text(i, 2), rows->text(i, 3), rows->flag(i, 4)});
    }
    return out;
}
Result<std::vector<ServerTrail>> Server::trails() {
    const auto rows = session_.call(
        "SELECT id, coalesce((extract(epoch FROM seen_at) * 1000)::bigint, 0), head FROM fleet.terminals_list()");
    if (!rows) return tl::unexpected<Error>(rows.error());
    std::vector<ServerTrail> out;
    for (int i = 0; i < rows->size(); ++i) {
        const auto id = rows->fixed<16>(i, 0);
        if (!id) return odd();
        out.push_back({TerminalId{*id}, Millis{rows->number(i, 1).value_or(0)}, copy(rows->bytes(i, 2))});
    }
    return out;
}
Result<std::vector<KeptRow>> Server::trail_of(const TerminalId& id, std::uint64_t after, std::int32_t most) {
    const auto rows = session_.call("SELECT seq, record, signature FROM fleet.trail_of($1, $2, $3)",
                                    Arguments().bytes(id.bytes).number(static_cast<std::int64_t>(after)).number(most));
    if (!rows) return tl::unexpected<Error>(rows.error());
    std::vector<KeptRow> out;
    for (int i = 0; i < rows->size(); ++i) {
        const auto seq = rows->number(i, 0);
        const auto signature = rows->fixed<64>(i, 2);
        if (!seq || *seq < 1 || !signature) return odd();
        out.push_back({static_cast<std::uint64_t>(*seq), {copy(rows->bytes(i, 1)), *signature}});
    }
    return out;
}
Result<std::vector<ServerAck>> Server::acks_for(const Hash& statement, std::int64_t after, std::int32_t most) {
    const auto rows = session_.call("SELECT no, terminal, signed FROM fleet.acks_for($1, $2, $3)",
                                    Arguments().bytes(statement).number(after).number(most));
    if (!rows) return tl::unexpected<Error>(rows.error());
    std::vector<ServerAck> out;
    for (int i = 0; i < rows->size(); ++i) {
        const auto number = rows->number(i, 0);
        const auto id = rows->fixed<16>(i, 1);
        if (!number || *number <= after || !id) return odd();
        out.push_back({*number, TerminalId{*id}, copy(rows->bytes(i, 2))});
    }
    return out;
}
Result<ServerState> Server::state() {
    const auto rows = session_.call("SELECT seq, waiting, in_force, revoked, connected, joins FROM fleet.state()");
    if (!rows) return tl::unexpected<Error>(rows.error());
    const auto number = [&](int column) { return static_cast<std::uint64_t>(rows->number(0, column).value_or(0)); };
    return ServerState{number(0), number(1), number(2), number(3), number(4), number(5)};
}

Status Server::open_join(const TokenId& token, std::chrono::seconds life) {
    return run("SELECT fleet.join_open($1, $2)",
               Arguments().bytes(token.bytes).number(static_cast<std::int32_t>(life.count())));
}
Result<std::vector<JoinWaiting>> Server::joins() {
    const auto rows = session_.call("SELECT id, request FROM fleet.joins_waiting()");
    if (!rows) return tl::unexpected<Error>(rows.error());
    std::vector<JoinWaiting> out;
    for (int i = 0; i < rows->size(); ++i) {
        const auto id = rows->fixed<16>(i, 0);
        if (!id) return odd();
        out.push_back({TokenId{*id}, copy(rows->bytes(i, 1))});
    }
    return out;
}
Status Server::reply_join(const TokenId& token, ByteSpan answer) {
    return run("SELECT fleet.join_reply($1, $2)", Arguments().bytes(token.bytes).bytes(answer));
}
Status Server::close_join(const TokenId& token) {
    return run("SELECT fleet.join_close($1)", Arguments().bytes(token.bytes));
}

Result<std::vector<RenewalWaiting>> Server::renewals(std::int32_t most) {
    const auto rows =
        session_.call("SELECT terminal, request FROM fleet.renewals_waiting($1)", Arguments().number(most));
    if (!rows) return tl::unexpected<Error>(rows.error());
    std::vector<RenewalWaiting> out;
    for (int i = 0; i < rows->size(); ++i) {
        const auto id = rows->fixed<16>(i, 0);
        if (!id) return odd();
        out.push_back({TerminalId{*id}, copy(rows->bytes(i, 1))});
    }
    return out;
}
Status Server::reply_renewal(const RenewalWaiting& to, ByteSpan answer) {
    Arguments arguments;
    arguments.bytes(to.terminal.bytes).bytes(to.request);
    return run("SELECT fleet.renewal_reply($1, $2, $3)",
               answer.empty() ? arguments.null_bytes() : arguments.bytes(answer));
}
Status Server::certified(const TerminalId& id, Millis until) {
    return run("SELECT fleet.certified($1, $2)",
               Arguments().bytes(id.bytes).number(static_cast<std::int64_t>(until.count())));
}
Result<CertificateCounts> Server::certificates() {
    const auto rows = session_.call("SELECT waiting, ending, ended FROM fleet.certificates()");
    if (!rows) return tl::unexpected<Error>(rows.error());
    const auto number = [&](int column) { return static_cast<std::uint64_t>(rows->number(0, column).value_or(0)); };
    return CertificateCounts{number(0), number(1), number(2)};
}

}  // namespace sekimori::fleet
