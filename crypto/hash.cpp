// SPDX-License-Identifier: Apache-2.0
#include "crypto/hash.hpp"

#include <cstdlib>

#include "crypto/openssl.hpp"

namespace sekimori::crypto {
namespace {

template <class Out>
Out digest(const EVP_MD* algorithm, std::initializer_list<ByteSpan> parts) noexcept {
    Out out{};
    unsigned size = 0;
    const DigestContext context(EVP_MD_CTX_new());
    bool good = context && EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1;
    for (const ByteSpan part : parts) good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    good = good && EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1 && size == out.size();
    if (!good) std::abort();
    return out;
}

}  // namespace

Hash sha256(std::initializer_list<ByteSpan> parts) noexcept { return digest<Hash>(EVP_sha256(), parts); }
Hash384 sha384(std::initializer_list<ByteSpan> parts) noexcept { return digest<Hash384>(EVP_sha384(), parts); }

std::vector<std::uint8_t> concat(std::initializer_list<ByteSpan> parts) {
    std::vector<std::uint8_t> all;
    for (const ByteSpan part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace sekimori::crypto
