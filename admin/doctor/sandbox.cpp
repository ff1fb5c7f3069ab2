// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "admin/doctor/checks.hpp"
#include "admin/doctor/process.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;

struct Unit {
    const char* name;
    double bound;  // systemd-analyze security: 0 can do nothing, 10 everything
};
constexpr Unit kUnits[] = {
    {"sekimorid.service", 1.5},       {"sekimori-card.service", 1.5},  {"sekimori-lockd.service", 1.5},
    {"sekimori-finger.service", 2.0}, {"sekimori-media.service", 1.5},
};
constexpr const char* kDirectories[] = {"/etc/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/"};

// "→ Overall exposure level for sekimorid.service: 1.2 OK"
double exposure_in(const std::string& text) {
    const std::size_t line = text.find("Overall exposure level for ");
    const std::size_t colon = line == std::string::npos ? line : text.find(": ", line);
    return colon == std::string::npos ? 10.0 : std::strtod(text.c_str() + colon + 2, nullptr);
}

Check measured(const Unit& unit, const std::string& file) {
    const auto text = output_of({"/usr/bin/systemd-analyze", "security", "--offline=true", "--no-pager", file});
    const double exposure = exposure_in(text.value_or(""));
    const bool good = exposure <= unit.bound;
    const auto number = [](double value) { return std::to_string(value).substr(0, 3); };
    return {"sandbox",
            good ? Status::ok : Status::fail,
            "",
            {file},
            {later("{unit} is exposed by {n}; at most {bound} is right."),
             {{"unit", unit.name}, {"n", number(exposure)}, {"bound", number(unit.bound)}}},
            good ? Text{} : Text{later("Take away the drop-in that opens it: systemctl cat."), {}}};
}

}  // namespace

Checks check_sandbox(const Tree& tree) {
    Checks checks;
    for (const Unit& unit : kUnits)
        for (const char* directory : kDirectories)
            if (const std::string file = std::string(directory) + unit.name; tree.exists(file)) {
                checks.push_back(measured(unit, file));
                break;
            }
    return checks;
}

}  // namespace sekimori::doctor
