// SPDX-License-Identifier: Apache-2.0
#include "ledger/signer.hpp"

#include <algorithm>

#include "crypto/es256.hpp"

namespace sekimori {

Signer signer_of(const crypto::SigningKey& key) {
    return [&key](crypto::Label label, ByteSpan bytes) { return key.sign(label, bytes); };
}

Status verify_by(ByteSpan author, crypto::Label label, ByteSpan bytes, const crypto::Signature& signature) {
    crypto::PublicKey key{};
    if (author.size() == key.size()) {
        std::ranges::copy(author, key.begin());
        return crypto::verify(key, label, bytes, signature);
    }
    if (author.size() == std::tuple_size_v<crypto::P256Point>)
        return crypto::verify_es256(author, label, bytes, signature);
    return fail(ErrorCode::malformed, "signature: the author's key is none");
}

}  // namespace sekimori
