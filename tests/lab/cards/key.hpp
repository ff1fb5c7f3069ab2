// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/evp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "tests/lab/bytes.hpp"

namespace sekimori::lab {

enum class KeyKind : std::uint8_t { Rsa1024, Rsa2048, P256, P384 };

/// "rsa1024", "rsa2048", "p256", "p384".
std::string_view name_of(KeyKind kind);
std::optional<KeyKind> key_kind(std::string_view name);

/// A key pair (OpenSSL EVP). Copies share it.
class Key {
  public:
    static Outcome<Key> generate(KeyKind kind);
    static Outcome<Key> from_pem(ByteView pem);
    Outcome<Bytes> to_pem() const;
    /// SubjectPublicKeyInfo, DER.
    Bytes spki() const;
    KeyKind kind() const;
    bool is_rsa() const;
    EVP_PKEY* get() const { return key_.get(); }

    /// RSA without padding: the block is exactly as long as the modulus and smaller than it.
    Outcome<Bytes> sign_raw_block(ByteView block) const;
    /// RSASSA-PKCS1-v1_5 over a DigestInfo that the host made.
    Outcome<Bytes> sign_digest_info(ByteView digest_info) const;
    /// ECDSA over a hash; DER Ecdsa-Sig-Value.
    Outcome<Bytes> sign_hash(ByteView hash) const;

  private:
    explicit Key(EVP_PKEY* key);
    Outcome<Bytes> sign(ByteView input, int rsa_padding) const;
    std::shared_ptr<EVP_PKEY> key_;
};

/// How a card uses its private key. Anything but Honest is an attacker's card: it presents the right certificate.
enum class Signing : std::uint8_t {
    Honest,
    WrongKey,  ///< signs with a fresh key of the same kind
    Replay,    ///< repeats an earlier signature of the right key
};

/// A key in a card: how it signs, and a memory of its last signature so that it can be replayed later.
class CardKey {
  public:
    explicit CardKey(Key key) : key_(std::move(key)) {}

    const Key& key() const { return key_; }
    Outcome<void> set_signing(Signing signing);
    void set_last_signature(Bytes signature) { last_ = std::move(signature); }
    /// Called with every honest signature.
    void on_signature(std::function<void(ByteView)> callback) { on_signature_ = std::move(callback); }

    Outcome<Bytes> sign_raw_block(ByteView block) { return use(&Key::sign_raw_block, block); }
    Outcome<Bytes> sign_digest_info(ByteView info) { return use(&Key::sign_digest_info, info); }
    Outcome<Bytes> sign_hash(ByteView hash) { return use(&Key::sign_hash, hash); }

  private:
    Outcome<Bytes> use(Outcome<Bytes> (Key::*operation)(ByteView) const, ByteView input);

    Key key_;
    std::optional<Key> wrong_;
    Signing signing_ = Signing::Honest;
    Bytes last_;
    std::function<void(ByteView)> on_signature_;
};

}  // namespace sekimori::lab
