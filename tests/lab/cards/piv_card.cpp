// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/piv_card.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/lab/cards/tlv.hpp"

namespace sekimori::lab {
namespace {

// SP 800-73-5 part 1, 2.2: the full AID; the version (last two bytes) may be left out on SELECT.
constexpr std::array<std::uint8_t, 11> kAid{0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00};
constexpr std::size_t kAidWithoutVersion = 9;

// Data objects, SP 800-73-5 part 1 table 3.
constexpr std::uint32_t kCertificate9A = 0x5FC105;
constexpr std::uint32_t kCertificate9E = 0x5FC101;
constexpr std::uint32_t kCertificate9C = 0x5FC10A;
constexpr std::uint32_t kChuid = 0x5FC102;
constexpr std::uint32_t kDiscovery = 0x7E;

constexpr std::uint8_t kApplicationPin = 0x80;
constexpr std::size_t kPinField = 8;
constexpr std::size_t kPinMin = 6;

// Algorithm identifiers, SP 800-78-5 table 6-2.
std::uint8_t algorithm_of(KeyKind kind) {
    switch (kind) {
        case KeyKind::Rsa1024:
            return 0x06;
        case KeyKind::Rsa2048:
            return 0x07;
        case KeyKind::P256:
            return 0x11;
        case KeyKind::P384:
            return 0x14;
    }
    return 0;
}

std::size_t challenge_size(KeyKind kind) {
    switch (kind) {
        case KeyKind::Rsa1024:
            return 128;
        case KeyKind::Rsa2048:
            return 256;
        case KeyKind::P256:
            return 32;
        case KeyKind::P384:
            return 48;
    }
    return 0;
}

std::optional<std::uint8_t> slot_of(std::uint32_t certificate) {
    if (certificate == kCertificate9A) return piv::authentication;
    if (certificate == kCertificate9E) return piv::card_authentication;
    if (certificate == kCertificate9C) return piv::digital_signature;
    return std::nullopt;
}

// 6 to 8 digits, padded with FF to 8 bytes; nothing when it is not of that form.
std::optional<std::string> parse_pin(ByteView field) {
    if (field.size() != kPinField) return std::nullopt;
    const auto end = std::find(field.begin(), field.end(), 0xFF);
    const std::string digits(field.begin(), end);
    const bool numeric = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool padded = std::all_of(end, field.end(), [](std::uint8_t b) { return b == 0xFF; });
    if (!numeric || !padded || digits.size() < kPinMin) return std::nullopt;
    return digits;
}

}  // namespace

Bytes gzip(ByteView data) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;  // zlib: +16 writes a gzip header
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
    Bytes in = to_bytes(data);
    Bytes out(deflateBound(&stream, in.size()));
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

// T=1, no historical bytes (ISO/IEC 7816-3).
Bytes PivCard::atr() const { return {0x3B, 0x80, 0x80, 0x01, 0x01}; }

void PivCard::forget() {
    selected_ = false;
    logged_in_ = false;
    just_verified_ = false;
    chain_.clear();
    answers_.clear();
}

void PivCard::reset() {
    const bool keep = contents_.warm_reset == WarmReset::KeepsLogin && logged_in_;
    forget();
    logged_in_ = keep;
}

Bytes PivCard::process(ByteView apdu) {
    auto part = parse_command(apdu);
    if (!part) return status(sw::wrong_length);
    if ((part->cla & 0xEFU) != 0) return status(sw::unknown_cla);
    if (part->is(0x00, ins::get_response)) return answers_.next(*part);
    answers_.clear();
    const auto command = chain_.add(std::move(*part));
    if (!command) return status(chain_.overflowed() ? sw::wrong_length : sw::ok);
    if (command->ins == ins::select) return select(*command);
    const bool fresh = std::exchange(just_verified_, false);
    if (!selected_) return status(sw::unknown_ins);
    if (command->ins == ins::get_data) return get_data(*command);
    if (command->ins == ins::verify) return verify(*command);
    if (command->ins == ins::general_authenticate) {
        const bool always = command->p2 == piv::digital_signature && contents_.slots.contains(command->p2);
        if (always && !fresh) return status(sw::security_status);
        return general_authenticate(*command);
    }
    return status(sw::unknown_ins);
}

Bytes PivCard::select(const Command& command) {
    if (command.p1 != 0x04) return status(sw::not_supported);
    const bool prefix = command.data.size() >= kAidWithoutVersion && command.data.size() <= kAid.size() &&
                        std::equal(command.data.begin(), command.data.end(), kAid.begin());
    // Unknown: what was selected, and its security status, stays (part 2, 3.1.1).
    if (!prefix) return status(sw::not_found);
    selected_ = true;
    const ByteView aid(kAid);
    Bytes inner = tlv(0x4F, aid.subspan(5));
    append(inner, tlv(0x79, tlv(0x4F, aid.first(5))));
    return answers_.start(tlv(0x61, inner), command);
}

std::optional<Bytes> PivCard::object(std::uint32_t tag) const {
    if (tag == kDiscovery) {
        Bytes inner = tlv(0x4F, kAid);
        append(inner, tlv(0x5F2F, Bytes{0x40, 0x00}));  // the application PIN alone, no global PIN
        return tlv(0x7E, inner);
    }
    if (tag == kChuid) {
        Bytes inner = tlv(0x30, Bytes(25, 0x00));  // FASC-N: no agency
        append(inner, tlv(0x34, contents_.guid));
        append(inner, tlv(0x35, text_bytes("20991231")));
        append(inner, tlv(0x3E, {}));
        append(inner, tlv(0xFE, {}));
        return tlv(0x53, inner);
    }
    const auto reference = slot_of(tag);
    if (!reference) return std::nullopt;
    const auto slot = contents_.slots.find(*reference);
    if (slot == contents_.slots.end()) return std::nullopt;
    const bool packed = slot->second.encoding == CertificateEncoding::Gzip;
    Bytes inner = tlv(0x70, packed ? gzip(slot->second.certificate) : slot->second.certificate);
    append(inner, tlv(0x71, Bytes{static_cast<std::uint8_t>(packed ? 0x01 : 0x00)}));
    append(inner, tlv(0xFE, {}));
    return tlv(0x53, inner);
}

Bytes PivCard::get_data(const Command& command) {
    if (command.p1 != 0x3F || command.p2 != 0xFF) return status(sw::wrong_p1p2);
    const auto request = parse_tlvs(command.data);
    if (!request || request->size() != 1 || request->front().tag != 0x5C) return status(sw::wrong_data);
    std::uint32_t tag = 0;
    if (request->front().value.size() > 3) return status(sw::wrong_data);
    for (const std::uint8_t byte : request->front().value) tag = tag << 8U | byte;
    auto data = object(tag);
    if (!data) return status(sw::not_found);
    return answers_.start(std::move(*data), command);
}

Bytes PivCard::verify(const Command& command) {
    if (command.p2 != kApplicationPin) return status(sw::reference_not_found);
    if (command.p1 == 0xFF && command.data.empty()) {
        logged_in_ = false;
        return status(sw::ok);
    }
    if (command.p1 != 0x00) return status(sw::wrong_p1p2);
    Pin& pin = contents_.pin;
    const auto left = [&pin] { return static_cast<Sw>(sw::tries_left + pin.tries()); };
    if (command.data.empty()) {
        if (logged_in_) return status(sw::ok);
        return status(pin.tries() == 0 ? sw::blocked : left());
    }
    if (pin.tries() == 0) return status(sw::blocked);
    const auto digits = parse_pin(command.data);
    if (!digits) return status(sw::wrong_data);
    logged_in_ = just_verified_ = pin.verify(*digits) == Pin::Verdict::Right;
    return status(logged_in_ ? sw::ok : left());
}

Bytes PivCard::general_authenticate(const Command& command) {
    const auto slot = contents_.slots.find(command.p2);
    if (slot == contents_.slots.end()) return status(sw::reference_not_found);
    CardKey& key = slot->second.key;
    const KeyKind kind = key.key().kind();
    if (command.p1 != algorithm_of(kind)) return status(sw::wrong_p1p2);
    if (command.p2 == piv::authentication && !logged_in_) return status(sw::security_status);

    const auto outer = parse_tlvs(command.data);
    if (!outer || outer->size() != 1 || outer->front().tag != 0x7C) return status(sw::wrong_data);
    const auto inner = parse_tlvs(outer->front().value);
    if (!inner) return status(sw::wrong_data);
    const Tlv* response = find_tlv(*inner, 0x82);
    const Tlv* challenge = find_tlv(*inner, 0x81);
    if (response == nullptr || !response->value.empty() || challenge == nullptr) return status(sw::wrong_data);
    if (challenge->value.size() != challenge_size(kind)) return status(sw::wrong_data);
    const auto signature = key.key().is_rsa() ? key.sign_raw_block(challenge->value) : key.sign_hash(challenge->value);
    if (!signature) return status(sw::wrong_data);
    return answers_.start(tlv(0x7C, tlv(0x82, *signature)), command);
}

}  // namespace sekimori::lab
