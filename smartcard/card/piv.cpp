// SPDX-License-Identifier: Apache-2.0
#include "smartcard/card/piv.hpp"

#include <algorithm>

#include "smartcard/apdu/aid.hpp"
#include "smartcard/apdu/tlv.hpp"
#include "smartcard/card/inflate.hpp"
#include "smartcard/card/padding.hpp"

namespace sekimori::smartcard::piv {
namespace {

using wire::SignatureScheme;

// SP 800-73-5 part 1, table 3 (objects) and table 9 (their content); part 2, 3.1.2 and 3.2.4.
constexpr std::uint32_t kTagData = 0x53;
constexpr std::uint32_t kTagCertificate = 0x70;
constexpr std::uint32_t kTagCertInfo = 0x71;
constexpr std::uint8_t kCertInfoGzip = 0x01;
constexpr std::uint32_t kTagTemplate = 0x7c;
constexpr std::uint32_t kTagResponse = 0x82;
constexpr std::uint8_t kTagChallenge = 0x81;
constexpr std::size_t kMaxInflated = 8UL * 1024;

// The last byte of the certificate's object, 5FC1xx.
constexpr std::uint8_t object_of(Key key) {
    switch (key) {
        case Key::authentication:
            return 0x05;
        case Key::signature:
            return kPivCertificate9c.back();
        case Key::card:
            break;
    }
    return 0x01;
}

struct Operation {
    std::uint8_t algorithm{};  // SP 800-78-5, table 9
    Bytes block;               // what the card is to compute over
};

CardResult<Operation> operation_for(SignatureScheme scheme, ByteSpan digest) {
    const auto elliptic = [&](std::uint8_t algorithm, std::size_t size) -> CardResult<Operation> {
        if (digest.size() != size) return failure(CardFault::unsupported);
        return Operation{algorithm, Bytes(digest.begin(), digest.end())};
    };
    const auto rsa = [](const CardResult<RsaBlock>& block) -> CardResult<Operation> {
        if (!block) return tl::unexpected<Failure>(block.error());
        return Operation{0x07, Bytes(block->begin(), block->end())};
    };
    switch (scheme) {
        case SignatureScheme::ecdsa_p256_sha256:
            return elliptic(0x11, 32);
        case SignatureScheme::ecdsa_p384_sha384:
            return elliptic(0x14, 48);
        case SignatureScheme::rsa_pkcs1_sha256:
            if (digest.size() != kSha256Size) break;
            return rsa(pad_pkcs1(digest.first<kSha256Size>()));
        case SignatureScheme::rsa_pss_sha256:
            if (digest.size() != kSha256Size) break;
            return rsa(pad_pss(digest.first<kSha256Size>()));
    }
    return failure(CardFault::unsupported);
}

// BER length of a value that follows.
void append_length(Bytes& out, std::size_t length) {
    if (length > 0xff) {
        out.push_back(0x82);
        out.push_back(static_cast<std::uint8_t>(length >> 8));
    } else if (length > 0x7f) {
        out.push_back(0x81);
    }
    out.push_back(static_cast<std::uint8_t>(length & 0xff));
}

// 7C { 82 00 (answer wanted), 81 block }.
Bytes authentication_template(const Bytes& block) {
    Bytes inner{static_cast<std::uint8_t>(kTagResponse), 0x00, kTagChallenge};
    append_length(inner, block.size());
    inner.insert(inner.end(), block.begin(), block.end());
    Bytes out{static_cast<std::uint8_t>(kTagTemplate)};
    append_length(out, inner.size());
    out.insert(out.end(), inner.begin(), inner.end());
    return out;
}

CardResult<ByteSpan> member(ByteSpan bytes, std::uint32_t tag) {
    const auto found = from_parser(find(bytes, tag));
    if (!found) return tl::unexpected<Failure>(found.error());
    if (!*found) return failure(CardFault::unreadable);
    return **found;
}

}  // namespace

CardResult<Selected> select(Transport& transport) {
    const auto reply = select_application(transport, kPivAid, 0x00, 256);
    if (!reply) return tl::unexpected<Failure>(reply.error());
    return reply->ok() ? Selected::yes : Selected::no;
}

CardResult<Bytes> certificate(Transport& transport, Key key) {
    const std::array<std::uint8_t, 5> object{0x5c, 0x03, 0x5f, 0xc1, object_of(key)};
    const auto reply = converse(transport, Command{0x00, 0xcb, 0x3f, 0xff, object, std::uint16_t{256}});
    if (!reply) return tl::unexpected<Failure>(reply.error());
    if (reply->status == sw::kFileNotFound) return failure(CardFault::no_key);
    if (!reply->ok()) return failure(CardFault::unreadable);
    const auto data = member(reply->data, kTagData);
    if (!data) return tl::unexpected<Failure>(data.error());
    if (data->empty()) return failure(CardFault::no_key);
    const auto packed = member(*data, kTagCertificate);
    if (!packed) return tl::unexpected<Failure>(packed.error());
    if (packed->empty()) return failure(CardFault::no_key);
    const auto info = from_parser(find(*data, kTagCertInfo));
    if (!info) return tl::unexpected<Failure>(info.error());
    const bool gzip = *info && (*info)->size() == 1 && ((**info)[0] & kCertInfoGzip) != 0;
    if (gzip) return from_parser(gunzip(*packed, kMaxInflated));
    return Bytes(packed->begin(), packed->end());
}

CardResult<PinStatus> pin_status(Transport& transport) {
    const Command ask{0x00, 0x20, 0x00, kPinReference};
    auto reply = converse(transport, ask);
    if (reply && reply->ok()) {
        const auto logout = converse(transport, Command{0x00, 0x20, 0xff, kPinReference});
        if (!logout) return tl::unexpected<Failure>(logout.error());
        reply = converse(transport, ask);
    }
    if (!reply) return tl::unexpected<Failure>(reply.error());
    return pin_status_of(reply->status);
}

CardResult<Bytes> sign(Transport& transport, Key key, SignatureScheme scheme, ByteSpan digest) {
    const auto operation = operation_for(scheme, digest);
    if (!operation) return tl::unexpected<Failure>(operation.error());
    const Bytes data = authentication_template(operation->block);
    const auto reference = static_cast<std::uint8_t>(key);
    const auto reply =
        converse(transport, Command{0x00, 0x87, operation->algorithm, reference, data, std::uint16_t{256}});
    if (!reply) return tl::unexpected<Failure>(reply.error());
    switch (reply->status) {
        case sw::kOk:
            break;
        case sw::kSecurityNotSatisfied:
            return failure(CardFault::pin_missing);
        case sw::kFileNotFound:
        case sw::kReferenceNotFound:
            return failure(CardFault::no_key);
        default:
            return failure(CardFault::unreadable);
    }
    const auto answer = member(reply->data, kTagTemplate);
    if (!answer) return tl::unexpected<Failure>(answer.error());
    const auto signature = member(*answer, kTagResponse);
    if (!signature) return tl::unexpected<Failure>(signature.error());
    if (signature->empty() || signature->size() > kRsa2048Size) return failure(CardFault::unreadable);
    return Bytes(signature->begin(), signature->end());
}

}  // namespace sekimori::smartcard::piv
