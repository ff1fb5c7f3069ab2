// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/lab/cards/apdu.hpp"
#include "tests/lab/cards/card.hpp"
#include "tests/lab/cards/key.hpp"
#include "tests/lab/cards/pin.hpp"

namespace sekimori::lab {

/// Whether the card has a PIN for the authentication key: a PIN-less 顔認証マイナンバーカード has none.
enum class AuthPin : std::uint8_t { Present, Absent };
/// Whether the first command after power-on fails with 6F00, as some cards do over some readers.
enum class FirstCommand : std::uint8_t { Works, Fails };

struct JpkiContents {
    CardKey key;           ///< EF 0017, RSA
    Bytes certificate;     ///< EF 000A
    Bytes ca_certificate;  ///< EF 000B
    Bytes signature_certificate{0x30, 0x82, 0x00,
                                0x02, 0x05, 0x00};  ///< EF 0001, a decoy behind the signature password
    std::string label = "JPKIAPICCTOKEN2";          ///< EF 0006
    Pin pin{"1234", Pin::kMaxTries};                ///< EF 0018
    AuthPin auth_pin = AuthPin::Present;
    FirstCommand first_command = FirstCommand::Works;
    WarmReset warm_reset = WarmReset::KeepsLogin;
};

/// A My Number card as seen by a driver of its JPKI application. The other applications answer SELECT and do nothing
/// more, the signature files exist and count: so a test can prove that nobody went near them.
class JpkiCard final : public Card {
  public:
    explicit JpkiCard(JpkiContents contents) : contents_(std::move(contents)) {}

    Bytes atr() const override;
    void power_on() override;
    void power_off() override { forget(); }
    void reset() override;
    Bytes process(ByteView apdu) override;

    JpkiContents& contents() { return contents_; }
    bool logged_in() const { return logged_in_; }
    /// Every application id and file id that was selected, found or not, in order, as hexadecimal.
    const std::vector<std::string>& selections() const { return selections_; }
    /// True when a selection was one that Sekimori must never make: any application but JPKI, any file of the signature
    /// key.
    bool forbidden_touched() const;
    /// Tries left of the signature password; 5 unless somebody spent one.
    unsigned signature_tries() const { return signature_pin_.tries(); }

  private:
    Bytes select(const Command& command);
    Bytes read_binary(const Command& command) const;
    Bytes verify(const Command& command);
    Bytes sign(const Command& command);
    std::optional<Bytes> file(std::uint16_t id) const;
    bool exists(std::uint16_t id) const;
    void forget();

    JpkiContents contents_;
    Pin signature_pin_{"LABSIGN", 5, 5};
    bool application_ = false;
    std::optional<std::uint16_t> current_;
    bool logged_in_ = false;
    bool first_ = false;
    std::vector<std::string> selections_;
};

}  // namespace sekimori::lab
