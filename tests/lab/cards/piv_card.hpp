// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>

#include "tests/lab/cards/apdu.hpp"
#include "tests/lab/cards/card.hpp"
#include "tests/lab/cards/key.hpp"
#include "tests/lab/cards/pin.hpp"

namespace sekimori::lab {

enum class CertificateEncoding : std::uint8_t { Plain, Gzip };

/// Key references of SP 800-73-5 part 1 table 4b.
namespace piv {
inline constexpr std::uint8_t authentication = 0x9A;       // needs the PIN
inline constexpr std::uint8_t card_authentication = 0x9E;  // possession only
inline constexpr std::uint8_t digital_signature = 0x9C;    // needs the PIN right before each signature ("PIN always")
}  // namespace piv

struct PivSlot {
    CardKey key;
    Bytes certificate;  ///< DER, or whatever a test wants there
    CertificateEncoding encoding = CertificateEncoding::Plain;
};

struct PivContents {
    std::map<std::uint8_t, PivSlot> slots;  ///< 9A, 9E, 9C
    Pin pin{"123456", Pin::kMaxTries};
    Bytes guid;  ///< 16 bytes, in the CHUID
    WarmReset warm_reset = WarmReset::ClearsLogin;
};

/// A PIV card application, NIST SP 800-73-5 part 2: SELECT, GET DATA, VERIFY, GENERAL AUTHENTICATE, chaining both ways.
class PivCard final : public Card {
  public:
    explicit PivCard(PivContents contents) : contents_(std::move(contents)) {}

    Bytes atr() const override;
    void power_on() override { forget(); }
    void power_off() override { forget(); }
    void reset() override;
    Bytes process(ByteView apdu) override;

    PivContents& contents() { return contents_; }
    bool logged_in() const { return logged_in_; }

  private:
    Bytes select(const Command& command);
    Bytes get_data(const Command& command);
    Bytes verify(const Command& command);
    Bytes general_authenticate(const Command& command);
    std::optional<Bytes> object(std::uint32_t tag) const;
    void forget();

    PivContents contents_;
    bool selected_ = false;
    bool logged_in_ = false;
    bool just_verified_ = false;  ///< the command before this one was a VERIFY that succeeded
    CommandChain chain_;
    AnswerQueue answers_;
};

/// gzip as CertInfo bit 0 announces it (RFC 1952).
Bytes gzip(ByteView data);

}  // namespace sekimori::lab
