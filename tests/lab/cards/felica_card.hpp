// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "tests/lab/cards/apdu.hpp"
#include "tests/lab/cards/card.hpp"
#include "tests/lab/cards/felica_mac.hpp"

namespace sekimori::lab {

/// What a card does with the host's random challenge. A stale one answers with MACs of an earlier challenge: a replay.
enum class Challenge : std::uint8_t { Fresh, Stale };

struct LiteSContents {
    Block16 id{};                            ///< block 82: IDm, then data format code and the issuer's own bytes
    Block16 card_key{};                      ///< block 87
    std::array<std::uint8_t, 2> ckv{1, 0};   ///< block 86, key version, little-endian
    std::uint32_t wcnt = 0;                  ///< block 90, 24 bits
    std::map<std::uint8_t, Block16> user{};  ///< blocks 00 to 0D
    Challenge challenge = Challenge::Fresh;
    Chunk8 pmm{0x00, 0xF1, 0x00, 0x00, 0x00, 0x01, 0x43, 0x00};  ///< byte 1 is the IC code: F1 = Lite-S
    std::function<void(std::uint32_t wcnt)> on_write{};  ///< the write counter outlives the process through this
};

/// A contactless FeliCa card behind a PC/SC reader: `FF CA 00 00 00` gives the IDm, `FF 00 00 00 Lc <frame>` exchanges
/// one raw frame with the tag. What the tag leaves unanswered is status 6300.
class FelicaCard : public Card {
  public:
    Bytes atr() const final;
    Bytes process(ByteView apdu) final;

  protected:
    virtual Bytes idm() const = 0;
    /// Answers a frame without its length byte; nothing when the tag stays silent.
    virtual std::optional<Bytes> frame(ByteView body) = 0;
    /// Polling (command 00); `system_code` is the card's own.
    std::optional<Bytes> poll(ByteView body, const Chunk8& pmm, std::uint16_t system_code) const;
};

/// FeliCa Lite-S: system 88B4, internal authentication by MAC_A reads, external authentication by a MAC_A write to
/// STATE.
class LiteSCard final : public FelicaCard {
  public:
    explicit LiteSCard(LiteSContents contents) : contents_(std::move(contents)) {}

    void power_on() override { forget(); }
    void power_off() override { forget(); }
    void reset() override { forget(); }
    LiteSContents& contents() { return contents_; }
    bool authenticated() const { return authenticated_; }

  protected:
    Bytes idm() const override { return {contents_.id.begin(), contents_.id.begin() + 8}; }
    std::optional<Bytes> frame(ByteView body) override;

  private:
    std::optional<Bytes> read(ByteView body);
    std::optional<Bytes> write(ByteView body);
    std::optional<Block16> block(std::uint8_t number) const;
    std::uint16_t store(std::uint8_t number, const Block16& data, std::optional<Block16> mac);
    void forget();

    LiteSContents contents_;
    std::optional<FelicaSession> session_;
    Block16 challenge_{};
    bool authenticated_ = false;
};

/// A card that only says who it is: IDm and polling, nothing else. `system_code` is one of another operator.
class IdmCard final : public FelicaCard {
  public:
    explicit IdmCard(const Chunk8& idm) : idm_(idm) {}

  protected:
    Bytes idm() const override { return {idm_.begin(), idm_.end()}; }
    std::optional<Bytes> frame(ByteView body) override;

  private:
    Chunk8 idm_;
};

}  // namespace sekimori::lab
