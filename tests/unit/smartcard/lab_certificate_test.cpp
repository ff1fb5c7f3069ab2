// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <ctime>

#include <filesystem>
#include <fstream>
#include <map>

#include "smartcard/apdu/tlv.hpp"
#include "smartcard/certificate/certificate.hpp"
#include "tests/lab/cards/mint.hpp"

namespace sekimori::smartcard {
namespace {

namespace fs = std::filesystem;
using wire::ChainState;

const lab::Key& key(lab::KeyKind kind = lab::KeyKind::P256) {
    static std::map<lab::KeyKind, lab::Key> keys;
    const auto at = keys.find(kind);
    return at != keys.end() ? at->second : keys.emplace(kind, *lab::Key::generate(kind)).first->second;
}
const lab::Ca& ca() {
    static const lab::Ca made = *lab::Ca::create(lab::KeyKind::P256);
    return made;
}
// Made like the first: the same subject, another key.
const lab::Ca& other_ca() {
    static const lab::Ca made = *lab::Ca::create(lab::KeyKind::P256);
    return made;
}

X509Ptr parse(const Bytes& der) {
    const unsigned char* at = der.data();
    return X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}
Roots roots(std::initializer_list<const lab::Ca*> list) {
    Roots made;
    for (const lab::Ca* item : list) made.add(parse(item->certificate()));
    return made;
}
Bytes leaf(const lab::Leaf& wanted = {.subject = "Lab Staff"}, const lab::Ca& issuer = ca(),
           const lab::Key& subject = key()) {
    return *issuer.issue(subject, wanted);
}
ChainState state(const Bytes& der, const Roots& trusted, CardType type = CardType::piv, std::time_t later = 0) {
    const auto facts = inspect(der, type, &trusted, std::time(nullptr) + later);
    EXPECT_TRUE(facts.has_value());
    return facts->chain;
}
constexpr std::time_t kDay = 24L * 60 * 60;

TEST(Certificate, WhatThereIsToStore) {
    const auto facts = inspect(leaf(), CardType::piv, nullptr, std::time(nullptr));
    ASSERT_TRUE(facts.has_value());
    EXPECT_EQ(to_hex(facts->spki), to_hex(key().spki()));
    EXPECT_EQ(facts->scheme, wire::SignatureScheme::ecdsa_p256_sha256);
    EXPECT_LT(facts->not_before, static_cast<std::uint64_t>(std::time(nullptr)) * 1000);
    EXPECT_GT(facts->not_after, static_cast<std::uint64_t>(std::time(nullptr) + 1820 * kDay) * 1000);
}

// The small walk of every login and OpenSSL's of the enrolment must name the same key.
TEST(Certificate, BothParsersAgreeOnTheKey) {
    for (const auto kind : {lab::KeyKind::P256, lab::KeyKind::P384, lab::KeyKind::Rsa2048}) {
        const Bytes der = leaf({.subject = "C=JP,CN=x"}, ca(), key(kind));
        EXPECT_EQ(to_hex(*spki_of(der)), to_hex(inspect(der, CardType::piv, nullptr, 0)->spki));
    }
}

TEST(Certificate, SchemesOfKeys) {
    const auto scheme = [](lab::KeyKind kind) {
        return inspect(leaf({.subject = "x"}, ca(), key(kind)), CardType::piv, nullptr, 0)->scheme;
    };
    EXPECT_EQ(scheme(lab::KeyKind::P384), wire::SignatureScheme::ecdsa_p384_sha384);
    EXPECT_EQ(scheme(lab::KeyKind::Rsa2048), wire::SignatureScheme::rsa_pkcs1_sha256);
}

TEST(Certificate, Chains) {
    EXPECT_EQ(state(leaf(), roots({})), ChainState::no_roots);
    EXPECT_EQ(state(leaf(), roots({&ca()})), ChainState::verified);
    EXPECT_EQ(state(leaf(), roots({&other_ca()})), ChainState::untrusted);
    EXPECT_EQ(inspect(leaf(), CardType::piv, nullptr, std::time(nullptr))->chain, ChainState::untrusted);
}

// JPKI's roots share a subject over three generations.
TEST(Certificate, RootsOfOneNameInAnyOrder) {
    const Bytes der = leaf({.subject = "x", .authority_key_id = lab::AuthorityKeyId::Missing});
    EXPECT_EQ(state(der, roots({&ca(), &other_ca()})), ChainState::verified);
    EXPECT_EQ(state(der, roots({&other_ca(), &ca()})), ChainState::verified);
    EXPECT_EQ(state(der, roots({&other_ca()})), ChainState::untrusted);
}

TEST(Certificate, DatesCountWithAndWithoutRoots) {
    const Bytes over = leaf({.subject = "x", .from_days = -10, .to_days = -1});
    const Bytes early = leaf({.subject = "x", .from_days = 1, .to_days = 10});
    for (const Roots& trusted : {roots({}), roots({&ca()})}) {
        EXPECT_EQ(state(over, trusted), ChainState::expired);
        EXPECT_EQ(state(early, trusted), ChainState::not_yet_valid);
        EXPECT_EQ(state(leaf(), trusted, CardType::piv, 1830 * kDay), ChainState::expired);
    }
}

TEST(Certificate, ATestHierarchyIsAlwaysCalledSo) {
    const lab::Ca test = *lab::Ca::create(lab::KeyKind::P256, lab::Hierarchy::Test);
    const Bytes good = leaf({.subject = "x"}, test);
    const Bytes over = leaf({.subject = "x", .from_days = -10, .to_days = -1}, test);
    EXPECT_EQ(state(good, roots({})), ChainState::test_hierarchy);
    EXPECT_EQ(state(good, roots({&test})), ChainState::test_hierarchy);
    EXPECT_EQ(state(over, roots({&test})), ChainState::test_hierarchy);
}

TEST(Certificate, UseAndStrength) {
    EXPECT_EQ(state(leaf({.subject = "x", .purpose = lab::Purpose::ServerAuth}), roots({&ca()})),
              ChainState::wrong_usage);
    EXPECT_EQ(state(ca().certificate(), roots({&ca()})), ChainState::wrong_usage);  // an authority is no card
    EXPECT_EQ(state(leaf({.subject = "x"}, ca(), key(lab::KeyKind::Rsa1024)), roots({&ca()})), ChainState::weak_key);
}

TEST(Certificate, GarbageIsUnreadable) {
    const Bytes good = leaf();
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, good.size() / 2, good.size() - 1})
        EXPECT_EQ(inspect(std::span(good).first(size), CardType::piv, nullptr, 0).error().fault, CardFault::unreadable);
    Bytes longer = good;
    longer.push_back(0);
    EXPECT_EQ(inspect(longer, CardType::piv, nullptr, 0).error().fault, CardFault::unreadable);
}

