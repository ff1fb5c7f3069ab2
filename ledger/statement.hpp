// SPDX-License-Identifier: Apache-2.0
// Statement: an act of an author, without a position. Signed over a label per type and exactly the encoded bytes;
// verified first, parsed afterwards.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/instant.hpp"
#include "ledger/signer.hpp"
#include "ledger/tlv.hpp"

namespace sekimori {

using crypto::Hash;

// The numbers are for ever. A gap is a type that this version does not write or read.
enum class StatementType : std::uint8_t {
    authority = 1,  // the first one: the ledger's keys
    person = 2,
    account = 3,
    card = 4,
    finger = 5,
    policy = 6,
    terminal = 7,   // 7 to 9 and 19: of a fleet (bodies_fleet.hpp)
    admin_key = 8,  // delegates what a role may say to another key
    key_epoch = 9,  // the sequencer's next key
    role = 10,
    exemption = 11,
    secret = 12,  // a substitute code or a password; "code" in the documents
    media = 13,
    break_glass = 14,
    details = 15,  // what the personnel office says of a person
    suspend = 16,
    revoke = 17,
    offboard = 18,
    revoke_terminal = 19,
    withdraw = 20,  // takes back what a statement gave; `subject` is that statement's id
    reinstate = 32,
    returned = 33,  // "return" in the documents
    confirm = 34,   // an officer stands by a suspension of the help desk's; `subject` is that statement's id
    extend = 35,    // of a fleet (bodies_fleet.hpp)
};
[[nodiscard]] bool known(StatementType type) noexcept;
// Takes effect on the author's signature alone, at once.
[[nodiscard]] constexpr bool denies(StatementType type) noexcept {
    return type == StatementType::suspend || type == StatementType::revoke || type == StatementType::offboard ||
           type == StatementType::revoke_terminal || type == StatementType::withdraw;
}

using KeyId = Hash;  // SHA-256 of the raw public key
[[nodiscard]] inline KeyId key_id(ByteSpan key) noexcept { return crypto::sha256({key}); }

inline constexpr std::uint8_t kStatementFormat = 1;
inline constexpr std::size_t kMaxBody = 50 * 1024;  // a policy is the largest

struct Statement {
    std::uint8_t fmt{kStatementFormat};
    LedgerId ledger;
    StatementId id;
    KeyId key{};
    StatementType type{};
    std::array<std::uint8_t, 16> subject{};  // the id of a person, card, finger or statement; zero: none
    std::uint64_t issued_at{}, effective_at{}, expires_at{};  // wall ms; expires 0: never
    Hash blob{};                                              // zero: none
    Bytes body;                                               // fields of the type (bodies.hpp)
    static constexpr auto kFields = std::tuple{
        field<1>(&Statement::fmt),       field<2>(&Statement::ledger),         field<3>(&Statement::id),
        field<4>(&Statement::key),       field<5>(&Statement::type),           field<6>(&Statement::subject),
        field<7>(&Statement::issued_at), field<8>(&Statement::effective_at),   field<9>(&Statement::expires_at),
        field<10>(&Statement::blob),     field<11>(&Statement::body, kMaxBody)};
};

struct AuthorSignature {
    KeyId key{};
    crypto::Signature signature{};
    static constexpr auto kFields = std::tuple{field<1>(&AuthorSignature::key), field<2>(&AuthorSignature::signature)};
};

// What lies on disk and travels: the exact bytes and who signed them. `type` only chooses the label; it counts for
// nothing until the statement inside says the same.
struct SignedStatement {
    StatementType type{};
    Bytes bytes;
    std::vector<AuthorSignature> signatures;
    static constexpr auto kFields =
        std::tuple{field<1>(&SignedStatement::type), field<2>(&SignedStatement::bytes, wire::kMaxMessage),
                   field<3>(&SignedStatement::signatures, 4)};
    // What an entry places: SHA-256 over a label and `bytes`.
    [[nodiscard]] Hash hash() const noexcept;
};

// Precondition of both: `statement.key` is the author's. Errors: too_large, invalid_argument, what the signer says.
[[nodiscard]] Result<SignedStatement> sign_statement(const Statement& statement, const Signer& author);
[[nodiscard]] Result<SignedStatement> sign_statement(const Statement& statement, const crypto::SigningKey& author);
// `author`: a public key (signer.hpp). Errors: mismatch (no good signature of `author`, or type, key or ledger inside
// differ), malformed, unsupported.
[[nodiscard]] Result<Statement> open_statement(const SignedStatement& sealed, ByteSpan author, const LedgerId& ledger);

}  // namespace sekimori

namespace sekimori::wire {
template <>
inline constexpr std::uint64_t kLast<StatementType> = 35;
}  // namespace sekimori::wire
