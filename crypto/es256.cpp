// SPDX-License-Identifier: Apache-2.0
#include "crypto/es256.hpp"

#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <algorithm>
#include <string_view>

#include "crypto/openssl.hpp"

namespace sekimori::crypto {
namespace {

using SignatureHandle = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using NumberHandle = std::unique_ptr<BIGNUM, Freed<BN_free>>;

constexpr std::size_t kHalf = 32;  // of r and of s

PkeyHandle key_of(ByteSpan point) {
    char group[] = "prime256v1";
    // The parameter is not const for historical reasons; it is only read.
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, const_cast<std::uint8_t*>(point.data()),
                                          point.size()),
        OSSL_PARAM_construct_end()};
    const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(parameters)) != 1)
        return nullptr;
    return PkeyHandle(key);
}

Result<std::vector<std::uint8_t>> der_of(ByteSpan signature) {
    NumberHandle r(BN_bin2bn(signature.data(), kHalf, nullptr));
    NumberHandle s(BN_bin2bn(signature.data() + kHalf, kHalf, nullptr));
    const SignatureHandle handle(ECDSA_SIG_new());
    if (!r || !s || !handle || ECDSA_SIG_set0(handle.get(), r.get(), s.get()) != 1)
        return library_failed("reading a signature");
    (void)r.release();  // they belong to the signature now
    (void)s.release();
    std::uint8_t* raw = nullptr;
    const int size = i2d_ECDSA_SIG(handle.get(), &raw);
    if (size <= 0) return library_failed("encoding a signature");
    std::vector<std::uint8_t> der(raw, raw + size);
    OPENSSL_free(raw);
    return der;
}

}  // namespace

Status verify_es256(ByteSpan point, Label label, ByteSpan bytes, ByteSpan signature) {
    if (point.size() != std::tuple_size_v<P256Point> || signature.size() != 2 * kHalf)
        return fail(ErrorCode::malformed, "es256: a key or a signature has a wrong size");
    const PkeyHandle key = key_of(point);
    ERR_clear_error();
    if (!key) return fail(ErrorCode::malformed, "es256: the key is no point of the curve");
    const auto der = der_of(signature);
    if (!der) return tl::unexpected<Error>(der.error());
    const DigestContext context(EVP_MD_CTX_new());
    if (!context || EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1)
        return library_failed("preparing a verification");
    const auto message = concat({label.bytes(), bytes});
    const int verdict = EVP_DigestVerify(context.get(), der->data(), der->size(), message.data(), message.size());
    ERR_clear_error();
    if (verdict != 1) return fail(ErrorCode::mismatch, "es256: the signature is not good");
    return {};
}

Result<Signature> es256_from_der(ByteSpan der) {
    const std::uint8_t* at = der.data();
    const SignatureHandle handle(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(std::min<std::size_t>(der.size(), 256))));
    ERR_clear_error();
    Signature out{};
    if (!handle || at != der.data() + der.size() ||
        BN_bn2binpad(ECDSA_SIG_get0_r(handle.get()), out.data(), kHalf) != static_cast<int>(kHalf) ||
        BN_bn2binpad(ECDSA_SIG_get0_s(handle.get()), out.data() + kHalf, kHalf) != static_cast<int>(kHalf)) {
        ERR_clear_error();
        return fail(ErrorCode::malformed, "es256: no signature");
    }
    return out;
}

Result<P256Point> p256_of_spki(ByteSpan spki) {
    const std::uint8_t* at = spki.data();
    const PkeyHandle key(d2i_PUBKEY(nullptr, &at, static_cast<long>(std::min<std::size_t>(spki.size(), 1024))));
    ERR_clear_error();
    if (!key || at != spki.data() + spki.size()) return fail(ErrorCode::malformed, "es256: no public key");
    std::array<char, 32> group{};
    std::array<std::uint8_t, 65> full{};
    std::size_t size = 0;
    if (EVP_PKEY_get_utf8_string_param(key.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), nullptr) !=
            1 ||
        std::string_view(group.data()) != "prime256v1" ||
        EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, full.data(), full.size(), &size) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::unsupported, "es256: the key is not on P-256");
    }
    P256Point point{};
    if (size == full.size() && full[0] == 4) {
        point[0] = static_cast<std::uint8_t>(2 + (full.back() & 1));
        std::copy_n(full.begin() + 1, kHalf, point.begin() + 1);
    } else if (size == point.size()) {
        std::copy_n(full.begin(), size, point.begin());
    } else {
        return fail(ErrorCode::malformed, "es256: no point");
    }
    return point;
}

}  // namespace sekimori::crypto
