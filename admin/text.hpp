// SPDX-License-Identifier: Apache-2.0
// Texts for people: the catalogues of po/, in the language of the environment.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/schema.hpp"

namespace sekimori::admin {

// Once, before any other call here. Catalogues are looked for beside the program (../share/locale).
void choose_language() noexcept;

// That language instead of the environment's: for a report that somebody else reads.
void use_language(const std::string& language) noexcept;

// The translation of an English text; xgettext's keyword. tr("") is "".
[[nodiscard]] std::string tr(const std::string& english);
// Marks a text that is translated where it is shown.
[[nodiscard]] constexpr const char* later(const char* english) noexcept { return english; }

// Puts values in the place of {name}s.
using Values = std::initializer_list<std::pair<std::string_view, std::string>>;
[[nodiscard]] std::string fill(std::string text, Values values);

// The text of a prompt, with its values in place. An id of a newer broker reads as `denied`.
[[nodiscard]] std::string text_of(const wire::Prompt& prompt);
[[nodiscard]] std::string text_of(MessageId id);

}  // namespace sekimori::admin
