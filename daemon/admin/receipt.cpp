// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/receipt.hpp"

#include "daemon/fleet/fleet.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kWait = std::chrono::seconds{10};
constexpr Millis kTogether{100};  // what comes in this time is shown as one
constexpr std::size_t kNamed = 100;

}  // namespace

FleetReceipt::FleetReceipt(DenyRun run, const std::vector<std::array<std::uint8_t, 16>>& subjects,
                           std::optional<Millis> wait, std::function<void(Json)> done)
    : run_(run), done_(std::move(done)) {
    Fleet& fleet = *run_.broker().fleet;
    for (const auto& subject : subjects)
        for (const Hash& hash : fleet.denials_of(subject)) denials_.push_back(hash);
    const bool up = fleet.link().state == wire::LinkIs::up;
    const Millis most = denials_.empty() ? Millis{0} : wait.value_or(up ? kWait : Millis{0});
    if (!denials_.empty())
        watch_ = fleet.watch(denials_, [this] {
            if (!look_) look_ = after(kTogether, [this] { filled(); });
        });
    limit_ = after(most, [this] { finish(); });
    look_ = soon([this] { filled(); });
}

void FleetReceipt::filled() {
    look_.reset();
    if (denials_.empty()) return;
    const ReceiptState state = run_.broker().fleet->receipt(denials_);
    run_.receipt(static_cast<std::uint32_t>(state.confirmed), static_cast<std::uint32_t>(state.terminals));
    if (state.full()) finish();
}

void FleetReceipt::finish() {
    look_.reset();
    limit_ = soon([this] { done_(json()); });
}

// Of what was no denial of its own (a card that went with its person) nothing is said rather than "0 of 0".
Json FleetReceipt::json() const {
    if (denials_.empty()) return nullptr;
    const Fleet& fleet = *run_.broker().fleet;
    const ReceiptState state = fleet.receipt(denials_);
    Json missing = Json::array();
    for (const auto& one : state.missing)
        if (missing.size() < kNamed) missing.push_back({{"terminal", one.id.hex()}, {"name", one.name}});
    bool queued = false;
    for (const auto& one : run_.broker().store.fleet()->waiting())
        queued = queued || std::find(denials_.begin(), denials_.end(), one.hash) != denials_.end();
    return {{"link", fleet.link().state == wire::LinkIs::up ? "up" : "down"},
            {"queued", queued},
            {"terminals", state.terminals},
            {"confirmed", state.confirmed},
            {"sessions_ended", state.sessions},
            {"slowest_ms", state.slowest ? Json(state.slowest->count()) : Json(nullptr)},
            {"missing", std::move(missing)},
            {"refused_at_latest", state.refuse_at_latest ? time_or_null(*state.refuse_at_latest) : Json(nullptr)}};
}

}  // namespace sekimori::daemon
