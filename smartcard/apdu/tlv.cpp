// SPDX-License-Identifier: Apache-2.0
#include "smartcard/apdu/tlv.hpp"

namespace sekimori::smartcard {
namespace {

tl::unexpected<Error> malformed(const char* what) { return fail(ErrorCode::malformed, what); }

// X.690, 8.1.2: bits 5 to 1 all set announce a tag number of several bytes.
constexpr std::uint8_t kLongTag = 0x1f;

struct Header {
    std::uint32_t tag{};
    std::size_t size{};    // of tag and length
    std::size_t length{};  // of the value
};

Result<Header> read_header(ByteSpan bytes, TlvRules rules) {
    Header header;
    if (bytes.empty()) return malformed("TLV: nothing there");
    header.tag = bytes[header.size++];
    if ((header.tag & kLongTag) == kLongTag) {
        if (rules == TlvRules::der) return malformed("TLV: tag of several bytes");
        std::uint8_t byte = 0;
        do {
            if (header.size >= bytes.size() || header.size >= 3) return malformed("TLV: bad tag");
            byte = bytes[header.size++];
            header.tag = (header.tag << 8) | byte;
        } while ((byte & 0x80) != 0);
    }
    if (header.size >= bytes.size()) return malformed("TLV: no length");
    const std::uint8_t first = bytes[header.size++];
    if (first < 0x80) {
        header.length = first;
        return header;
    }
    const std::size_t count = first & 0x7fU;
    if (count == 0 || count > 3) return malformed("TLV: indefinite or excessive length");
    if (bytes.size() - header.size < count) return malformed("TLV: cut off in its length");
    for (std::size_t i = 0; i < count; ++i) header.length = (header.length << 8) | bytes[header.size++];
    if (rules == TlvRules::der && (header.length < 0x80 || (header.length >> (8 * (count - 1))) == 0))
        return malformed("TLV: length is not minimal");
    return header;
}

}  // namespace

Result<Tlv> TlvReader::next() {
    if (seen_ >= kMaxTlvObjects) return fail(ErrorCode::too_large, "TLV: too many objects");
    const auto header = read_header(rest_, rules_);
    if (!header) return tl::unexpected<Error>(header.error());
    if (header->length > kMaxTlvValue) return fail(ErrorCode::too_large, "TLV: oversize value");
    if (rest_.size() - header->size < header->length) return malformed("TLV: cut off in its value");
    const std::size_t whole = header->size + header->length;
    const Tlv object{header->tag, rest_.subspan(header->size, header->length), rest_.first(whole)};
    rest_ = rest_.subspan(whole);
    ++seen_;
    return object;
}

Result<ByteSpan> TlvReader::expect(std::uint32_t tag) {
    auto object = next();
    if (!object) return tl::unexpected<Error>(std::move(object).error());
    if (object->tag != tag) return malformed("TLV: another tag was expected");
    return object->value;
}

Result<std::optional<ByteSpan>> find(ByteSpan bytes, std::uint32_t tag) {
    std::optional<ByteSpan> found;
    for (TlvReader reader(bytes); !reader.done();) {
        const auto object = reader.next();
        if (!object) return tl::unexpected<Error>(object.error());
        if (object->tag == tag && !found) found = object->value;
    }
    return found;
}

Result<std::size_t> der_sequence_size(ByteSpan prefix, std::size_t max) {
    if (prefix.empty() || prefix[0] != 0x30) return malformed("DER: no SEQUENCE");
    const auto header = read_header(prefix, TlvRules::der);
    if (!header) return tl::unexpected<Error>(header.error());
    const std::size_t total = header->size + header->length;
    if (total > max) return fail(ErrorCode::too_large, "DER: oversize object");
    return total;
}

Result<ByteSpan> spki_of(ByteSpan certificate) {
    constexpr std::uint32_t kSequence = 0x30;
    constexpr std::uint32_t kInteger = 0x02;
    constexpr std::uint32_t kVersion = 0xa0;

    TlvReader outer(certificate, TlvRules::der);
    const auto body = outer.expect(kSequence);
    if (!body) return tl::unexpected<Error>(body.error());
    if (!outer.done()) return malformed("certificate: something follows it");
    TlvReader parts(*body, TlvRules::der);
    const auto to_be_signed = parts.expect(kSequence);
    if (!to_be_signed) return tl::unexpected<Error>(to_be_signed.error());

    TlvReader fields(*to_be_signed, TlvRules::der);
    auto field = fields.next();
    if (field && field->tag == kVersion) field = fields.next();
    if (!field) return tl::unexpected<Error>(field.error());
    if (field->tag != kInteger) return malformed("certificate: no serial number");
    // signature algorithm, issuer, validity, subject, then the key
    for (int i = 0; i < 5; ++i) {
        field = fields.next();
        if (!field) return tl::unexpected<Error>(field.error());
        if (field->tag != kSequence) return malformed("certificate: a field is missing");
    }
    return field->whole;
}

}  // namespace sekimori::smartcard
