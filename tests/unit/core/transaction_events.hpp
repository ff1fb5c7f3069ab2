// SPDX-License-Identifier: Apache-2.0
// Everything that a Transaction can be told, right and wrong.
#pragma once

#include <vector>

#include "core/transaction.hpp"
#include "tests/unit/core/proofs.hpp"

namespace sekimori::test {

inline const TransactionId kId = id_of<TransactionId>(1);
inline const TransactionId kOtherId = id_of<TransactionId>(2);
inline const PersonId kPerson = id_of<PersonId>(1);
inline const PersonId kOther = id_of<PersonId>(2);
inline const CardId kCard = id_of<CardId>(1);
inline const CardId kOtherCard = id_of<CardId>(2);
inline const StatementId kTicket = id_of<StatementId>(1);
inline const StatementId kOtherTicket = id_of<StatementId>(2);
inline const Glass kGlass{kPerson, kTicket};
inline const CardVisit kVisits[] = {{0, 1}, {1, 1}};

inline std::vector<Candidate> candidates() {
    std::vector<Candidate> out;
    struct Kind {
        CardSlot slot;
        const char* set;
        Ask pin;
    };
    const Kind kinds[] = {{CardSlot::piv_9e, "card+finger", Ask::no},
                          {CardSlot::piv_9a, "card+pin", Ask::yes},
                          {CardSlot::jpki_auth, "card+finger", Ask::yes},
                          {CardSlot::piv_9e, "card+password", Ask::no},
                          {CardSlot::piv_9e, "card+finger+password", Ask::no},
                          // What choose() never makes: a machine that got it all the same lets nobody in for less.
                          {CardSlot::piv_9a, "card+password", Ask::yes},
                          {CardSlot::piv_9e, "code+finger", Ask::no}};
    for (const Kind& kind : kinds)
        for (const CardVisit& visit : kVisits)
            for (const Presence presence : {Presence::hold, Presence::tap})
                for (const Ask account : {Ask::no, Ask::yes})
                    out.push_back({visit, kPerson, kCard, kind.slot, *FactorSet::parse(kind.set), presence, kind.pin,
                                   account, 3});
    return out;
}

inline Candidate with_code(const PersonId& person, const char* set = "code+finger") {
    return {{}, person, {}, CardSlot::none, *FactorSet::parse(set), Presence::hold, Ask::no, Ask::no, 0};
}

inline std::vector<TransactionEvent> events() {
    std::vector<TransactionEvent> out;
    out.push_back(event::CodeFits{with_code(kPerson)});
    out.push_back(event::CodeFits{with_code(kPerson, "card+finger")});
    out.push_back(event::CodeFits{with_code(kPerson, "card+code")});
    out.push_back(event::GlassFits{kGlass});
    out.push_back(event::CodeUnfit{Reason::code_wrong, 4});
    out.push_back(event::CodeSkipped{{}});
    out.push_back(event::CodeSkipped{{kVisits[0]}});
    for (const SecretUse use : {SecretUse::code, SecretUse::password}) {
        out.push_back(event::SecretProved{secret_proof(kId, kPerson, use)});
        out.push_back(event::SecretProved{secret_proof(kId, kOther, use)});
        out.push_back(event::SecretProved{secret_proof(kOtherId, kPerson, use)});
    }
    out.push_back(event::SecretFailed{Reason::code_wrong, 3});
    out.push_back(event::GlassProved{glass_proof(kId, kPerson, kTicket)});
    out.push_back(event::GlassProved{glass_proof(kId, kPerson, kOtherTicket)});
    out.push_back(event::GlassProved{glass_proof(kId, kOther, kTicket)});
    out.push_back(event::GlassProved{glass_proof(kOtherId, kPerson, kTicket)});
    for (const CardVisit& visit : kVisits) {
        out.push_back(event::CardInserted{visit});
        out.push_back(event::CardRemoved{visit});
        out.push_back(event::CardUnfit{visit, Reason::card_unknown, 0});
    }
    for (const Candidate& candidate : candidates()) out.push_back(event::CardFits{candidate});
    out.push_back(event::AccountChosen{});
    out.push_back(event::SecretEntered{});
    out.push_back(event::Charged{});
    out.push_back(event::ChargeHeld{});
    out.push_back(event::ChargeRefused{Reason::locked_out, 30});
    for (const CardSlot slot : {CardSlot::piv_9e, CardSlot::piv_9a}) {
        out.push_back(event::CardProved{card_proofs(kId, kPerson, kCard, slot)});
        out.push_back(event::CardProved{card_proofs(kId, kOther, kCard, slot)});
        out.push_back(event::CardProved{card_proofs(kId, kPerson, kOtherCard, slot)});
        out.push_back(event::CardProved{card_proofs(kOtherId, kPerson, kCard, slot)});
    }
    out.push_back(event::CardFailed{Reason::pin_wrong, 2});
    out.push_back(event::FingerArmed{});
    out.push_back(event::FingerRetry{MessageId::retry_center});
    out.push_back(event::FingerMatched{finger_proof(kId, kPerson)});
    out.push_back(event::FingerMatched{finger_proof(kId, kOther)});
    out.push_back(event::FingerMatched{finger_proof(kOtherId, kPerson)});
    out.push_back(event::FingerNoMatch{1});
    out.push_back(event::FingerNoMatch{0});
    out.push_back(event::FingerFailed{Reason::no_scanner});
    out.push_back(event::Recorded{});
    out.push_back(event::RecordHeld{});
    out.push_back(event::RecordFailed{});
    out.push_back(event::Refused{Reason::cancelled, 0});
    out.push_back(event::Tick{});
    return out;
}

}  // namespace sekimori::test