class RootsDirectory : public testing::Test {
  protected:
    RootsDirectory() {
        std::string name = (fs::temp_directory_path() / "sekimori-roots-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~RootsDirectory() override { fs::remove_all(directory_); }
    void write(const std::string& name, const Bytes& bytes) {
        std::ofstream(directory_ / name, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    fs::path directory_;
};

TEST_F(RootsDirectory, DerAndPemFiles) {
    write("one.crt", ca().certificate());
    const X509Ptr other = parse(other_ca().certificate());
    const BioPtr pem(BIO_new(BIO_s_mem()));
    ASSERT_EQ(PEM_write_bio_X509(pem.get(), other.get()), 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(pem.get(), &text);
    write("two.pem", Bytes(text, text + size));
    const auto loaded = Roots::load(directory_.string());
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->anchors().size(), 2U);
    EXPECT_EQ(state(leaf(), *loaded), ChainState::verified);
}

TEST_F(RootsDirectory, ALeafAmongThemIsNoAnchor) {
    write("leaf.crt", leaf());
    const auto loaded = Roots::load(directory_.string());
    ASSERT_TRUE(loaded.has_value());
    EXPECT_TRUE(loaded->anchors().empty());
}

TEST_F(RootsDirectory, WhatIsWrongIsSaid) {
    EXPECT_EQ(Roots::load((directory_ / "none").string()).error().code, ErrorCode::not_found);
    EXPECT_TRUE(Roots::load("")->empty());
    write("bad.crt", Bytes(100, 'x'));
    EXPECT_EQ(Roots::load(directory_.string()).error().code, ErrorCode::malformed);
    write("bad.crt", Bytes(300UL * 1024, 'x'));
    EXPECT_EQ(Roots::load(directory_.string()).error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace sekimori::smartcard
