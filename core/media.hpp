// SPDX-License-Identifier: Apache-2.0
// What may be plugged in: the judgement over a USB device's own words, as values. By class alone: hubs, keyboards and
// mice, card readers, printers. By name (root's list on this machine): a scanner, a network adapter. Storage by a
// signed record and by nothing else. Everything else is refused. A device can lie about all of it: this is policy, not
// proof.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/instant.hpp"
#include "core/result.hpp"

namespace sekimori::media {

struct Interface {
    std::uint8_t cls{}, subclass{}, protocol{};
    auto operator<=>(const Interface&) const = default;
};

// The kernel shows a device's descriptors up to this size; what reaches it may go on.
inline constexpr std::size_t kMaxDescriptors = 18 + 65535;
inline constexpr std::size_t kMaxInterfaces = 64;
inline constexpr std::size_t kMaxSerial = 126;  // UTF-16 units of a string descriptor, ASCII here

struct Device {
    std::uint16_t vendor{}, product{};
    std::string serial;  // as the device says it; "" if it has none
    std::vector<Interface>
        interfaces;  // of all configurations and settings, each once; a class of the whole device too
};

// The content of sysfs's `descriptors`: device and configurations as the kernel parsed them, cut where it stopped.
// Errors: malformed (anything that the kernel would not show like that), too_large (there may be more than was shown).
[[nodiscard]] Result<Device> read_descriptors(ByteSpan bytes);

// Can records and lists name it: printable ASCII, no blank at either end, not empty, not too long?
[[nodiscard]] bool nameable(std::string_view serial) noexcept;
// For people: what is no printable ASCII becomes "?", and it is cut at `most`.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most);

enum class Kind : std::uint8_t {
    plain,    // every interface is of a class that anybody may plug in
    storage,  // nothing but mass storage
    other,    // anything else, also storage together with something else
};
[[nodiscard]] Kind kind_of(const Device& device) noexcept;
[[nodiscard]] bool holds_storage(const Device& device) noexcept;
// May a device that was let in for its class have this driver? One that claims to be a keyboard can have the number of
// a stick that a storage driver knows by number.
[[nodiscard]] bool plain_driver(std::string_view driver) noexcept;
[[nodiscard]] bool storage_driver(std::string_view driver) noexcept;

// A line of root's list: "VVVV:PPPP[:SERIAL] [CLASS,...] [# remark]". Besides the plain classes it opens those it
// names, "ff" if it names none, and never storage.
struct Named {
    std::uint16_t vendor{}, product{};
    std::optional<std::string> serial;
    std::vector<std::uint8_t> classes;
    bool operator==(const Named&) const = default;
};
struct NamedList {
    std::vector<Named> entries;
    std::vector<std::size_t> bad_lines;  // they open nothing
};
inline constexpr std::size_t kMaxNamed = 256;
[[nodiscard]] NamedList read_list(std::string_view text);
[[nodiscard]] bool named(std::span<const Named> list, const Device& device);

// A record of the ledger.
struct Record {
    StatementId id;
    std::uint16_t vendor{}, product{};
    std::string serial;
    Millis from{}, until{};             // wall; until 0: for good
    std::vector<TerminalId> terminals;  // empty: everywhere
    bool withdrawn{false};
};

// Stable names are in name_of(); the order is that of preference among records that name the device.
enum class Answer : std::uint8_t {
    allowed,
    clock_suspect,  // a record that ends, and a clock that went back
    early,
    elsewhere,  // a record for other terminals
    expired,
    withdrawn,
    unlisted,
    unnamed,    // no serial number that a record could name
    composite,  // storage together with something else
    closed,     // a class that is not opened by records
    irregular,  // its descriptors are not what they should be
    driver,     // let in for its class, and a driver of another took it
};
[[nodiscard]] const char* name_of(Answer answer) noexcept;

struct Decision {
    Answer answer{Answer::unlisted};
    std::optional<StatementId> record;  // that allowed it
};
// What a record says of a device that was not let in by class or by name.
[[nodiscard]] Decision decide(const Device& device, std::span<const Record> records, const TerminalId& here,
                              const Instant& now);

}  // namespace sekimori::media
