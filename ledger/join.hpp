// SPDX-License-Identifier: Apache-2.0
// How a terminal joins a fleet: a one-time token goes from the authority's host to the terminal by hand; with its
// secret both sides authenticate what the server between them carries.
#pragma once

#include <string>
#include <string_view>

#include "crypto/kdf.hpp"
#include "crypto/x25519.hpp"
#include "ledger/fleet_records.hpp"
#include "ledger/statement.hpp"

namespace sekimori {

inline constexpr std::size_t kTokenSecret = 32;

struct JoinToken {
    std::uint8_t fmt{kRecordFormat};
    LedgerId ledger;
    Bytes author;        // the authority's public key
    std::string server;  // host1:port,host2:port
    Bytes ca;            // certificate of the authority that the server's is checked with, DER
    TokenId id;
    SecureBytes secret;
    static constexpr auto kFields = std::tuple{field<1>(&JoinToken::fmt),
                                               field<2>(&JoinToken::ledger),
                                               field<3>(&JoinToken::author, kMaxAuthorKey),
                                               field<4>(&JoinToken::server, 512),
                                               field<5>(&JoinToken::ca, 4096),
                                               field<6>(&JoinToken::id),
                                               field<7>(&JoinToken::secret, kTokenSecret)};
};
// One line: `SKJ1.` and base64url without padding. Errors: as encode_tlv.
[[nodiscard]] Result<SecureBytes> print_token(const JoinToken& token);
// Typed or pasted: spaces and line ends are passed over. Errors: malformed, unsupported.
[[nodiscard]] Result<JoinToken> parse_token(std::string_view text);

struct JoinAsk {  // terminal to authority
    static constexpr crypto::Label kLabel{"sekimori join request 1"};
    std::uint8_t fmt{kRecordFormat};
    LedgerId ledger;
    TokenId token;
    TerminalId terminal;
    crypto::PublicKey sign{};
    crypto::BoxPublicKey box{};
    Bytes csr;  // signed RenewalAsk: for the key that the terminal's agent made for TLS, by the sign key
    static constexpr auto kFields =
        std::tuple{field<1>(&JoinAsk::fmt),      field<2>(&JoinAsk::ledger), field<3>(&JoinAsk::token),
                   field<4>(&JoinAsk::terminal), field<5>(&JoinAsk::sign),   field<6>(&JoinAsk::box),
                   field<7>(&JoinAsk::csr, 4096)};
};
struct JoinReply {  // authority to terminal
    static constexpr crypto::Label kLabel{"sekimori join answer 1"};
    std::uint8_t fmt{kRecordFormat};
    LedgerId ledger;
    TokenId token;
    TerminalId terminal;
    Bytes certificate;               // of the terminal, DER
    SignedStatement statement;       // the `terminal` statement; it has its entry, or will have
    std::vector<SignedRecord> keys;  // GroupKeyRecords: its own group's, newest generation
    static constexpr auto kFields = std::tuple{field<1>(&JoinReply::fmt),
                                               field<2>(&JoinReply::ledger),
                                               field<3>(&JoinReply::token),
                                               field<4>(&JoinReply::terminal),
                                               field<5>(&JoinReply::certificate, 8192),
                                               field<6>(&JoinReply::statement),
                                               field<7>(&JoinReply::keys, 16)};
};

// A record and its MAC under the token's secret. What lies between may read and withhold it, not change it.
struct MacedRecord {
    Bytes bytes;
    crypto::Hash mac{};
    static constexpr auto kFields = std::tuple{field<1>(&MacedRecord::bytes, 32 * 1024), field<2>(&MacedRecord::mac)};
};

// Of bytes with this label under the secret of a token. Errors: invalid_argument (no secret), crypto.
[[nodiscard]] Result<crypto::Hash> join_mac(ByteSpan secret, crypto::Label label, ByteSpan bytes);

template <class Record>
[[nodiscard]] Result<MacedRecord> mac_record(const Record& record, ByteSpan secret) {
    auto bytes = encode_tlv_plain(record);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const auto mac = join_mac(secret, Record::kLabel, *bytes);
    if (!mac) return tl::unexpected<Error>(mac.error());
    return MacedRecord{std::move(*bytes), *mac};
}
// Errors: mismatch (another secret, ledger or token, or changed on the way), malformed, unsupported.
template <class Record>
[[nodiscard]] Result<Record> open_maced(const MacedRecord& sealed, const JoinToken& token) {
    const auto mac = join_mac(token.secret.span(), Record::kLabel, sealed.bytes);
    if (!mac) return tl::unexpected<Error>(mac.error());
    if (!SecureBytes::equal(*mac, sealed.mac)) return fail(ErrorCode::mismatch, "join: not made with this token");
    auto record = decode_tlv<Record>(sealed.bytes);
    if (!record) return record;
    if (record->fmt != kRecordFormat) return fail(ErrorCode::unsupported, "join: a later format");
    if (record->ledger != token.ledger || record->token != token.id)
        return fail(ErrorCode::mismatch, "join: for another ledger or token");
    return record;
}

}  // namespace sekimori
