// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "tests/lab/bytes.hpp"

/// The MACs of FeliCa Lite-S (cards.md C): two-key triple DES in CBC, every 8-byte chunk reversed.
/// Two-key triple DES is not on the CRYPTREC recommended list; it is what this card has.
namespace sekimori::lab {

using Chunk8 = std::array<std::uint8_t, 8>;
using Block16 = std::array<std::uint8_t, 16>;

struct FelicaSession {
    Chunk8 sk1{};
    Chunk8 sk2{};
    Chunk8 iv{};
};

/// Session keys from the card key and the host's random challenge.
FelicaSession felica_session(const Block16& card_key, const Block16& challenge);
/// MAC_A of a read: `blocks` as asked for, block 91 included and last; `data` of those before it.
Chunk8 mac_a_read(const FelicaSession& session, const std::vector<std::uint8_t>& blocks, ByteView data);
/// MAC_A of a write of one block under write counter `wcnt` (24 bits).
Chunk8 mac_a_write(const FelicaSession& session, std::uint32_t wcnt, std::uint8_t block, const Block16& data);
/// The older MAC of block 81, over data alone.
Chunk8 mac_plain(const FelicaSession& session, ByteView data);
/// The card's own key from a 24-byte master key and its ID block.
Block16 diversified_card_key(const std::array<std::uint8_t, 24>& master, const Block16& id);

}  // namespace sekimori::lab
