// SPDX-License-Identifier: Apache-2.0
// What travels beside the chain: every byte of it is under a signature, a seal or a MAC, and for one reader only.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/es256.hpp"
#include "ledger/blob.hpp"
#include "ledger/group_key.hpp"
#include "ledger/join.hpp"
#include "tests/unit/ledger/world.hpp"

namespace sekimori::test {
namespace {

const LedgerId kLedger{{1, 2, 3}};

TEST(Records, AHeartbeatIsOfOneKeyAndLedger) {
    const auto key = make_key();
    const Heartbeat beat{.ledger = kLedger, .epoch = 3, .seq = 7, .hash = {1}, .time = 99};
    const auto sealed = sign_record(beat, signer_of(key)).value();
    const auto opened = open_record<Heartbeat>(sealed, key.public_key(), kLedger);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->seq, 7U);
    EXPECT_EQ(opened->epoch, 3U);
    EXPECT_EQ(open_record<Heartbeat>(sealed, make_key().public_key(), kLedger).error().code, ErrorCode::mismatch);
    EXPECT_EQ(open_record<Heartbeat>(sealed, key.public_key(), LedgerId{{9}}).error().code, ErrorCode::mismatch);
    for (std::size_t at = 0; at < sealed.bytes.size(); ++at) {
        SignedRecord damaged = sealed;
        damaged.bytes[at] ^= 1;
        EXPECT_FALSE(open_record<Heartbeat>(damaged, key.public_key(), kLedger)) << at;
    }
}

TEST(Records, OneKindIsNotAnother) {
    const auto key = make_key();
    const TrailHead head{.ledger = kLedger, .terminal = id_of<TerminalId>(1), .seq = 1, .hash = {}, .time = 1};
    const auto sealed = sign_record(head, signer_of(key)).value();
    EXPECT_TRUE(open_record<TrailHead>(sealed, key.public_key(), kLedger));
    EXPECT_EQ(open_record<Acknowledgement>(sealed, key.public_key(), kLedger).error().code, ErrorCode::mismatch);
    EXPECT_EQ(open_record<Heartbeat>(sealed, key.public_key(), kLedger).error().code, ErrorCode::mismatch);
}

TEST(Records, ALaterFormatIsNotGuessed) {
    const auto key = make_key();
    const Heartbeat beat{.fmt = 2, .ledger = kLedger};
    EXPECT_EQ(open_record<Heartbeat>(sign_record(beat, signer_of(key)).value(), key.public_key(), kLedger).error().code,
              ErrorCode::unsupported);
}

TEST(Records, AKeyOnACardSignsAsWell) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"),
                                                                  EVP_PKEY_free);
    ASSERT_TRUE(key);
    std::uint8_t* der = nullptr;
    const int size = i2d_PUBKEY(key.get(), &der);
    ASSERT_GT(size, 0);
    const Bytes spki(der, der + size);
    OPENSSL_free(der);
    const auto point = crypto::p256_of_spki(spki);
    ASSERT_TRUE(point) << point.error().message;
    const Signer card = [&](crypto::Label label, ByteSpan bytes) -> Result<crypto::Signature> {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        const Bytes message = crypto::concat({label.bytes(), bytes});
        std::array<std::uint8_t, 80> out{};
        std::size_t used = out.size();
        EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()), 1);
        EXPECT_EQ(EVP_DigestSign(context.get(), out.data(), &used, message.data(), message.size()), 1);
        return crypto::es256_from_der(ByteSpan(out).first(used));
    };
    Statement statement;
    statement.ledger = kLedger;
    statement.key = key_id(*point);
    statement.type = StatementType::key_epoch;
    for (int round = 0; round < 20; ++round) {  // r and s with leading zeros and without
        statement.issued_at = static_cast<std::uint64_t>(round);
        auto sealed = sign_statement(statement, card).value();
        EXPECT_TRUE(open_statement(sealed, *point, kLedger));
        sealed.bytes.back() ^= 1;
        EXPECT_EQ(open_statement(sealed, *point, kLedger).error().code, ErrorCode::mismatch);
    }
    crypto::P256Point none = *point;
    none[0] = 9;
    EXPECT_EQ(crypto::verify_es256(none, crypto::Label("x"), {}, crypto::Signature{}).error().code,
              ErrorCode::malformed);
    EXPECT_EQ(crypto::es256_from_der(Bytes{0x30, 2, 2}).error().code, ErrorCode::malformed);
    EXPECT_FALSE(crypto::p256_of_spki(Bytes{0x30}));
    EXPECT_EQ(verify_by(Bytes(31), crypto::Label("x"), {}, {}).error().code, ErrorCode::malformed);
}

TEST(GroupKey, OpensForItsTerminalOnly) {
    crypto::SystemRng rng;
    const auto mine = crypto::BoxKey::generate(rng).value();
    const auto other = crypto::BoxKey::generate(rng).value();
    const Bytes key(32, 7);
    const GroupKeyFor what{kLedger, id_of<TerminalId>(1), id_of<GroupId>(2), 3};
    const auto sealed = wrap_group_key(mine.public_key(), what, key, rng).value();
    const auto opened = unwrap_group_key(mine, what, sealed);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(SecureBytes::equal(opened->span(), key));
    EXPECT_FALSE(unwrap_group_key(other, what, sealed));
    for (const GroupKeyFor& wrong : {GroupKeyFor{LedgerId{{9}}, what.terminal, what.group, 3},
                                     GroupKeyFor{kLedger, id_of<TerminalId>(9), what.group, 3},
                                     GroupKeyFor{kLedger, what.terminal, id_of<GroupId>(9), 3},
                                     GroupKeyFor{kLedger, what.terminal, what.group, 2}})
        EXPECT_FALSE(unwrap_group_key(mine, wrong, sealed));
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        Bytes damaged = sealed;
        damaged[at] ^= 0x40;
        EXPECT_FALSE(unwrap_group_key(mine, what, damaged)) << at;
    }
    EXPECT_EQ(unwrap_group_key(mine, what, Bytes(10)).error().code, ErrorCode::malformed);
    EXPECT_FALSE(wrap_group_key({}, what, key, rng)) << "a point of small order";
    EXPECT_EQ(wrap_group_key(mine.public_key(), what, Bytes(31), rng).error().code, ErrorCode::invalid_argument);
}

