// SPDX-License-Identifier: Apache-2.0
// Hashes, key derivation, AES-GCM and Ed25519 against published vectors, and what must not work.
#include <gtest/gtest.h>

#include "crypto/aead.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/kdf.hpp"
#include "crypto/system.hpp"

namespace sekimori::crypto {
namespace {

std::vector<std::uint8_t> hex(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) bytes.push_back((*from_hex<1>(text.substr(i, 2)))[0]);
    return bytes;
}

// Gives out what the test wants to be "random".
class FixedRng final : public Rng {
  public:
    explicit FixedRng(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
    Status fill(std::span<std::uint8_t> out) override {
        if (out.size() > bytes_.size()) return fail(ErrorCode::io, "no more");
        std::copy_n(bytes_.begin(), out.size(), out.begin());
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(out.size()));
        return {};
    }

  private:
    std::vector<std::uint8_t> bytes_;
};

// FIPS 180-4 examples.
TEST(Hash, Vectors) {
    EXPECT_EQ(to_hex(sha256({bytes_of("abc")})), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(sha256({bytes_of("a"), {}, bytes_of("bc")})), to_hex(sha256({bytes_of("abc")})));
    EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha384({bytes_of("abc")})),
              "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
}

TEST(Hash, ALabelEndsWithAZero) {
    constexpr Label label("ab");
    EXPECT_EQ(label.bytes().size(), 3U);
    EXPECT_EQ(label.bytes()[2], 0);
}

// The keys of RFC 5869's test cases are shorter than hkdf() takes: computed from its definition with Python's hmac.
TEST(Hkdf, VectorLabelsAndContexts) {
    const std::vector<std::uint8_t> key(32, 0x0b);
    const auto one = hkdf(key, "one");
    const auto again = hkdf(key, "one");
    const auto two = hkdf(key, "two");
    const auto context = hkdf(key, "one", bytes_of("x"));
    ASSERT_TRUE(one && again && two && context);
    EXPECT_EQ(to_hex(one->span()), "0f2431244c80ed3114a1930fb6de37d87da1ebd3f8358a210f3d44e996f8a1d8");
    EXPECT_TRUE(SecureBytes::equal(one->span(), again->span()));
    EXPECT_FALSE(SecureBytes::equal(one->span(), two->span()));
    EXPECT_FALSE(SecureBytes::equal(one->span(), context->span()));
    EXPECT_EQ(hkdf(ByteSpan(key).first(16), "one").error().code, ErrorCode::invalid_argument);
}

// RFC 7914 section 12 uses salts that scrypt() finds too short; this one was computed with another implementation
// (Python's hashlib.scrypt).
TEST(Scrypt, VectorAndBounds) {
    const auto key = scrypt(bytes_of("pleaseletmein"), bytes_of("SodiumChlorideSodiumChloride"), {14, 8, 1});
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->span()), "1073a16c2cd56ec6123cde38d36c1a8ec07f8af8ccec9e962316ef3a480150f2");
    EXPECT_EQ(scrypt({}, bytes_of("SodiumChlorideSodiumChloride"), {14, 8, 1}).error().code,
              ErrorCode::invalid_argument);
    EXPECT_EQ(scrypt(bytes_of("p"), bytes_of("short"), {14, 8, 1}).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(scrypt(bytes_of("p"), bytes_of("SodiumChloride!!"), {30, 8, 1}).error().code, ErrorCode::unsupported);
    EXPECT_TRUE(acceptable({20, 8, 1}));
    EXPECT_FALSE(acceptable({20, 9, 1}));
    EXPECT_FALSE(acceptable({13, 8, 1}));
}

// McGrew and Viega, test case 16 (AES-256, 96-bit IV, associated data).
TEST(Aead, Vector) {
    const auto key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const auto plain =
        hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa"
            "0de657"
            "ba637b39");
    const auto ad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    FixedRng rng(hex("cafebabefacedbaddecaf888"));
    const auto sealed = seal(key, ad, plain, rng);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(
        to_hex(*sealed),
        "cafebabefacedbaddecaf888522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b0"
        "8b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
    const auto opened = open(key, ad, *sealed);
    ASSERT_TRUE(opened);
    EXPECT_EQ(to_hex(opened->span()), to_hex(plain));
}

