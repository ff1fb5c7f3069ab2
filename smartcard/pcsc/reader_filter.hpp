// SPDX-License-Identifier: Apache-2.0
// Which readers we touch at all: a counter's second reader, for residents' cards, is never opened.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sekimori::smartcard::pcsc {

enum class SoftwareReaders : std::uint8_t { refused, allowed };

class ReaderFilter {
  public:
    // `wanted`: [devices] readers= of the configuration. An entry is a reader's name, whole or without the two numbers
    // at its end that change when it is plugged in elsewhere, or "usb:SERIAL". Empty: every reader but software ones
    // (and these too where they are allowed).
    ReaderFilter(std::vector<std::string> wanted, SoftwareReaders software)
        : wanted_(std::move(wanted)), software_(software) {}
    [[nodiscard]] bool admits(std::string_view name) const;

  private:
    std::vector<std::string> wanted_;
    SoftwareReaders software_;
};

}  // namespace sekimori::smartcard::pcsc
