// SPDX-License-Identifier: Apache-2.0
// People of a simulated fleet, as the registrar's terminal of a real one would enrol them: signed, sealed, and opened
// by every terminal of the group.
#pragma once

#include "fleet/pq/session.hpp"
#include "tests/fleet/load/fleet.hpp"

namespace sekimori::fleet::load {

// Each with an account, a card and two fingers: five statements, which the first terminal says. They wait for the
// sequencer when this returns.
[[nodiscard]] Status enrol(Session& session, const SimFleet& fleet, const Group& group, std::size_t people,
                           Clock& clock, Rng& rng);

}  // namespace sekimori::fleet::load
