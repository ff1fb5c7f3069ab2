// SPDX-License-Identifier: Apache-2.0
// Messages of the private sockets: whatever decodes can be encoded, and then decodes to the same bytes.
#include <span>
#include <tuple>

#include "protocol/schema.hpp"
#include "protocol/wire.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace sekimori;

template <class Message>
void round_trip(ByteSpan bytes) {
    const auto message = wire::decode<Message>(bytes);
    if (!message) return;
    const auto encoded = wire::encode(*message);
    SEKIMORI_HOLDS(encoded.has_value());
    const auto again = wire::decode<Message>(encoded->span());
    SEKIMORI_HOLDS(again.has_value());
    const auto encoded_again = wire::encode(*again);
    SEKIMORI_HOLDS(encoded_again.has_value());
    SEKIMORI_HOLDS(SecureBytes::equal(encoded->span(), encoded_again->span()));
}

template <class... Messages>
void each(ByteSpan bytes) {
    (round_trip<Messages>(bytes), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori::wire;
    const ByteSpan bytes(data, size);
    each<Hello, Welcome, Begin, Answer, Prompt, Verdict, Account, OpenSession, CloseSession, Progress, CommandDone>(
        bytes);
    each<WorkerHello, WorkerWelcome, Retire>(bytes);
    each<Readers, CardPresent, CardAbsent, Identify, Identified, SignChallenge, SignedChallenge, ReadCard, CardData>(
        bytes);
    each<CardFailed, LiteSChallenge, LiteSAnswer, LiteSAuthenticate, LiteSConfirmed, Release>(bytes);
    each<Scanners, GalleryItem, Verify, EnrolFinger, Stop, Armed, FingerRetry, FingerMatched, FingerNoMatch>(bytes);
    each<FingerFailed, EnrolStage, EnrolDone>(bytes);
    each<SessionFacts, SessionSeen, LockerGone, SessionRemoved, SessionEmptied, SessionIdle, MachineSlept>(bytes);
    each<WatchSession, LockSession, EndSession, ForgetSession>(bytes);
    return 0;
}
