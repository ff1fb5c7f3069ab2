// SPDX-License-Identifier: Apache-2.0
#include "biometric/worker/environment.hpp"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace sekimori::biometric {
namespace {

constexpr std::array<std::string_view, 3> kScrubbed{"FP_", "G_", "LIBUSB_"};
constexpr std::string_view kVirtual = "FP_VIRTUAL_";

bool unwanted(std::string_view name, LabMode lab) {
    if (lab == LabMode::on && name.starts_with(kVirtual)) return false;
    for (const std::string_view prefix : kScrubbed)
        if (name.starts_with(prefix)) return true;
    return false;
}

GLogWriterOutput write_log(GLogLevelFlags level, const GLogField* fields, gsize count, gpointer /*data*/) {
    if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) == 0) return G_LOG_WRITER_HANDLED;
    for (gsize i = 0; i < count; ++i) {
        if (std::string_view(fields[i].key) != "MESSAGE" || fields[i].value == nullptr) continue;
        const auto* text = static_cast<const char*>(fields[i].value);
        log_line("library: " + (fields[i].length < 0 ? std::string(text)
                                                     : std::string(text, static_cast<std::size_t>(fields[i].length))));
    }
    return G_LOG_WRITER_HANDLED;
}

}  // namespace

Status harden() {
    const rlimit none{0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return fail(ErrorCode::internal, "can't switch core dumps off");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return fail(ErrorCode::internal, "can't become undumpable");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(ErrorCode::internal, "can't give up new privileges");
    return {};
}

std::vector<std::string> scrub_environment(LabMode lab) {
    std::vector<std::string> names;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string_view name = text.substr(0, text.find('='));
        if (unwanted(name, lab)) names.emplace_back(name);
    }
    for (const std::string& name : names) (void)unsetenv(name.c_str());
    return names;
}

void quiet_logging() { g_log_set_writer_func(write_log, nullptr, nullptr); }

void log_line(const std::string& text) {
    std::string line = "sekimori-finger: ";
    for (const char c : text.substr(0, 500)) line.push_back(c >= ' ' ? c : ' ');
    line.push_back('\n');
    (void)!write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace sekimori::biometric
