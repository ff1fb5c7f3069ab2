// SPDX-License-Identifier: Apache-2.0
#include "pam_module/texts.hpp"

#include <chrono>

namespace sekimori::pam {
namespace {

struct Text {
    const char* en;
    const char* ja;
};

// A switch and not an array of pairs: the compiler finds an id that stands twice.
constexpr std::optional<Text> text_of(MessageId id) {
    switch (static_cast<std::uint16_t>(id)) {
#define SEKIMORI_MESSAGE(name, english, japanese)     \
    case static_cast<std::uint16_t>(MessageId::name): \
        return Text{english, japanese};
#define SEKIMORI_MODULE_TEXT(name, english, japanese)
#include "messages.inc"
#undef SEKIMORI_MESSAGE
#undef SEKIMORI_MODULE_TEXT
        default:
            return std::nullopt;
    }
}

namespace module_text {
#define SEKIMORI_MESSAGE(name, english, japanese)
#define SEKIMORI_MODULE_TEXT(name, english, japanese) constexpr Text name{english, japanese};
#include "messages.inc"
#undef SEKIMORI_MESSAGE
#undef SEKIMORI_MODULE_TEXT
}  // namespace module_text

std::string decimal(std::uint32_t value, std::size_t width = 1) {
    std::string digits;
    for (; value != 0 || digits.size() < width; value /= 10)
        digits.insert(digits.begin(), static_cast<char>('0' + value % 10));
    return digits;
}

// Japan's time is UTC+9 all year; the host's TZ is not asked.
std::string japan_time(std::uint32_t seconds) {
    using namespace std::chrono;
    const sys_seconds local{std::chrono::seconds{seconds} + hours{9}};
    const auto day = floor<days>(local);
    const year_month_day date{day};
    const hh_mm_ss clock{local - day};
    return decimal(static_cast<std::uint32_t>(static_cast<int>(date.year()))) + "-" +
           decimal(static_cast<unsigned>(date.month()), 2) + "-" + decimal(static_cast<unsigned>(date.day()), 2) + " " +
           decimal(static_cast<std::uint32_t>(clock.hours().count()), 2) + ":" +
           decimal(static_cast<std::uint32_t>(clock.minutes().count()), 2);
}

std::string value_of(std::string_view name, const Parameters& parameters) {
    if (name == "n") return decimal(parameters.number);
    if (name == "service") return printable(parameters.service);
    if (name == "requester" || name == "terminal") return printable(parameters.requester);
    if (name == "items") return printable(parameters.items);
    if (name == "time") return japan_time(parameters.number);
    return {};
}

std::string fill(std::string_view text, const Parameters& parameters) {
    std::string filled;
    while (true) {
        const auto open = text.find('{');
        const auto close = text.find('}', open);
        filled += text.substr(0, open);
        if (open == std::string_view::npos || close == std::string_view::npos) return filled;
        filled += value_of(text.substr(open + 1, close - open - 1), parameters);
        text.remove_prefix(close + 1);
    }
}

const char* in(Language language, const Text& text) { return language == Language::ja ? text.ja : text.en; }

}  // namespace

std::optional<std::string> render(MessageId id, Language language, const Parameters& parameters) {
    const auto text = text_of(id);
    if (!text) return std::nullopt;
    return fill(in(language, *text), parameters);
}

std::string render_tries(std::uint32_t tries, Language language) {
    return fill(in(language, module_text::pin_tries), {.number = tries, .service = {}, .requester = {}, .items = {}});
}

std::string printable(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto at = [&](std::size_t k) {
            return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U;
        };
        const bool control = at(0) < 0x20 || at(0) == 0x7f;
        const bool c1 = at(0) == 0xc2 && at(1) >= 0x80 && at(1) <= 0x9f;  // U+0080 to U+009F
        // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069
        const bool mark =
            at(0) == 0xe2 && ((at(1) == 0x80 && (at(2) == 0x8e || at(2) == 0x8f || (at(2) >= 0xa8 && at(2) <= 0xae))) ||
                              (at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9));
        if (control || c1 || mark) {
            clean += '?';
            i += mark ? 2 : c1 ? 1 : 0;
        } else {
            clean += text[i];
        }
    }
    return clean;
}

}  // namespace sekimori::pam
