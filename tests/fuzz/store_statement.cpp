// SPDX-License-Identifier: Apache-2.0
// Records of the store: what parses is encoded and parsed again to the same; no denial, whatever it says, makes
// anything usable.
#include "daemon/store/trail.hpp"
#include "ledger/entry.hpp"
#include "ledger/view.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace sekimori;
using namespace sekimori::daemon;

template <class T>
void round_trip(ByteSpan bytes) {
    const auto value = decode_tlv<T>(bytes);
    if (!value) return;
    const auto once = encode_tlv_plain(*value);
    if (!once) {  // the encoder's buffer ends below the largest input
        SEKIMORI_HOLDS(once.error().code == ErrorCode::too_large && bytes.size() > 1000);
        return;
    }
    const auto again = decode_tlv<T>(*once);
    SEKIMORI_HOLDS(again.has_value());
    SEKIMORI_HOLDS(encode_tlv_plain(*again) == once);
}

// Somebody with a card and a finger, and acts on ids like those that a fuzzer finds first: all bytes equal.
View some_view() {
    const auto grant = [](StatementType type, std::uint8_t n, auto body) {
        Statement statement;
        statement.type = type;
        statement.subject.fill(n);
        statement.body = encode_tlv_plain(body).value_or(Bytes{});
        return statement;
    };
    View view;
    PersonId person;
    person.bytes.fill(1);
    CardBody card;
    card.person = person;
    FingerBody finger;
    finger.person = person;
    TerminalBody terminal;
    terminal.group.bytes.fill(1);
    SEKIMORI_HOLDS(apply(view, grant(StatementType::person, 1, PersonBody{})).has_value());
    SEKIMORI_HOLDS(apply(view, grant(StatementType::card, 2, card)).has_value());
    SEKIMORI_HOLDS(apply(view, grant(StatementType::finger, 3, finger)).has_value());
    SEKIMORI_HOLDS(apply(view, grant(StatementType::terminal, 1, terminal)).has_value());
    SEKIMORI_HOLDS(apply(view, grant(StatementType::secret, 1, SecretBody{})).has_value());
    return view;
}

void act(ByteSpan bytes) {
    const auto statement = decode_tlv<Statement>(bytes);
    if (!statement) return;
    View view = some_view();
    const View before = view;
    const auto applied = apply(view, *statement);
    for (const auto& [id, extension] : view.fleet.extensions)
        SEKIMORI_HOLDS(extension.time.until - extension.time.since <= kMaxExtension);
    if (denies(statement->type))
        SEKIMORI_HOLDS(view.secrets.size() <= before.secrets.size() &&
                       view.exemptions.size() <= before.exemptions.size());
    if (denies(statement->type)) SEKIMORI_HOLDS(!lowers(before, view) && view.fingers.size() <= before.fingers.size());
    if (!applied)
        SEKIMORI_HOLDS(view.cards.size() == before.cards.size() && view.persons.size() == before.persons.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes(data, size);
    round_trip<SignedStatement>(bytes);
    round_trip<Statement>(bytes);
    round_trip<SignedEntry>(bytes);
    round_trip<Entry>(bytes);
    round_trip<TrailRecord>(bytes);
    round_trip<PersonBody>(bytes);
    round_trip<PersonBlob>(bytes);
    round_trip<AccountBlob>(bytes);
    round_trip<CardBody>(bytes);
    round_trip<FingerBody>(bytes);
    round_trip<PolicyBody>(bytes);
    round_trip<ActBody>(bytes);
    round_trip<MediaBody>(bytes);
    round_trip<MediaBlob>(bytes);
    round_trip<RoleBody>(bytes);
    round_trip<SecretBody>(bytes);
    round_trip<SecretBlob>(bytes);
    round_trip<ExemptionBody>(bytes);
    round_trip<ReasonBlob>(bytes);
    round_trip<BreakGlassBody>(bytes);
    round_trip<WithdrawBody>(bytes);
    round_trip<ConfirmBody>(bytes);
    round_trip<ExtendBody>(bytes);
    act(bytes);
    if (const auto sealed = decode_tlv<SignedStatement>(bytes)) {
        act(sealed->bytes);
        SEKIMORI_HOLDS(!open_statement(*sealed, crypto::PublicKey{}, LedgerId{}));
    }
    return 0;
}
