// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/quote.hpp"

namespace sekimori::lab::launcher {
namespace {

bool plain_in_address(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_/.\\*").find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_value(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out += '\'';
}

std::string pam_argument(std::string_view value) {
    if (value.find_first_of(" []") == std::string_view::npos) {
        return std::string(value);
    }
    std::string out = "[";
    for (const char c : value) {
        if (c == ']') {
            out += '\\';
        }
        out += c;
    }
    return out += ']';
}

std::string bus_address_value(std::string_view value) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : value) {
        if (plain_in_address(c)) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 0x0FU];
        }
    }
    return out;
}

std::string key_file_value(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == ' ' && out.empty()) {
            out += "\\s";
        } else {
            out += c;
        }
    }
    return out;
}

std::string xml_text(std::string_view value) {
    std::string out;
    for (const char c : value) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace sekimori::lab::launcher
