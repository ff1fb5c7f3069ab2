// SPDX-License-Identifier: Apache-2.0
#include "daemon/media/plugged.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

using Json = nlohmann::json;
using Let = Plug::Let;
using There = Plug::There;
using Listable = Plug::Listable;

constexpr std::size_t kMaxFile = std::size_t{256} * 1024;

Json json_of(const Plug& plug) {
    return {{"port", plug.port},
            {"serial", plug.serial},
            {"name", plug.name},
            {"number", plug.number},
            {"vendor", plug.vendor},
            {"product", plug.product},
            {"classes", plug.classes},
            {"reason", plug.reason},
            {"at", plug.at.count()},
            {"in", plug.let == Let::in},
            {"there", plug.there == There::plugged},
            {"listable", plug.listable == Listable::yes}};
}

// Our own file, of one version: anything odd makes it none (the caller's type_error is not let out).
Plug plug_of(const Json& json) {
    Plug plug;
    json.at("port").get_to(plug.port);
    json.at("serial").get_to(plug.serial);
    json.at("name").get_to(plug.name);
    json.at("number").get_to(plug.number);
    json.at("vendor").get_to(plug.vendor);
    json.at("product").get_to(plug.product);
    json.at("classes").get_to(plug.classes);
    json.at("reason").get_to(plug.reason);
    plug.at = Millis{json.at("at").get<Millis::rep>()};
    plug.let = json.at("in").get<bool>() ? Let::in : Let::out;
    plug.there = json.at("there").get<bool>() ? There::plugged : There::gone;
    plug.listable = json.at("listable").get<bool>() ? Listable::yes : Listable::no;
    return plug;
}

bool same(const Plug& one, const Plug& other) {
    return one.port == other.port && one.number == other.number && one.vendor == other.vendor &&
           one.product == other.product && one.serial == other.serial && one.let == other.let &&
           one.reason == other.reason;
}

}  // namespace

Plugged::Plugged(const std::string& directory, std::array<std::uint8_t, 16> boot)
    : path_(directory + "/plugged"), boot_(to_hex(boot)) {
    read();
}

void Plugged::read() {
    std::ifstream file(path_);
    std::string text(kMaxFile, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.empty()) return;
    try {
        const Json json = Json::parse(text);
        for (const Json& item : json.at("items"))
            if (plugs_.size() < kMost) plugs_.push_back(plug_of(item));
        if (json.at("boot").get<std::string>() == boot_) return;
        for (Plug& plug : plugs_) {
            plug.number = 0;
            plug.there = There::gone;
        }
    } catch (const Json::exception&) {
        log_warning("{} can't be understood: what was plugged in before is not known", path_);
        plugs_.clear();
    }
}

void Plugged::write() const {
    Json items = Json::array();
    for (const Plug& plug : plugs_) items.push_back(json_of(plug));
    const std::string text = Json{{"boot", boot_}, {"items", std::move(items)}}.dump();
    // Whole or not at all, and not waited for: it decides nothing, and whoever plugs things in and out must not keep
    // the broker at the disk.
    const std::string next = path_ + ".new";
    std::ofstream file(next, std::ios::binary | std::ios::trunc);
    file << text << std::flush;
    const bool written = file.good();
    file.close();
    if (!written || std::rename(next.c_str(), path_.c_str()) != 0)
        log_warning("what is plugged in could not be written down");
}

bool Plugged::knows(const Plug& plug) {
    const auto known = std::ranges::find_if(plugs_, [&](const Plug& one) { return same(one, plug); });
    if (plug.number == 0 || known == plugs_.end()) return false;
    known->there = There::plugged;
    write();
    return true;
}

void Plugged::add(Plug plug) {
    plug.there = There::plugged;
    gone(plug.port);
    if (plugs_.size() >= kMost) {
        const auto old = std::ranges::find(plugs_, There::gone, &Plug::there);
        plugs_.erase(old == plugs_.end() ? plugs_.begin() : old);
    }
    plugs_.push_back(std::move(plug));
    write();
}

void Plugged::gone(const std::string& port) {
    bool changed = false;
    for (Plug& plug : plugs_)
        if (plug.port == port && plug.there == There::plugged) {
            plug.there = There::gone;
            changed = true;
        }
    if (changed) write();
}

void Plugged::sweep() {
    for (Plug& plug : plugs_) plug.there = There::gone;
}

}  // namespace sekimori::daemon
