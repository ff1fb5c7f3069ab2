// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tests/lab/bytes.hpp"

/// The wire of QEMU's ccid-card-passthru (libcacard's "VSC"): a header of three big-endian numbers (type, reader id,
/// length of the body), then the body. Pure code, no I/O.
namespace sekimori::lab {

enum class Vsc : std::uint32_t {
    Init = 1,          ///< magic, version, capabilities; each end sends one
    Error = 2,         ///< from QEMU also the news that something went well: code 0
    ReaderAdd = 3,     ///< the card's slot is there
    ReaderRemove = 4,  ///< ... and gone
    Atr = 5,           ///< a card is put in, with its answer-to-reset
    CardRemove = 6,    ///< ... and pulled
    Apdu = 7,          ///< from QEMU a command, from here its answer
};

struct VscMessage {
    std::uint32_t type = 0;  ///< a number of Vsc, or one that this code does not know
    Bytes body;
    bool operator==(const VscMessage&) const = default;
};

inline constexpr std::size_t kVscHeader = 12;
/// QEMU's own limit is below this.
inline constexpr std::size_t kMaxVscBody = 0x10000;
inline constexpr std::uint32_t kVscSuccess = 0;
inline constexpr std::uint32_t kVscGeneralError = 1;

/// A body over kMaxVscBody cannot be sent.
std::optional<Bytes> encode_vsc(Vsc type, ByteView body);
Bytes encode_vsc_init();
Bytes encode_vsc_error(std::uint32_t code);
/// The code of an Error; nothing if the body is none.
std::optional<std::uint32_t> vsc_error_code(ByteView body);

/// Cuts a stream into messages. Holds at most one, so memory is bounded whatever arrives.
class VscParser {
  public:
    /// How many bytes the current message still lacks (of the header first); 0 when one is complete.
    std::size_t missing() const;
    /// At most missing() bytes.
    void feed(ByteView bytes);
    /// A length that nobody would mean: nothing that follows can be understood.
    bool broken() const;
    /// The complete message, and makes room for the next; nothing while it is incomplete.
    std::optional<VscMessage> take();

  private:
    std::size_t length() const;
    Bytes buffer_;
};

}  // namespace sekimori::lab
