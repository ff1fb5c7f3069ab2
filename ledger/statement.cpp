// SPDX-License-Identifier: Apache-2.0
#include "ledger/statement.hpp"

namespace sekimori {
namespace {

using crypto::Label;

// The label of a type, which is signed in front of the bytes: a signature under one type is none under another.
Result<Label> label_of(StatementType type) {
    switch (type) {
        case StatementType::authority:
            return Label("sekimori statement 1 authority");
        case StatementType::person:
            return Label("sekimori statement 1 person");
        case StatementType::account:
            return Label("sekimori statement 1 account");
        case StatementType::card:
            return Label("sekimori statement 1 card");
        case StatementType::finger:
            return Label("sekimori statement 1 finger");
        case StatementType::policy:
            return Label("sekimori statement 1 policy");
        case StatementType::terminal:
            return Label("sekimori statement 1 terminal");
        case StatementType::admin_key:
            return Label("sekimori statement 1 admin_key");
        case StatementType::key_epoch:
            return Label("sekimori statement 1 key_epoch");
        case StatementType::media:
            return Label("sekimori statement 1 media");
        case StatementType::role:
            return Label("sekimori statement 1 role");
        case StatementType::exemption:
            return Label("sekimori statement 1 exemption");
        case StatementType::secret:
            return Label("sekimori statement 1 code");
        case StatementType::break_glass:
            return Label("sekimori statement 1 break-glass");
        case StatementType::details:
            return Label("sekimori statement 1 details");
        case StatementType::suspend:
            return Label("sekimori statement 1 suspend");
        case StatementType::revoke:
            return Label("sekimori statement 1 revoke");
        case StatementType::offboard:
            return Label("sekimori statement 1 offboard");
        case StatementType::revoke_terminal:
            return Label("sekimori statement 1 revoke_terminal");
        case StatementType::withdraw:
            return Label("sekimori statement 1 withdraw");
        case StatementType::reinstate:
            return Label("sekimori statement 1 reinstate");
        case StatementType::returned:
            return Label("sekimori statement 1 return");
        case StatementType::confirm:
            return Label("sekimori statement 1 confirm");
        case StatementType::extend:
            return Label("sekimori statement 1 extend");
    }
    return fail(ErrorCode::unsupported, "statement: a type of a later version");
}

}  // namespace

bool known(StatementType type) noexcept { return label_of(type).has_value(); }

Hash SignedStatement::hash() const noexcept {
    return crypto::sha256({Label("sekimori statement 1 hash").bytes(), bytes});
}

Result<SignedStatement> sign_statement(const Statement& statement, const crypto::SigningKey& author) {
    return sign_statement(statement, signer_of(author));
}

Result<SignedStatement> sign_statement(const Statement& statement, const Signer& author) {
    const auto label = label_of(statement.type);
    if (!label) return tl::unexpected<Error>(label.error());
    auto bytes = encode_tlv_plain(statement);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const auto signature = author(*label, *bytes);
    if (!signature) return tl::unexpected<Error>(signature.error());
    return SignedStatement{statement.type, std::move(*bytes), {{statement.key, *signature}}};
}

Result<Statement> open_statement(const SignedStatement& sealed, ByteSpan author, const LedgerId& ledger) {
    const auto label = label_of(sealed.type);
    if (!label) return tl::unexpected<Error>(label.error());
    const KeyId id = key_id(author);
    Status verified = fail(ErrorCode::mismatch, "statement: not signed by the ledger's author");
    for (const AuthorSignature& one : sealed.signatures)
        if (one.key == id) verified = verify_by(author, *label, sealed.bytes, one.signature);
    if (!verified) return tl::unexpected<Error>(verified.error());

    auto statement = decode_tlv<Statement>(sealed.bytes);
    if (!statement) return statement;
    if (statement->fmt != kStatementFormat) return fail(ErrorCode::unsupported, "statement: a later format");
    if (statement->type != sealed.type || statement->key != id || statement->ledger != ledger)
        return fail(ErrorCode::mismatch, "statement: signed for another type, key or ledger");
    return statement;
}

}  // namespace sekimori
