// SPDX-License-Identifier: Apache-2.0
// The command filter under any sequence of commands: a file of a My Number card that is not ours is never read, and the
// signature's key never asked; what serves the authority has 9C of PIV alone, and a login never. The input is a
// sequence of (length, APDU, status word).
#include "smartcard/apdu/apdu.hpp"

#include <algorithm>
#include <array>

#include "smartcard/apdu/aid.hpp"
#include "smartcard/apdu/command_filter.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace sekimori;
using namespace sekimori::smartcard;

bool one_of_ours(ByteSpan aid) {
    return std::ranges::equal(aid, kJpkiAid) || std::ranges::equal(aid, kPivAid) ||
           std::ranges::equal(aid, kPivFullAid);
}

void judge_one(CommandFilter& filter, Purpose purpose, ByteSpan apdu, std::uint16_t status) {
    if (filter.judge(apdu) != Permit::allowed) return;
    const auto command = parse_command(apdu);
    SEKIMORI_HOLDS(command.has_value());
    if (command->ins == 0xa4 && command->p1 == 0x04) SEKIMORI_HOLDS(one_of_ours(command->data));
    if (command->ins == 0xa4 && command->p1 == 0x02) {
        constexpr std::array<std::array<std::uint8_t, 2>, 4> barred{
            {{0x00, 0x01}, {0x00, 0x02}, {0x00, 0x1a}, {0x00, 0x1b}}};
        for (const auto& file : barred) SEKIMORI_HOLDS(!std::ranges::equal(command->data, file));
    }
    // Nothing is ever written to a card but FeliCa's frames, and no PIN is changed.
    SEKIMORI_HOLDS(command->ins != 0xd6 && command->ins != 0xdb && command->ins != 0x24 && command->ins != 0x2c);
    if (command->ins == 0x87) SEKIMORI_HOLDS((command->p2 == kPivKey9c) == (purpose == Purpose::authority));
    if (purpose == Purpose::authority)
        SEKIMORI_HOLDS(command->cla != 0xff && command->cla != 0x80 && command->ins != 0xb0 &&
                       (command->ins != 0xa4 || command->p1 == 0x04));
    filter.answered(apdu, status);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteSpan rest(data, size);
    (void)parse_answer(rest);
    CommandFilter login, authority(Purpose::authority);
    while (rest.size() >= 3) {
        const std::size_t length = std::min<std::size_t>(rest[0], rest.size() - 3);
        const ByteSpan apdu = rest.subspan(1, length);
        const auto status = static_cast<std::uint16_t>((rest[1 + length] << 8) | rest[2 + length]);
        judge_one(login, Purpose::login, apdu, status);
        judge_one(authority, Purpose::authority, apdu, status);
        rest = rest.subspan(3 + length);
    }
    return 0;
}
