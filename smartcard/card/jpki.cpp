// SPDX-License-Identifier: Apache-2.0
#include "smartcard/card/jpki.hpp"

#include <algorithm>
#include <string_view>

#include "smartcard/apdu/aid.hpp"
#include "smartcard/apdu/tlv.hpp"
#include "smartcard/card/padding.hpp"

namespace sekimori::smartcard::jpki {
namespace {

constexpr std::string_view kPlasticCard = "JPKIAPICCTOKEN2";
constexpr std::size_t kLabelSize = 32;
constexpr std::size_t kMaxCertificate = 4UL * 1024;

CardResult<Reply> select_file(Transport& transport, std::uint16_t file) {
    const std::array<std::uint8_t, 2> id{static_cast<std::uint8_t>(file >> 8), static_cast<std::uint8_t>(file & 0xff)};
    return converse(transport, Command{0x00, 0xa4, 0x02, 0x0c, id});
}

CardResult<Reply> read_binary(Transport& transport, std::size_t offset, std::size_t size) {
    return converse(transport, Command{0x00,
                                       0xb0,
                                       static_cast<std::uint8_t>(offset >> 8),
                                       static_cast<std::uint8_t>(offset & 0xff),
                                       {},
                                       static_cast<std::uint16_t>(size)});
}

// Some cards pad the label with NUL, some with spaces.
std::string_view trimmed(std::string_view label) {
    while (!label.empty() && (label.back() == '\0' || label.back() == ' ')) label.remove_suffix(1);
    return label;
}

}  // namespace

CardResult<Selected> select(Transport& transport) {
    const auto reply = select_application(transport, kJpkiAid, 0x0c, std::nullopt);
    if (!reply) return tl::unexpected<Failure>(reply.error());
    return reply->ok() ? Selected::yes : Selected::no;
}

CardResult<void> check_token(Transport& transport) {
    const auto file = select_file(transport, kJpkiToken);
    if (!file) return tl::unexpected<Failure>(file.error());
    if (!file->ok()) return failure(CardFault::no_application);
    const auto info = read_binary(transport, 0, kLabelSize);
    if (!info) return tl::unexpected<Failure>(info.error());
    if (!info->ok() || info->data.size() != kLabelSize) return failure(CardFault::unreadable);
    const std::string_view label(reinterpret_cast<const char*>(info->data.data()), info->data.size());
    if (trimmed(label) != kPlasticCard) return failure(CardFault::no_application);
    return {};
}

CardResult<Bytes> certificate(Transport& transport) {
    const auto file = select_file(transport, kJpkiCertificate);
    if (!file) return tl::unexpected<Failure>(file.error());
    if (file->status == sw::kFileNotFound) return failure(CardFault::no_key);
    if (!file->ok()) return failure(CardFault::unreadable);
    Bytes whole;
    std::size_t wanted = kMaxAnswerData;  // the first piece tells the size
    for (unsigned parts = 1; whole.size() < wanted; ++parts) {
        if (parts > kMaxParts) return failure(CardFault::unreadable);
        const auto piece = read_binary(transport, whole.size(), std::min(wanted - whole.size(), kMaxAnswerData));
        if (!piece) return tl::unexpected<Failure>(piece.error());
        const bool usable = piece->ok() || piece->status == sw::kEndOfFile;
        if (!usable || piece->data.empty()) return failure(CardFault::unreadable);
        const bool first = whole.empty();
        whole.insert(whole.end(), piece->data.begin(), piece->data.end());
        if (!first) continue;
        if (std::ranges::all_of(whole, [](std::uint8_t byte) { return byte == 0xff; }))
            return failure(CardFault::no_key);  // filler only
        const auto size = from_parser(der_sequence_size(whole, kMaxCertificate));
        if (!size) return tl::unexpected<Failure>(size.error());
        wanted = *size;
    }
    whole.resize(wanted);
    return whole;
}

CardResult<PinStatus> pin_status(Transport& transport) {
    const auto file = select_file(transport, kJpkiPin);
    if (!file) return tl::unexpected<Failure>(file.error());
    if (file->status == sw::kFileNotFound) return PinStatus{wire::PinState::missing, 0};
    if (!file->ok()) return failure(CardFault::unreadable);
    return ask_tries(transport);
}

CardResult<Bytes> sign(Transport& transport, wire::SignatureScheme scheme, ByteSpan digest) {
    if (scheme != wire::SignatureScheme::rsa_pkcs1_sha256 || digest.size() != kSha256Size)
        return failure(CardFault::unsupported);
    const auto file = select_file(transport, kJpkiKey);
    if (!file) return tl::unexpected<Failure>(file.error());
    if (!file->ok()) return failure(file->status == sw::kFileNotFound ? CardFault::no_key : CardFault::unreadable);
    const auto info = digest_info(digest.first<kSha256Size>());
    auto reply = converse(transport, Command{0x80, 0x2a, 0x00, 0x80, info, std::uint16_t{256}});
    if (!reply) return tl::unexpected<Failure>(reply.error());
    if (reply->status == sw::kSecurityNotSatisfied) return failure(CardFault::pin_missing);
    if (!reply->ok() || reply->data.size() != kRsa2048Size) return failure(CardFault::unreadable);
    return std::move(reply->data);
}

}  // namespace sekimori::smartcard::jpki
