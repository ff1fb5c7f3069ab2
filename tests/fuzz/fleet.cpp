// SPDX-License-Identifier: Apache-2.0
// What a fleet's server and a person with a token can hand over: what parses is encoded and parsed again to the same,
// and nothing that nobody signed changes a follower.
#include "ledger/bodies_fleet.hpp"
#include "ledger/delegation.hpp"
#include "ledger/follower.hpp"
#include "ledger/group_key.hpp"
#include "ledger/join.hpp"
#include "ledger/renewal.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace sekimori;

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

// Statements of the fleet's own kinds, applied without their signature: an error leaves the view as it was.
void act(ByteSpan bytes) {
    const auto statement = decode_tlv<Statement>(bytes);
    if (!statement) return;
    View view;
    const auto applied = apply(view, *statement);
    if (!applied)
        SEKIMORI_HOLDS(view.fleet.terminals.empty() && view.fleet.admin_keys.empty() &&
                       view.fleet.denied_terminals.empty());
    SEKIMORI_HOLDS(!check_author(View{}, *statement, 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes(data, size);
    round_trip<TerminalBody>(bytes);
    round_trip<AdminKeyBody>(bytes);
    round_trip<KeyEpochBody>(bytes);
    round_trip<RevokeTerminalBody>(bytes);
    round_trip<SignedRecord>(bytes);
    round_trip<Heartbeat>(bytes);
    round_trip<Acknowledgement>(bytes);
    round_trip<TrailHead>(bytes);
    round_trip<GroupKeyRecord>(bytes);
    round_trip<MacedRecord>(bytes);
    round_trip<JoinAsk>(bytes);
    round_trip<JoinReply>(bytes);
    round_trip<RenewalAsk>(bytes);
    round_trip<RenewalAnswer>(bytes);
    act(bytes);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto token = parse_token(text)) {
        const auto printed = print_token(*token);
        SEKIMORI_HOLDS(printed.has_value());
        SEKIMORI_HOLDS(parse_token({reinterpret_cast<const char*>(printed->data()), printed->size()}).has_value());
    }
    static const auto box = crypto::BoxKey::from_seed(Bytes(32, 1));
    SEKIMORI_HOLDS(!unwrap_group_key(*box, {}, bytes));
    Chain chain;
    Follower follower({LedgerId{}, Bytes(32, 1), std::nullopt}, chain);
    if (const auto sealed = decode_tlv<SignedStatement>(bytes)) {
        SEKIMORI_HOLDS(!follower.hear(*sealed));
        SEKIMORI_HOLDS(!follower.take({{sealed->bytes, {}}, *sealed}));
    }
    if (const auto record = decode_tlv<SignedRecord>(bytes)) SEKIMORI_HOLDS(!follower.open_ack(*record));
    SEKIMORI_HOLDS(chain.head.seq == 0 && chain.ledger.pending().empty());
    return 0;
}