TEST(Aead, NothingButTheSameOpens) {
    SystemRng rng;
    const std::vector<std::uint8_t> key(32, 1);
    const auto sealed = seal(key, bytes_of("ad"), bytes_of("plain"), rng);
    ASSERT_TRUE(sealed);
    EXPECT_TRUE(open(key, bytes_of("ad"), *sealed));
    EXPECT_EQ(open(key, bytes_of("da"), *sealed).error().code, ErrorCode::mismatch);
    EXPECT_EQ(open(std::vector<std::uint8_t>(32, 2), bytes_of("ad"), *sealed).error().code, ErrorCode::mismatch);
    for (std::size_t at = 0; at < sealed->size(); ++at) {
        auto damaged = *sealed;
        damaged[at] ^= 1;
        EXPECT_EQ(open(key, bytes_of("ad"), damaged).error().code, ErrorCode::mismatch) << at;
    }
    for (std::size_t size = 0; size < sealed->size(); ++size)
        EXPECT_EQ(open(key, bytes_of("ad"), ByteSpan(*sealed).first(size)).error().code, ErrorCode::mismatch);
    EXPECT_EQ(open(std::vector<std::uint8_t>(16, 1), {}, *sealed).error().code, ErrorCode::invalid_argument);
}

TEST(Aead, EmptyIsSealedToo) {
    SystemRng rng;
    const std::vector<std::uint8_t> key(32, 1);
    const auto sealed = seal(key, {}, {}, rng);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->size(), kSealOverhead);
    const auto opened = open(key, {}, *sealed);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(opened->empty());
    EXPECT_FALSE(open(key, bytes_of("x"), *sealed));
}

TEST(Aead, ANonceIsNotUsedTwice) {
    SystemRng rng;
    const std::vector<std::uint8_t> key(32, 1);
    EXPECT_NE(seal(key, {}, bytes_of("x"), rng), seal(key, {}, bytes_of("x"), rng));
    FixedRng none({});
    EXPECT_EQ(seal(key, {}, bytes_of("x"), none).error().code, ErrorCode::io);
}

// RFC 8032, 7.1, test 1: the public key; signatures of ours begin with a label, so they have no vector there.
TEST(Ed25519, PublicKeyOfASeed) {
    const auto key = SigningKey::from_seed(hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->public_key()), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    EXPECT_FALSE(SigningKey::from_seed(hex("00")));
}

TEST(Ed25519, SignsUnderItsLabel) {
    SystemRng rng;
    const auto key = SigningKey::generate(rng);
    const auto other = SigningKey::generate(rng);
    ASSERT_TRUE(key && other);
    const auto signature = key->sign("label", bytes_of("bytes"));
    ASSERT_TRUE(signature);
    EXPECT_TRUE(verify(key->public_key(), "label", bytes_of("bytes"), *signature));
    EXPECT_EQ(verify(key->public_key(), "lebal", bytes_of("bytes"), *signature).error().code, ErrorCode::mismatch);
    EXPECT_EQ(verify(key->public_key(), "label", bytes_of("Bytes"), *signature).error().code, ErrorCode::mismatch);
    EXPECT_EQ(verify(other->public_key(), "label", bytes_of("bytes"), *signature).error().code, ErrorCode::mismatch);
    EXPECT_EQ(verify(key->public_key(), "label", bytes_of("bytes"), ByteSpan(*signature).first(63)).error().code,
              ErrorCode::mismatch);
    EXPECT_FALSE(verify(key->public_key(), "label", bytes_of("bytes"), {}));
    FixedRng none({});
    EXPECT_FALSE(SigningKey::generate(none));
}

}  // namespace
}  // namespace sekimori::crypto
