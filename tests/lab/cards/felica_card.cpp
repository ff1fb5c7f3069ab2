// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/felica_card.hpp"

#include <algorithm>

namespace sekimori::lab {

// PC/SC part 3, "FeliCa" storage card.
Bytes FelicaCard::atr() const {
    return {0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00,
            0x03, 0x06, 0x11, 0x00, 0x3B, 0x00, 0x00, 0x00, 0x00, 0x42};
}

Bytes FelicaCard::process(ByteView apdu) {
    const auto command = parse_command(apdu);
    if (!command) return status(sw::wrong_length);
    if (command->ins == ins::select) return status(sw::not_found);
    if (command->cla != 0xFF) return status(sw::unknown_cla);
    if (command->ins == ins::get_data_uid) {
        if (command->p1 != 0x00 || command->p2 != 0x00) return status(sw::not_supported);
        return answer(idm());
    }
    if (command->ins != 0x00 || command->p1 != 0x00 || command->p2 != 0x00) return status(sw::unknown_ins);
    const Bytes& wrapped = command->data;
    if (wrapped.size() < 2 || wrapped[0] != wrapped.size()) return status(sw::no_response);
    const auto body = frame(ByteView(wrapped).subspan(1));
    if (!body) return status(sw::no_response);
    Bytes out{static_cast<std::uint8_t>(body->size() + 1)};
    append(out, *body);
    return answer(out);
}

// 00 <system code> <request code> <time slots> -> 01 IDm PMm [system code]; FF in the code matches anything.
std::optional<Bytes> FelicaCard::poll(ByteView body, const Chunk8& pmm, std::uint16_t system_code) const {
    if (body.size() != 5) return std::nullopt;
    const Bytes system{static_cast<std::uint8_t>(system_code >> 8U), static_cast<std::uint8_t>(system_code & 0xFFU)};
    for (std::size_t i = 0; i < 2; ++i) {
        if (body[1 + i] != 0xFF && body[1 + i] != system[i]) return std::nullopt;
    }
    Bytes out{0x01};
    append(out, idm());
    append(out, pmm);
    if (body[3] == 0x01) append(out, system);
    return out;
}

std::optional<Bytes> IdmCard::frame(ByteView body) {
    // A transit card: IC code 31, system 0003.
    constexpr Chunk8 pmm{0x01, 0x31, 0x4B, 0x02, 0x4F, 0x49, 0x93, 0xFF};
    return body[0] == 0x00 ? poll(body, pmm, 0x0003) : std::nullopt;
}

}  // namespace sekimori::lab
