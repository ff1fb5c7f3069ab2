// SPDX-License-Identifier: Apache-2.0
// Texts for people, from the table that po/ makes at build time: a module in somebody else's process calls no
// setlocale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/message.hpp"
#include "pam_module/options.hpp"

namespace sekimori::pam {

// What the placeholders {n}, {service}, {requester} and {items} stand for; last_login takes {time} from `number`
// (seconds since 1970, shown in Japan's time) and {terminal} from `requester`. Text from elsewhere is shown without
// control characters.
struct Parameters {
    std::uint32_t number{};
    std::string_view service, requester, items;
};

// nullopt: no text has this id.
[[nodiscard]] std::optional<std::string> render(MessageId id, Language language, const Parameters& parameters);
// "3 tries left on the card.": precedes the PIN prompt.
[[nodiscard]] std::string render_tries(std::uint32_t tries, Language language);

// `text` (valid UTF-8) with control characters, line breaks and direction marks replaced by '?': a service or a
// requester can't write to the terminal around the prompt.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace sekimori::pam