TEST(GroupKey, APersonsKeyIsWrappedForEachGroup) {
    crypto::SystemRng rng;
    const Bytes one(32, 1), two(32, 2), data(32, 3);
    const PersonId person = id_of<PersonId>(1);
    const auto wrapped = wrap_person_key(one, kLedger, person, data, rng).value();
    EXPECT_TRUE(unwrap_person_key(one, kLedger, person, wrapped));
    EXPECT_FALSE(unwrap_person_key(two, kLedger, person, wrapped));
    EXPECT_FALSE(unwrap_person_key(one, kLedger, id_of<PersonId>(2), wrapped));
}

JoinToken some_token() {
    JoinToken token;
    token.ledger = kLedger;
    token.author = Bytes(32, 5);
    token.server = "db1:5432,db2:5432";
    token.ca = Bytes(501, 6);
    token.id = id_of<TokenId>(4);
    token.secret = SecureBytes(Bytes(kTokenSecret, 8));
    return token;
}
std::string text_of(const SecureBytes& bytes) { return {bytes.span().begin(), bytes.span().end()}; }

TEST(Join, ATokenIsPrintedAndRead) {
    for (std::size_t ca = 0; ca < 5; ++ca) {  // every rest of a division by three
        JoinToken token = some_token();
        token.ca.resize(ca);
        const std::string text = text_of(print_token(token).value());
        const auto read = parse_token("  " + text.substr(0, 20) + "\n" + text.substr(20) + "\n");
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(read->server, token.server);
        EXPECT_EQ(read->ca, token.ca);
        EXPECT_TRUE(SecureBytes::equal(read->secret.span(), token.secret.span()));
        EXPECT_FALSE(parse_token(text.substr(0, text.size() - 6)));
        EXPECT_FALSE(parse_token(text.substr(1)));
        EXPECT_FALSE(parse_token(text + "!"));
    }
    EXPECT_EQ(parse_token("").error().code, ErrorCode::malformed);
    EXPECT_EQ(parse_token(std::string(20'000, 'A')).error().code, ErrorCode::malformed);
}

TEST(Join, WhatTheServerCarriesItCannotChange) {
    const JoinToken token = some_token();
    JoinToken other = some_token();
    other.secret = SecureBytes(Bytes(kTokenSecret, 9));
    JoinToken elsewhere = some_token();
    elsewhere.ledger = LedgerId{{9}};
    const JoinAsk ask{.ledger = kLedger,
                      .token = token.id,
                      .terminal = id_of<TerminalId>(1),
                      .sign = {1},
                      .box = {2},
                      .csr = Bytes(300, 1)};
    const auto sealed = mac_record(ask, token.secret.span()).value();
    ASSERT_TRUE(open_maced<JoinAsk>(sealed, token));
    EXPECT_EQ(open_maced<JoinAsk>(sealed, other).error().code, ErrorCode::mismatch);
    EXPECT_EQ(open_maced<JoinAsk>(sealed, elsewhere).error().code, ErrorCode::mismatch);
    EXPECT_EQ(open_maced<JoinReply>(sealed, token).error().code, ErrorCode::mismatch) << "sent back";
    for (std::size_t at = 0; at < sealed.bytes.size(); at += 7) {
        MacedRecord damaged = sealed;
        damaged.bytes[at] ^= 1;
        EXPECT_EQ(open_maced<JoinAsk>(damaged, token).error().code, ErrorCode::mismatch);
    }
    EXPECT_FALSE(join_mac({}, JoinAsk::kLabel, {}));
}

TEST(Join, AReplyHoldsAStatementAndKeys) {
    World world;
    const JoinToken token = some_token();
    const auto said = world.say(world.authority, StatementType::terminal, id_of<TerminalId>(1).bytes,
                                TerminalBody{"t", id_of<GroupId>(1), {}, {}, {}});
    const GroupKeyRecord key{.ledger = kLedger,
                             .terminal = id_of<TerminalId>(1),
                             .group = id_of<GroupId>(1),
                             .generation = 1,
                             .sealed = Bytes(92, 1)};
    JoinReply reply{.ledger = kLedger,
                    .token = token.id,
                    .terminal = id_of<TerminalId>(1),
                    .certificate = Bytes(900, 3),
                    .statement = said.sealed,
                    .keys = {}};
    reply.keys.push_back(sign_record(key, signer_of(world.authority)).value());
    const auto sealed = mac_record(reply, token.secret.span()).value();
    const auto opened = open_maced<JoinReply>(sealed, token);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_TRUE(open_statement(opened->statement, raw(world.authority), kLedger));
    ASSERT_EQ(opened->keys.size(), 1U);
    EXPECT_TRUE(open_record<GroupKeyRecord>(opened->keys[0], raw(world.authority), kLedger));
}

}  // namespace
}  // namespace sekimori::test
