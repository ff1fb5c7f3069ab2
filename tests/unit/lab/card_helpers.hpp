// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "tests/lab/cards/apdu.hpp"
#include "tests/lab/cards/card.hpp"

namespace sekimori::lab {

inline Bytes hex(std::string_view text) { return from_hex(text).value(); }

/// Sends a command in hexadecimal; the answer in hexadecimal, status word included.
inline std::string say(Card& card, std::string_view command) { return to_hex(card.process(hex(command))); }

inline Bytes without_status(Bytes answer) {
    if (answer.size() < 2) throw std::length_error("an answer without a status word");
    answer.erase(answer.end() - 2, answer.end());
    return answer;
}

/// Sends a command and follows 61xx to the end; data and the last status word.
inline Bytes converse(Card& card, ByteView command) {
    Bytes data;
    Bytes part = card.process(command);
    while (part.size() >= 2 && part[part.size() - 2] == 0x61) {
        append(data, ByteView(part).first(part.size() - 2));
        part = card.process(Bytes{0x00, 0xC0, 0x00, 0x00, part.back()});
    }
    append(data, part);
    return data;
}

/// A folder that is there for one test.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "lab-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace sekimori::lab
