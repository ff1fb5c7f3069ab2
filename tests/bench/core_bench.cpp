// SPDX-License-Identifier: Apache-2.0
// The parts of a login that only compute: the transaction's machine, the wire, a card's signature.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "core/transaction.hpp"
#include "core/transcript.hpp"
#include "crypto/verifier.hpp"
#include "protocol/schema.hpp"
#include "tests/unit/core/proofs.hpp"

namespace sekimori {
namespace {

using Bytes = std::vector<std::uint8_t>;

// ---- the machine: card already there, card and finger, granted

void transaction(benchmark::State& bench) {
    const auto id = test::id_of<TransactionId>(1);
    const auto person = test::id_of<PersonId>(1);
    const auto card = test::id_of<CardId>(1);
    const CardVisit visit{0, 1};
    const Candidate candidate{
        visit, person, card, CardSlot::piv_9e, *FactorSet::parse("card+finger"), Presence::hold, Ask::no, Ask::no, 0};
    const std::array<TransactionEvent, 6> events{
        event::CardFits{candidate},
        event::CardProved{test::card_proofs(id, person, card, CardSlot::piv_9e)},
        event::Charged{},
        event::FingerArmed{},
        event::FingerMatched{test::finger_proof(id, person)},
        event::Recorded{}};
    const TransactionPolicy policy;
    for ([[maybe_unused]] auto _ : bench) {
        Transaction now = begin(policy, id, Several::take_first, {visit}, Millis{0}).transaction;
        for (const TransactionEvent& event : events) now = step(policy, std::move(now), event, Millis{1}).transaction;
        if (now.granted() == nullptr) return bench.SkipWithError("not granted");
    }
}
BENCHMARK(transaction);

// ---- the wire

wire::Begin small_message() { return {"login", "hanako", "tty1", "", "", wire::Intent::login, wire::Trial::no}; }

// As large as a finger's template gets.
wire::GalleryItem large_message() {
    wire::GalleryItem item;
    item.data = SecureBytes(Bytes(std::size_t{12} * 1024, 0x5a));
    return item;
}

template <class Message>
void encode(benchmark::State& bench, Message (*make)()) {
    const Message message = make();
    for ([[maybe_unused]] auto _ : bench) {
        auto bytes = wire::encode(message);
        if (!bytes) return bench.SkipWithError("not encoded");
        benchmark::DoNotOptimize(bytes);
    }
}
BENCHMARK_CAPTURE(encode, begin, small_message);
BENCHMARK_CAPTURE(encode, gallery_item_12KiB, large_message);

template <class Message>
void decode(benchmark::State& bench, Message (*make)()) {
    const auto bytes = wire::encode(make());
    if (!bytes) return bench.SkipWithError("not encoded");
    for ([[maybe_unused]] auto _ : bench) {
        auto message = wire::decode<Message>(bytes->span());
        if (!message) return bench.SkipWithError("not decoded");
        benchmark::DoNotOptimize(message);
    }
}
BENCHMARK_CAPTURE(decode, begin, small_message);
BENCHMARK_CAPTURE(decode, gallery_item_12KiB, large_message);

// ---- a card's signature over a transcript

struct Freed {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

struct Signed {
    Bytes spki, message, signature;
};

Signed sign(EVP_PKEY* raw, const EVP_MD* hash) {
    const std::unique_ptr<EVP_PKEY, Freed> key(raw);
    Transcript transcript;
    transcript.service = "login";
    transcript.account = "hanako";
    Signed out;
    out.message = transcript.bytes();
    out.spki.resize(static_cast<std::size_t>(i2d_PUBKEY(key.get(), nullptr)));
    unsigned char* end = out.spki.data();
    i2d_PUBKEY(key.get(), &end);
    const std::unique_ptr<EVP_MD_CTX, Freed> context(EVP_MD_CTX_new());
    out.signature.resize(512);
    std::size_t size = out.signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), out.signature.data(), &size, out.message.data(), out.message.size()) != 1)
        std::abort();
    out.signature.resize(size);
    return out;
}

void verify(benchmark::State& bench, wire::SignatureScheme scheme, const Signed& given) {
    crypto::OpenSslVerifier verifier;
    for ([[maybe_unused]] auto _ : bench)
        if (!verifier.verify(given.spki, static_cast<std::uint8_t>(scheme), given.message, given.signature))
            return bench.SkipWithError("refused");
}
void verify_rsa_2048(benchmark::State& bench) {
    verify(bench, wire::SignatureScheme::rsa_pkcs1_sha256,
           sign(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}), EVP_sha256()));
}
void verify_p256(benchmark::State& bench) {
    verify(bench, wire::SignatureScheme::ecdsa_p256_sha256,
           sign(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_sha256()));
}
void verify_p384(benchmark::State& bench) {
    verify(bench, wire::SignatureScheme::ecdsa_p384_sha384,
           sign(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"), EVP_sha384()));
}
BENCHMARK(verify_rsa_2048);
BENCHMARK(verify_p256);
BENCHMARK(verify_p384);

}  // namespace
}  // namespace sekimori
