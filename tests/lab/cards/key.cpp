// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/key.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>

namespace sekimori::lab {
namespace {

struct Named {
    KeyKind kind;
    std::string_view name;
};
constexpr std::array<Named, 4> kNames{
    {{KeyKind::Rsa1024, "rsa1024"}, {KeyKind::Rsa2048, "rsa2048"}, {KeyKind::P256, "p256"}, {KeyKind::P384, "p384"}}};

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

struct FreeContext {
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

EVP_PKEY* make(KeyKind kind) {
    switch (kind) {
        case KeyKind::Rsa1024:
            return EVP_RSA_gen(1024);
        case KeyKind::Rsa2048:
            return EVP_RSA_gen(2048);
        case KeyKind::P256:
            return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
        case KeyKind::P384:
            return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
    }
    return nullptr;
}

}  // namespace

std::string_view name_of(KeyKind kind) {
    for (const Named& named : kNames) {
        if (named.kind == kind) return named.name;
    }
    return {};
}

std::optional<KeyKind> key_kind(std::string_view name) {
    for (const Named& named : kNames) {
        if (named.name == name) return named.kind;
    }
    return std::nullopt;
}

Key::Key(EVP_PKEY* key) : key_(key, [](EVP_PKEY* p) { EVP_PKEY_free(p); }) {}

Outcome<Key> Key::generate(KeyKind kind) {
    EVP_PKEY* key = make(kind);
    if (key == nullptr) return failure("key generation failed");
    return Key(key);
}

Outcome<Key> Key::from_pem(ByteView pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    EVP_PKEY* key = bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr;
    if (key == nullptr) return failure("not a private key in PEM");
    return Key(key);
}

Outcome<Bytes> Key::to_pem() const {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return failure("cannot write the private key");
    Bytes out(BIO_ctrl_pending(bio.get()));
    if (BIO_read(bio.get(), out.data(), static_cast<int>(out.size())) != static_cast<int>(out.size()))
        return failure("cannot write the private key");
    return out;
}

Bytes Key::spki() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &der);
    if (size <= 0) return {};
    Bytes out(der, der + size);
    OPENSSL_free(der);
    return out;
}

bool Key::is_rsa() const { return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA; }

KeyKind Key::kind() const {
    const int bits = EVP_PKEY_get_bits(key_.get());
    if (is_rsa()) return bits <= 1024 ? KeyKind::Rsa1024 : KeyKind::Rsa2048;
    return bits <= 256 ? KeyKind::P256 : KeyKind::P384;
}

Outcome<Bytes> Key::sign(ByteView input, int rsa_padding) const {
    const std::unique_ptr<EVP_PKEY_CTX, FreeContext> context(EVP_PKEY_CTX_new(key_.get(), nullptr));
    if (!context || EVP_PKEY_sign_init(context.get()) != 1) return failure("cannot sign");
    if (is_rsa() && EVP_PKEY_CTX_set_rsa_padding(context.get(), rsa_padding) != 1) return failure("cannot sign");
    std::size_t size = 0;
    if (EVP_PKEY_sign(context.get(), nullptr, &size, input.data(), input.size()) != 1) return failure("cannot sign");
    Bytes out(size);
    if (EVP_PKEY_sign(context.get(), out.data(), &size, input.data(), input.size()) != 1) return failure("cannot sign");
    out.resize(size);
    return out;
}

Outcome<Bytes> Key::sign_raw_block(ByteView block) const {
    if (!is_rsa()) return failure("not an RSA key");
    return sign(block, RSA_NO_PADDING);
}

Outcome<Bytes> Key::sign_digest_info(ByteView digest_info) const {
    if (!is_rsa()) return failure("not an RSA key");
    return sign(digest_info, RSA_PKCS1_PADDING);
}

Outcome<Bytes> Key::sign_hash(ByteView hash) const {
    if (is_rsa()) return failure("not an EC key");
    return sign(hash, 0);
}

Outcome<void> CardKey::set_signing(Signing signing) {
    signing_ = signing;
    if (signing == Signing::WrongKey && !wrong_) {
        auto wrong = Key::generate(key_.kind());
        if (!wrong) return tl::unexpected(wrong.error());
        wrong_ = std::move(*wrong);
    }
    return {};
}

Outcome<Bytes> CardKey::use(Outcome<Bytes> (Key::*operation)(ByteView) const, ByteView input) {
    if (signing_ == Signing::WrongKey && wrong_) return ((*wrong_).*operation)(input);
    if (signing_ == Signing::Replay && !last_.empty()) return last_;
    auto signature = (key_.*operation)(input);
    if (signature && signing_ != Signing::WrongKey) {
        last_ = *signature;
        if (on_signature_) on_signature_(last_);
    }
    return signature;
}

}  // namespace sekimori::lab
