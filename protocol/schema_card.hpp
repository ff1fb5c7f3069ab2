// SPDX-License-Identifier: Apache-2.0
// The schema, part two: what every worker says first, and the card worker.
#pragma once

#include "protocol/schema_types.hpp"

namespace sekimori::wire {

enum class WorkerClass : std::uint8_t { card, finger, lock, fleet };

struct WorkerHello {
    static constexpr auto kType = MessageType::worker_hello;
    WorkerClass worker{};
    std::string build;  // must equal the broker's (core/build.hpp)
    static constexpr auto kFields = std::tuple{field<1>(&WorkerHello::worker), field<2>(&WorkerHello::build, 64)};
};
struct WorkerWelcome {
    static constexpr auto kType = MessageType::worker_welcome;
    static constexpr auto kFields = std::tuple<>{};
};
// The worker exits with 0 at once and is started anew by whoever supervises it: enrolment wants a process without a
// past.
struct Retire {
    static constexpr auto kType = MessageType::retire;
    static constexpr auto kFields = std::tuple<>{};
};

enum class PinState : std::uint8_t { not_needed, ready, blocked, missing, unknown };
enum class SignatureScheme : std::uint8_t { rsa_pkcs1_sha256, rsa_pss_sha256, ecdsa_p256_sha256, ecdsa_p384_sha384 };
enum class ChainState : std::uint8_t {
    no_roots,
    verified,
    untrusted,
    expired,
    not_yet_valid,
    test_hierarchy,
    wrong_usage,
    weak_key
};
enum class CardFault : std::uint8_t {
    gone,            // removed in the middle, or another card sits there now (counter differs)
    no_application,  // no application that we know
    unreadable,      // mute, malformed or oversize answers
    pin_wrong,       // tries: how many are left
    pin_last_try,    // not spent
    pin_blocked,
    pin_missing,
    pin_malformed,  // refused before it reached the card
    no_key,         // the slot holds no key or certificate
    busy,           // another program holds the card
    timeout,
    unsupported,  // algorithm or key size
    internal,
};

struct Reader {
    std::string name;
    static constexpr auto kFields = std::tuple{field<1>(&Reader::name, 128)};
};
// All readers that the configuration allows, sent after the welcome and at every change.
struct Readers {
    static constexpr auto kType = MessageType::readers;
    std::vector<Reader> readers;
    static constexpr auto kFields = std::tuple{field<1>(&Readers::readers, 16)};
};
// `counter` is the reader's count of insertions and removals (upper half of dwEventState): it names this one visit of a
// card.
struct CardPresent {
    static constexpr auto kType = MessageType::card_present;
    std::string reader;
    std::uint32_t counter{};
    static constexpr auto kFields = std::tuple{field<1>(&CardPresent::reader, 128), field<2>(&CardPresent::counter)};
};
struct CardAbsent {
    static constexpr auto kType = MessageType::card_absent;
    std::string reader;
    std::uint32_t counter{};
    static constexpr auto kFields = std::tuple{field<1>(&CardAbsent::reader, 128), field<2>(&CardAbsent::counter)};
};
struct Identify {
    static constexpr auto kType = MessageType::identify;
    Request request{};
    std::string reader;
    std::uint32_t counter{};
    static constexpr auto kFields =
        std::tuple{field<1>(&Identify::request), field<2>(&Identify::reader, 128), field<3>(&Identify::counter)};
};
// One key that the card says it has. Untrusted until it signed.
struct CardReference {
    CardType type{};
    CardSlot slot{};
    CardKey key;
    Bytes public_id;  // Lite-S: the 16-byte ID block; identifier cards: the IDm or UID
    PinState pin{};
    std::uint8_t tries{};  // meaningful with PinState::ready
    static constexpr auto kFields = std::tuple{field<1>(&CardReference::type), field<2>(&CardReference::slot),
                                               field<3>(&CardReference::key),  field<4>(&CardReference::public_id, 16),
                                               field<5>(&CardReference::pin),  field<6>(&CardReference::tries)};
};
struct Identified {
    static constexpr auto kType = MessageType::identified;
    Request request{};
    std::vector<CardReference> references;
    static constexpr auto kFields = std::tuple{field<1>(&Identified::request), field<2>(&Identified::references, 4)};
};
// `digest` is the hash of the transcript that the scheme wants (SHA-256 or SHA-384); the worker pads it for RSA.
struct SignChallenge {
    static constexpr auto kType = MessageType::sign_challenge;
    Request request{};
    std::string reader;
    std::uint32_t counter{};
    CardType type{};
    CardSlot slot{};
    SignatureScheme scheme{};
    Bytes digest;
    SecureBytes pin;  // empty for a slot without one
    static constexpr auto kFields = std::tuple{
        field<1>(&SignChallenge::request),    field<2>(&SignChallenge::reader, 128), field<3>(&SignChallenge::counter),
        field<4>(&SignChallenge::type),       field<5>(&SignChallenge::slot),        field<6>(&SignChallenge::scheme),
        field<7>(&SignChallenge::digest, 48), field<8>(&SignChallenge::pin, 64)};
};
struct SignedChallenge {
    static constexpr auto kType = MessageType::signed_challenge;
    Request request{};
    Bytes signature;
    static constexpr auto kFields =
        std::tuple{field<1>(&SignedChallenge::request), field<2>(&SignedChallenge::signature, 1024)};
};
// Enrolment: what there is to store. slot none = the worker's choice (PIV: 9E if present, else 9A).
struct ReadCard {
    static constexpr auto kType = MessageType::read_card;
    Request request{};
    std::string reader;
    std::uint32_t counter{};
    CardSlot slot{};
    static constexpr auto kFields = std::tuple{field<1>(&ReadCard::request), field<2>(&ReadCard::reader, 128),
                                               field<3>(&ReadCard::counter), field<4>(&ReadCard::slot)};
};
struct CardData {
    static constexpr auto kType = MessageType::card_data;
    Request request{};
    CardReference reference;
    Bytes spki;  // SubjectPublicKeyInfo, DER; empty for Lite-S and identifiers
    SignatureScheme scheme{};
    ChainState chain{};
    std::uint64_t not_before{}, not_after{};  // ms since the epoch; 0: none
    std::uint8_t ic_code{};                   // FeliCa: PMm byte 1
    static constexpr auto kFields =
        std::tuple{field<1>(&CardData::request),   field<2>(&CardData::reference), field<3>(&CardData::spki, 1024),
                   field<4>(&CardData::scheme),    field<5>(&CardData::chain),     field<6>(&CardData::not_before),
                   field<7>(&CardData::not_after), field<8>(&CardData::ic_code)};
};
struct CardFailed {
    static constexpr auto kType = MessageType::card_failed;
    Request request{};
    CardFault fault{};
    std::uint8_t tries{};
    static constexpr auto kFields =
        std::tuple{field<1>(&CardFailed::request), field<2>(&CardFailed::fault), field<3>(&CardFailed::tries)};
};
// FeliCa Lite-S in two rounds over one powered session (facts of the flow: docs/PROTOCOL.md). The card key stays in the
// broker. Round 1: write RC, read ID, CKV and MAC_A, then WCNT. Block order on the card: 80 <- rc; read [82,86,91];
// read [90].
struct LiteSChallenge {
    static constexpr auto kType = MessageType::lite_s_challenge;
    Request request{};
    std::string reader;
    std::uint32_t counter{};
    Block rc{};
    static constexpr auto kFields =
        std::tuple{field<1>(&LiteSChallenge::request), field<2>(&LiteSChallenge::reader, 128),
                   field<3>(&LiteSChallenge::counter), field<4>(&LiteSChallenge::rc)};
};
struct LiteSAnswer {
    static constexpr auto kType = MessageType::lite_s_answer;
    Request request{};
    Block id{}, ckv{}, mac_a{}, wcnt{};
    static constexpr auto kFields =
        std::tuple{field<1>(&LiteSAnswer::request), field<2>(&LiteSAnswer::id), field<3>(&LiteSAnswer::ckv),
                   field<4>(&LiteSAnswer::mac_a), field<5>(&LiteSAnswer::wcnt)};
};
// Round 2, same request: write [92 state, 91 mac_a], read [92, 91].
struct LiteSAuthenticate {
    static constexpr auto kType = MessageType::lite_s_authenticate;
    Request request{};
    Block state{}, mac_a{};
    static constexpr auto kFields =
        std::tuple{field<1>(&LiteSAuthenticate::request), field<2>(&LiteSAuthenticate::state),
                   field<3>(&LiteSAuthenticate::mac_a)};
};
struct LiteSConfirmed {
    static constexpr auto kType = MessageType::lite_s_confirmed;
    Request request{};
    Block state{}, mac_a{};
    static constexpr auto kFields = std::tuple{field<1>(&LiteSConfirmed::request), field<2>(&LiteSConfirmed::state),
                                               field<3>(&LiteSConfirmed::mac_a)};
};
// The broker wants nothing more of this request: power the card down.
struct Release {
    static constexpr auto kType = MessageType::release;
    Request request{};
    static constexpr auto kFields = std::tuple{field<1>(&Release::request)};
};

// Bounds of the enums that travel.
template <>
inline constexpr std::uint64_t kLast<WorkerClass> = static_cast<std::uint64_t>(WorkerClass::fleet);
template <>
inline constexpr std::uint64_t kLast<PinState> = static_cast<std::uint64_t>(PinState::unknown);
template <>
inline constexpr std::uint64_t kLast<SignatureScheme> = static_cast<std::uint64_t>(SignatureScheme::ecdsa_p384_sha384);
template <>
inline constexpr std::uint64_t kLast<ChainState> = static_cast<std::uint64_t>(ChainState::weak_key);
template <>
inline constexpr std::uint64_t kLast<CardFault> = static_cast<std::uint64_t>(CardFault::internal);
template <>
inline constexpr std::uint64_t kLast<CardType> = static_cast<std::uint64_t>(CardType::idm);
template <>
inline constexpr std::uint64_t kLast<CardSlot> = static_cast<std::uint64_t>(CardSlot::jpki_auth);

}  // namespace sekimori::wire
