// SPDX-License-Identifier: Apache-2.0
// Root's list of devices that are let in by name. A line that is not understood opens nothing, and the others count.
#include <algorithm>

#include "core/media.hpp"

namespace sekimori::media {
namespace {

constexpr std::uint8_t kStorage = 0x08, kVendor = 0xff;
constexpr std::string_view kBlank = " \t\r";

std::string_view next_word(std::string_view& text) {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(kBlank)));
    const std::string_view word = text.substr(0, text.find_first_of(kBlank));
    text.remove_prefix(word.size());
    return word;
}

std::optional<std::uint16_t> number(std::string_view text) {
    const auto bytes = from_hex<2>(text);
    if (!bytes) return std::nullopt;
    return static_cast<std::uint16_t>(((*bytes)[0] << 8) | (*bytes)[1]);
}

std::optional<std::vector<std::uint8_t>> classes_in(std::string_view text) {
    if (text.empty()) return std::vector{kVendor};
    std::vector<std::uint8_t> classes;
    while (true) {
        const std::string_view word = text.substr(0, text.find(','));
        const auto cls = from_hex<1>(word);
        if (!cls || (*cls)[0] == kStorage) return std::nullopt;
        classes.push_back((*cls)[0]);
        if (word.size() == text.size()) return classes;
        text.remove_prefix(word.size() + 1);
    }
}

std::optional<Named> entry_of(std::string_view line) {
    const std::string_view device = next_word(line);
    const auto classes = classes_in(next_word(line));
    if (!next_word(line).empty() || !classes || device.size() < 9 || device[4] != ':') return std::nullopt;
    const auto vendor = number(device.substr(0, 4));
    const auto product = number(device.substr(5, 4));
    if (!vendor || !product) return std::nullopt;
    Named entry{*vendor, *product, {}, *classes};
    if (device.size() == 9) return entry;
    if (device[9] != ':' || !nameable(device.substr(10))) return std::nullopt;
    entry.serial = device.substr(10);
    return entry;
}

}  // namespace

NamedList read_list(std::string_view text) {
    NamedList list;
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        // A remark begins a word: a serial number may hold the sign.
        if (const std::size_t remark = line.find(" #"); remark != std::string_view::npos) line = line.substr(0, remark);
        if (line.find_first_not_of(kBlank) == std::string_view::npos || line.starts_with('#')) continue;
        auto entry = entry_of(line);
        if (entry && list.entries.size() < kMaxNamed)
            list.entries.push_back(std::move(*entry));
        else
            list.bad_lines.push_back(number);
    }
    return list;
}

}  // namespace sekimori::media
