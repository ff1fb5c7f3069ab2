// SPDX-License-Identifier: Apache-2.0
// Receipts: which terminals have confirmed a denial. Pure; acknowledgements come in verified (FleetStore::open_ack),
// and terminals are counted by the ledger, so that neither agent nor server can make a receipt look fuller than it is.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/offline.hpp"
#include "ledger/fleet_records.hpp"
#include "ledger/fleet_view.hpp"

namespace sekimori::daemon {

struct Receipt {
    struct Confirmed {
        AckOutcome outcome{};
        std::uint16_t sessions{};
        // On this terminal's own clock, since the denial was made or heard of here; none where that was before this
        // broker's life, and this may have been as well.
        std::optional<Millis> after{};
    };
    std::optional<Millis> begun;   // boot time, if the broker was there
    std::optional<Millis> placed;  // the time of its entry
    std::map<TerminalId, Confirmed> confirmed;

    // The first word of a terminal stands.
    void add(const Acknowledgement& ack, Millis boottime);
};

struct ReceiptState {
    std::size_t terminals{}, confirmed{};
    std::uint32_t sessions{};                  // ended, on all of them
    std::optional<Millis> slowest{Millis{0}};  // none: of somebody who confirmed it is not known when
    struct Missing {
        TerminalId id;
        std::string name;
    };
    std::vector<Missing> missing;
    // From then on also a terminal that hears nothing refuses everything: a heartbeat after the denial's entry counts
    // only where that entry is, and one before it is too old by then, whichever policy the terminal knows. None while
    // the entry has no time, or where one of the missing may go on with certificate cards without end.
    std::optional<Millis> refuse_at_latest;
    [[nodiscard]] bool full() const noexcept { return missing.empty(); }
};
// Of several denials that are one act: confirmed is who confirmed all of them. `offline`: what the policies of the
// chain say, as FleetStore::offline_rules(). Precondition: at least one.
[[nodiscard]] ReceiptState state_of(const std::vector<const Receipt*>& receipts, const FleetView& fleet,
                                    std::span<const OfflineRule> offline);

}  // namespace sekimori::daemon
