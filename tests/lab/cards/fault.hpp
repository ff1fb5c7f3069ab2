// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "tests/lab/cards/card.hpp"

/// Misbehaviour that any card can be given, on top of what its own contents allow (a wrong key, a blocked PIN, ...).
namespace sekimori::lab {

/// How an exchange ends on the wire.
enum class Ending : std::uint8_t {
    Answer,
    Mute,            ///< no answer, ever, to this command
    Pull,            ///< the card is pulled instead of answering
    PullInMidFrame,  ///< half the answer is sent, then the card is pulled
    Swap,            ///< the card is pulled, and `next` is put into the same reader
};

/// One command of the reader and what becomes of it; faults change it before it is sent.
struct Exchange {
    std::size_t number = 0;  ///< APDUs are counted from 1 at each insertion; 0 for a power-off
    ByteView command;        ///< empty for a power-off
    Bytes answer;
    std::chrono::milliseconds delay{0};
    Ending ending = Ending::Answer;
    std::shared_ptr<Card> next;
};

class Fault {
  public:
    Fault() = default;
    virtual ~Fault() = default;
    Fault(const Fault&) = delete;
    Fault& operator=(const Fault&) = delete;
    virtual void on_apdu(Exchange& exchange) = 0;
    virtual void on_power_off(Exchange&) {}
};
using Faults = std::vector<std::shared_ptr<Fault>>;

/// Which APDU of an insertion; 0 means every one.
using Nth = std::size_t;
inline constexpr Nth kEvery = 0;

enum class Malformation : std::uint8_t {
    Truncate,   ///< the first half of the data, with the status word
    Flip,       ///< one bit of each 16th byte
    Garbage,    ///< random bytes of the same length
    TlvLength,  ///< lengths that promise more than there is
    Oversize,   ///< 60,000 bytes and the status word
    Empty,      ///< an answer without even a status word
};

namespace faults {
/// Whatever a test wants.
std::shared_ptr<Fault> call(std::function<void(Exchange&)> hook);
std::shared_ptr<Fault> slow(std::chrono::milliseconds delay, Nth nth = kEvery);
/// From the n-th APDU on the card says nothing more.
std::shared_ptr<Fault> mute(Nth from = 1);
std::shared_ptr<Fault> pull(Nth nth, Ending how = Ending::Pull);
/// Answers with this status word alone.
std::shared_ptr<Fault> say(std::uint16_t status_word, Nth nth = kEvery);
std::shared_ptr<Fault> malformed(Malformation kind, Nth nth = kEvery);
/// Another card takes this one's place between certificate and signature: at the first power-off after a certificate
/// was read, or in the middle of the first signature, whichever comes first.
std::shared_ptr<Fault> swap_before_signature(std::shared_ptr<Card> next);
std::shared_ptr<Fault> swap_at(std::shared_ptr<Card> next, Nth nth);
/// A card that insists on the exact Le: 6Cxx, then answers the repeated command.
std::shared_ptr<Fault> exact_le();
}  // namespace faults

/// Reads one fault as the command line writes it: `slow:MS`, `mute[@N]`, `pull@N`, `pull-mid-frame@N`, `say:6F00[@N]`,
/// `malformed:KIND[@N]` (truncate, flip, garbage, tlv, oversize, empty), `exact-le`.
Outcome<std::shared_ptr<Fault>> parse_fault(std::string_view text);

/// True for a command that makes a card sign: GENERAL AUTHENTICATE (its last part), PSO: COMPUTE DIGITAL SIGNATURE.
bool is_signature_command(ByteView command);
/// True for a command by which a certificate is read.
bool is_certificate_command(ByteView command);

}  // namespace sekimori::lab
