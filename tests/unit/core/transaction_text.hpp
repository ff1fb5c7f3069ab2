// SPDX-License-Identifier: Apache-2.0
// A transaction's state as a text: two states of one text are one state.
#pragma once

#include <sstream>
#include <string>

#include "core/transaction.hpp"

namespace sekimori::test {

inline std::string text(const Candidate& c) {
    std::ostringstream out;
    out << c.visit.reader << '.' << c.visit.counter << ' ' << c.person.hex() << c.card.hex() << static_cast<int>(c.slot)
        << c.set.text() << static_cast<int>(c.presence) << static_cast<int>(c.pin) << static_cast<int>(c.account);
    return out.str();
}
inline std::string text(const Evidence& e) {
    return std::string(e.possession ? "P" : "-") + (e.knowledge ? "K" : "-") + (e.inherence ? "I" : "-");
}

struct Key {
    std::string operator()(const AwaitCard&) const { return "AwaitCard"; }
    std::string operator()(const Identifying& s) const {
        std::string out = "Identifying";
        for (const CardVisit& v : s.pending) out += ' ' + std::to_string(v.reader) + '.' + std::to_string(v.counter);
        if (s.taken) out += " taken " + text(*s.taken);
        if (s.refusal) out += std::string(" refusal ") + name_of(s.refusal->reason);
        return out;
    }
    std::string operator()(const ChooseAccount& s) const { return "ChooseAccount " + text(s.candidate); }
    std::string operator()(const AwaitSecret& s) const { return "AwaitSecret " + text(s.candidate); }
    std::string operator()(const AwaitCode&) const { return "AwaitCode"; }
    std::string operator()(const Checking& s) const { return "Checking " + text(s.candidate) + text(s.evidence); }
    std::string operator()(const GlassCharging& s) const { return "GlassCharging " + s.glass.ticket.hex(); }
    std::string operator()(const GlassChecking& s) const { return "GlassChecking " + s.glass.ticket.hex(); }
    std::string operator()(const GlassRecording& s) const { return "GlassRecording " + s.glass.ticket.hex(); }
    std::string operator()(const GlassBroken& s) const { return "GlassBroken " + s.glass.ticket.hex(); }
    std::string operator()(const Charging& s) const {
        return "Charging " + text(s.candidate) + text(s.evidence) + std::to_string(s.placements);
    }
    std::string operator()(const Proving& s) const {
        return "Proving " + text(s.candidate) + std::to_string(static_cast<int>(s.charged));
    }
    std::string operator()(const Arming& s) const {
        return "Arming " + text(s.candidate) + text(s.evidence) + std::to_string(s.placements);
    }
    std::string operator()(const AwaitFinger& s) const {
        return "AwaitFinger " + text(s.candidate) + text(s.evidence) + std::to_string(s.placements);
    }
    std::string operator()(const Recording& s) const { return "Recording " + text(s.candidate); }
    std::string operator()(const Granted& s) const { return "Granted " + text(s.candidate); }
    std::string operator()(const MayDeny& s) const { return "MayDeny " + text(s.candidate); }
    std::string operator()(const Denied& s) const { return std::string("Denied ") + name_of(s.reason); }
};

}  // namespace sekimori::test
