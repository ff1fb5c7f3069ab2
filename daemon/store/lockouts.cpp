// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/lockouts.hpp"

namespace sekimori::daemon {
namespace {
constexpr std::size_t kMaxKey = 256;
}  // namespace

Result<Lockouts> Lockouts::load(const Database& database, const LockoutPolicy& policy,
                                const std::array<std::uint8_t, 16>& boot_id) {
    Lockouts lockouts(database, boot_id);
    Query query = database.query("SELECT kind, key, charged, locks, remaining, since, boot FROM lockouts");
    for (;;) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return lockouts;
        const LockoutKey key{static_cast<LockoutOf>(query.integer(0)), query.text(1)};
        LockoutState state{static_cast<std::uint32_t>(query.integer(2)), static_cast<std::uint32_t>(query.integer(3)),
                           Millis{query.integer(4)}, Millis{query.integer(5)}};
        const auto boot = query.fixed<16>(6);
        if (!boot) return tl::unexpected<Error>(boot.error());
        lockouts.states_[key] = *boot == boot_id ? state : rebooted(policy, state);
    }
}

LockoutState Lockouts::get(const LockoutKey& key) const {
    const auto at = states_.find(key);
    return at == states_.end() ? LockoutState{} : at->second;
}

Status Lockouts::set(const LockoutKey& key, const LockoutState& state) {
    if (key.key.size() > kMaxKey) return fail(ErrorCode::too_large, "lockout: the key is too long");
    if (state == LockoutState{})
        states_.erase(key);
    else
        states_[key] = state;
    if (auto written = write(key); !written) {
        unwritten_.insert(key);
        return written;
    }
    unwritten_.erase(key);
    catch_up();
    return {};
}

void Lockouts::catch_up() {
    while (!unwritten_.empty() && write(*unwritten_.begin())) unwritten_.erase(unwritten_.begin());
}

Status Lockouts::write(const LockoutKey& key) const {
    const auto kind = static_cast<std::int64_t>(key.of);
    const LockoutState state = get(key);
    if (state == LockoutState{})
        return database_->query("DELETE FROM lockouts WHERE kind=? AND key=?")
            .bind(kind)
            .bind(std::string_view(key.key))
            .run();
    return database_
        ->query(
            "INSERT INTO lockouts(kind, key, charged, locks, remaining, since, boot) VALUES(?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET charged=excluded.charged, locks=excluded.locks,"
            " remaining=excluded.remaining, since=excluded.since, boot=excluded.boot")
        .bind(kind)
        .bind(std::string_view(key.key))
        .bind(std::int64_t{state.charged})
        .bind(std::int64_t{state.locks})
        .bind(std::int64_t{state.remaining.count()})
        .bind(std::int64_t{state.since.count()})
        .bind(ByteSpan(boot_id_))
        .run();
}

}  // namespace sekimori::daemon
