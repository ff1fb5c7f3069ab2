// SPDX-License-Identifier: Apache-2.0
#include "admin/text.hpp"

#include <glib.h>
#include <libintl.h>
#include <locale.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>

namespace sekimori::admin {
namespace {

constexpr const char* kDomain = "sekimori";

struct Row {
    MessageId id;
    const char* name;  // the catalogue's context
    const char* english;
};
constexpr Row kRows[] = {
#define SEKIMORI_MESSAGE(id, english, japanese) {MessageId::id, #id, english},
#define SEKIMORI_MODULE_TEXT(name, english, japanese)
#include "messages.inc"
#undef SEKIMORI_MESSAGE
#undef SEKIMORI_MODULE_TEXT
};

const Row* row_of(MessageId id) noexcept {
    const Row* denied = nullptr;
    for (const Row& row : kRows) {
        if (row.id == id) return &row;
        if (row.id == MessageId::denied) denied = &row;
    }
    return denied;
}

// A machine without the Japanese locale (Debian installs none by itself) can still show Japanese: gettext needs UTF-8
// only, and is told the language by LANGUAGE.
void fall_back_to_utf8() noexcept {
    setlocale(LC_ALL, "C.UTF-8");
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        if (std::string_view(value).starts_with("ja")) setenv("LANGUAGE", "ja", 0);
        return;
    }
}

}  // namespace

void choose_language() noexcept {
    if (setlocale(LC_ALL, "") == nullptr) fall_back_to_utf8();
    std::array<char, PATH_MAX> self{};
    const ssize_t size = readlink("/proc/self/exe", self.data(), self.size() - 1);
    if (size <= 0) return;
    const std::string_view path(self.data(), static_cast<std::size_t>(size));
    const std::string folder(path.substr(0, path.rfind('/')));
    bindtextdomain(kDomain, (folder + "/../share/locale").c_str());
    bind_textdomain_codeset(kDomain, "UTF-8");
}

void use_language(const std::string& language) noexcept {
    setenv("LANGUAGE", language.c_str(), 1);
    setlocale(LC_ALL, "C.UTF-8");  // also tells gettext that what it has looked up is void
}

// An empty msgid is the catalogue's header.
std::string tr(const std::string& english) { return english.empty() ? english : dgettext(kDomain, english.c_str()); }

std::string fill(std::string text, Values values) {
    std::string filled;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t end = text[i] == '{' ? text.find('}', i) : std::string::npos;
        bool known = false;
        if (end != std::string::npos) {
            const std::string_view name = std::string_view(text).substr(i + 1, end - i - 1);
            for (const auto& [key, value] : values) {
                if (key != name) continue;
                filled += value;
                i = end + 1;
                known = true;
                break;
            }
        }
        if (!known) filled += text[i++];
    }
    return filled;
}

std::string text_of(MessageId id) {
    const Row* row = row_of(id);
    return row == nullptr || id == MessageId::none ? std::string() : g_dpgettext2(kDomain, row->name, row->english);
}

std::string text_of(const wire::Prompt& prompt) {
    std::string items;
    for (const wire::Item& item : prompt.items) items += (items.empty() ? "" : ", ") + item.text;
    return fill(text_of(prompt.id), {{"n", std::to_string(prompt.number)},
                                     {"service", prompt.service},
                                     {"requester", prompt.requester},
                                     {"items", items}});
}

}  // namespace sekimori::admin
