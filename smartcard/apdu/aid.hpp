// SPDX-License-Identifier: Apache-2.0
// The two applications that we ever select, and the files of the My Number card's one. Nothing may be added here
// without a look at what else a resident's card holds (docs/THREAT_MODEL.md).
#pragma once

#include <array>
#include <cstdint>

namespace sekimori::smartcard {

// 公的個人認証 (JPKI).
inline constexpr std::array<std::uint8_t, 10> kJpkiAid{0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01};
// PIV: SP 800-73-5 part 1, 2.2. The nine bytes select whatever version is there; the full one ends with it.
inline constexpr std::array<std::uint8_t, 9> kPivAid{0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00};
inline constexpr std::array<std::uint8_t, 11> kPivFullAid{0xa0, 0x00, 0x00, 0x03, 0x08, 0x00,
                                                          0x00, 0x10, 0x00, 0x01, 0x00};

// Elementary files of JPKI for user authentication. Those of the signature (0001, 0002, 001A, 001B) are never touched.
inline constexpr std::uint16_t kJpkiToken = 0x0006;
inline constexpr std::uint16_t kJpkiCertificate = 0x000a;
inline constexpr std::uint16_t kJpkiKey = 0x0017;
inline constexpr std::uint16_t kJpkiPin = 0x0018;

// Key references of PIV that we use (SP 800-73-5 part 1, table 4b) and the PIN's.
inline constexpr std::uint8_t kPivKey9a = 0x9a;
inline constexpr std::uint8_t kPivKey9c = 0x9c;
inline constexpr std::uint8_t kPivKey9e = 0x9e;
inline constexpr std::uint8_t kPinReference = 0x80;
// How GET DATA asks for 9C's certificate (table 3: 5FC10A).
inline constexpr std::array<std::uint8_t, 5> kPivCertificate9c{0x5c, 0x03, 0x5f, 0xc1, 0x0a};

}  // namespace sekimori::smartcard
