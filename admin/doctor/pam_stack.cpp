// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/pam_stack.hpp"

#include <algorithm>
#include <set>

#include "admin/doctor/pam_control.hpp"
#include "admin/doctor/pam_lines.hpp"
#include "admin/doctor/pam_reader.hpp"

namespace sekimori::doctor {
namespace {

constexpr const char* kOther = "other";

bool has_directories(const Tree& tree, const PamLayout& layout) {
    return std::any_of(layout.directories.begin(), layout.directories.end(),
                       [&](const std::string& directory) { return tree.is_directory(directory); });
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

// The first directory that has it.
std::optional<std::string> file_of(PamReader& reader, const PamLayout& layout, const std::string& name) {
    for (const std::string& directory : layout.directories)
        if (std::string path = directory + "/" + name; reader.opens(path)) return path;
    return std::nullopt;
}

// The service's file, then `other`'s.
PamReader::Done read_both(PamReader& reader, const PamLayout& layout, const std::string& name, PamReader::Stacks& own,
                          PamReader::Stacks& other) {
    const auto file = name == kOther ? std::nullopt : file_of(reader, layout, name);
    if (file && reader.read_file(*file, own) == PamReader::Done::refused) return PamReader::Done::refused;
    const auto rest = file_of(reader, layout, kOther);
    if (rest && reader.read_file(*rest, other) == PamReader::Done::refused) return PamReader::Done::refused;
    return file || rest ? PamReader::Done::read : PamReader::Done::refused;
}

}  // namespace

Service load_service(const Tree& tree, const std::string& name, const PamLayout& layout) {
    Service service;
    service.name = lower(name.substr(name.rfind('/') + 1));  // as pam_start does
    PamReader reader(tree, layout, service.defects);
    PamReader::Stacks own, other;
    const auto done = has_directories(tree, layout) ? read_both(reader, layout, service.name, own, other)
                                                    : reader.read_single(layout.single, service.name, own, other);
    service.refused = done == PamReader::Done::refused;
    if (service.refused) return service;
    for (std::size_t i = 0; i < own.size(); ++i) {
        const bool from_other = own[i].chain.empty();
        service.stacks[i] = from_other ? std::move(other[i]) : std::move(own[i]);
        service.stacks[i].from_other = from_other && service.name != kOther;
    }
    return service;
}

std::vector<std::string> services_of(const Tree& tree, const PamLayout& layout) {
    std::set<std::string> names;
    if (has_directories(tree, layout)) {
        for (const std::string& directory : layout.directories)
            for (std::string& name : tree.list(directory)) names.insert(std::move(name));
    } else if (const auto text = tree.read(layout.single)) {
        PamLines lines(*text);
        while (const auto line = lines.next()) names.insert(lower(PamWords(*line).next().value_or("")));
    }
    std::vector<std::string> reachable;
    std::copy_if(names.begin(), names.end(), std::back_inserter(reachable), [](const std::string& name) {
        return !name.empty() && name == lower(name) && !is_leftover(name) &&
               !name.starts_with("common-");  // libpam asks in lower case; common-* is there to be included
    });
    return reachable;
}

bool is_leftover(const std::string& file) noexcept {
    return file.ends_with('~') || file.starts_with(".") || file.starts_with("#") || file.ends_with(".bak") ||
           file.find(".dpkg-") != std::string::npos || file.find(".ucf-") != std::string::npos ||
           file.find(".pam-old") != std::string::npos || file.ends_with(".sekimori-saved");
}

}  // namespace sekimori::doctor
