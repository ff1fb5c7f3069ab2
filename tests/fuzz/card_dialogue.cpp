// SPDX-License-Identifier: Apache-2.0
// A hostile card against every driver: whatever it answers, the dialogue ends, a PIN is sent at most once, and on what
// says it is a My Number card no other application is selected. The input is what to ask for, then the card's answers
// as (16-bit length, bytes).
#include <algorithm>
#include <array>

#include "smartcard/apdu/aid.hpp"
#include "smartcard/card/authority.hpp"
#include "smartcard/card/card.hpp"
#include "smartcard/card/lite_s.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace sekimori;
using namespace sekimori::smartcard;

constexpr unsigned kMostApdus = 200;

class HostileCard final : public Transport {
  public:
    explicit HostileCard(ByteSpan answers, Purpose purpose = Purpose::login) : Transport(purpose), rest_(answers) {}
    ~HostileCard() override {
        SEKIMORI_HOLDS(pins_ <= 1);
        SEKIMORI_HOLDS(count() <= kMostApdus);
    }
    HostileCard(const HostileCard&) = delete;
    HostileCard& operator=(const HostileCard&) = delete;
    HostileCard(HostileCard&&) = delete;
    HostileCard& operator=(HostileCard&&) = delete;

  private:
    CardResult<Bytes> exchange(ByteSpan command) override {
        const auto parsed = parse_command(command);
        SEKIMORI_HOLDS(parsed.has_value());
        if (parsed->ins == 0x20 && !parsed->data.empty()) ++pins_;
        const bool selects = parsed->ins == 0xa4 && parsed->p1 == 0x04;
        SEKIMORI_HOLDS(!selects || !is_jpki_ || std::ranges::equal(parsed->data, kJpkiAid));
        if (rest_.size() < 2) return failure(CardFault::gone);
        const std::size_t size = std::min(std::size_t{rest_[0]} << 8 | rest_[1], rest_.size() - 2);
        Bytes answer(rest_.begin() + 2, rest_.begin() + 2 + static_cast<std::ptrdiff_t>(size));
        rest_ = rest_.subspan(2 + size);
        const auto status = parse_answer(answer);
        if (selects && status && status->status == sw::kOk) is_jpki_ = std::ranges::equal(parsed->data, kJpkiAid);
        return answer;
    }
    ByteSpan rest_;
    unsigned pins_{0};
    bool is_jpki_{false};
};

void sign_with(ByteSpan answers, CardType type, CardSlot slot, wire::SignatureScheme scheme, std::string_view digits) {
    HostileCard card(answers);
    const Bytes digest(scheme == wire::SignatureScheme::ecdsa_p384_sha384 ? 48 : 32, 0x5a);
    const SecureBytes pin(ByteSpan(reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size()));
    const auto signature = sign(card, {type, slot, scheme, digest, pin});
    if (signature) SEKIMORI_HOLDS(!signature->empty() && signature->size() <= 256);
}

void relay_lite_s(ByteSpan answers) {
    HostileCard card(answers);
    const auto polled = lite_s::poll(card);
    if (!polled || !*polled) return;
    if (lite_s::challenge(card, (*polled)->idm, wire::Block{0x42}))
        (void)lite_s::authenticate(card, (*polled)->idm, wire::Block{0x01}, wire::Block{});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using wire::SignatureScheme;
    if (size == 0) return 0;
    const ByteSpan answers(data + 1, size - 1);
    switch (data[0] % 9) {
        case 0: {
            HostileCard card(answers);
            const auto references = identify(card);
            if (references) SEKIMORI_HOLDS(!references->empty() && references->size() <= 2);
            break;
        }
        case 1: {
            HostileCard card(answers);
            (void)read_card(card, CardSlot::none);
            break;
        }
        case 2:
            sign_with(answers, CardType::piv, CardSlot::piv_9e, SignatureScheme::ecdsa_p256_sha256, "");
            break;
        case 3:
            sign_with(answers, CardType::piv, CardSlot::piv_9a, SignatureScheme::ecdsa_p384_sha384, "123456");
            break;
        case 4:
            sign_with(answers, CardType::piv, CardSlot::piv_9a, SignatureScheme::rsa_pkcs1_sha256, "123456");
            break;
        case 5:
            sign_with(answers, CardType::jpki, CardSlot::jpki_auth, SignatureScheme::rsa_pkcs1_sha256, "1234");
            break;
        case 7: {
            HostileCard card(answers, Purpose::authority);
            (void)read_authority(card);
            break;
        }
        case 8: {
            HostileCard card(answers, Purpose::authority);
            const SecureBytes pin(ByteSpan(reinterpret_cast<const std::uint8_t*>("123456"), 6));
            (void)sign_as_authority(card, SignatureScheme::ecdsa_p256_sha256, Bytes(32, 0x5a), pin);
            break;
        }
        default:
            relay_lite_s(answers);
    }
    return 0;
}
