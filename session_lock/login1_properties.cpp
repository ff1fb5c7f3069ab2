// SPDX-License-Identifier: Apache-2.0
#include "session_lock/login1_properties.hpp"

#include <string_view>

namespace sekimori::lockd {
namespace {

// One property; the message stands before its variant. Negative: malformed. `seen` counts those that are needed.
int read_property(sd_bus_message* message, std::string_view name, SessionView& view, int& seen) {
    const char* text = nullptr;
    const char* path = nullptr;
    std::uint32_t number = 0;
    int flag = 0;
    int status = 0;
    const auto read = [&](const char* contents, auto*... into) {
        status = sd_bus_message_read(message, "v", contents, into...);
        return status > 0;
    };
    if (name == "Id") {
        if (read("s", &text)) view.id = text;
    } else if (name == "Type") {
        if (read("s", &text)) view.type = text;
    } else if (name == "User") {
        if (read("(uo)", &number, &path)) view.uid = number;
    } else if (name == "Seat") {
        if (read("(so)", &text, &path)) view.seat = path;
    } else if (name == "Active") {
        if (read("b", &flag)) view.activity = flag != 0 ? Activity::active : Activity::inactive;
    } else if (name == "LockedHint") {
        if (read("b", &flag)) view.hint = flag != 0 ? LockedHint::on : LockedHint::off;
    } else if (name == "IdleHint") {
        if (read("b", &flag)) view.idle = flag != 0 ? Idle::yes : Idle::no;
    } else {
        return sd_bus_message_skip(message, "v");
    }
    if (status > 0) ++seen;
    return status > 0 ? status : -1;
}

}  // namespace

std::optional<SessionView> parse_session(sd_bus_message* message) {
    constexpr int kNeeded = 7;
    SessionView view;
    int seen = 0;
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "{sv}") <= 0) return std::nullopt;
    while (sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, "sv") > 0) {
        const char* name = nullptr;
        if (sd_bus_message_read(message, "s", &name) <= 0 || read_property(message, name, view, seen) < 0)
            return std::nullopt;
        if (sd_bus_message_exit_container(message) < 0) return std::nullopt;
    }
    if (seen < kNeeded) return std::nullopt;
    return view;
}

}  // namespace sekimori::lockd
