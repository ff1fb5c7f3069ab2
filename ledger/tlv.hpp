// SPDX-License-Identifier: Apache-2.0
// The store's encoding on disk: the fields of protocol/wire.hpp without a message's header. A type is a struct with
// kFields; unknown fields are skipped unless critical. Nothing of it needs one canonical form: what was signed are the
// stored bytes, and they are never encoded again.
#pragma once

#include "core/result.hpp"
#include "protocol/wire.hpp"

namespace sekimori {

using wire::Bytes;
using wire::field;

// Errors: too_large (a field or the whole exceeds its bound), invalid_argument (text that is not UTF-8).
template <class T>
[[nodiscard]] Result<SecureBytes> encode_tlv(const T& value) {
    wire::Writer count;
    wire::write_fields(count, value);
    wire::Writer writer(count.size());
    wire::write_fields(writer, value);
    auto bytes = std::move(writer).finish();
    if (!bytes) return bytes;
    // A text that a reader would refuse must not reach the disk: it would be found at the next start.
    T again{};
    if (auto read = wire::read_fields(bytes->span(), again); !read)
        return fail(ErrorCode::invalid_argument, "a text is too long or not UTF-8");
    return bytes;
}

template <class T>
[[nodiscard]] Result<Bytes> encode_tlv_plain(const T& value) {
    auto bytes = encode_tlv(value);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return Bytes(bytes->span().begin(), bytes->span().end());
}

// `bytes` may be hostile. Errors: malformed, too_large, unsupported (a critical field of a later version).
template <class T>
[[nodiscard]] Result<T> decode_tlv(ByteSpan bytes) {
    T value{};
    if (bytes.size() > wire::kMaxMessage) return fail(ErrorCode::too_large, "record: too large");
    if (auto read = wire::read_fields(bytes, value); !read) return tl::unexpected<Error>(read.error());
    return value;
}

}  // namespace sekimori
