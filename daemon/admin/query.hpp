// SPDX-License-Identifier: Apache-2.0
// The reading verbs: one table, answered at once from memory (audit: from the trail).
#pragma once

#include <string_view>

#include "daemon/admin/json.hpp"

namespace sekimori::daemon {

// Who may pass the door (service.cpp). Behind it a reading verb asks nothing more, a writing one card and finger.
enum class Access : std::uint8_t { everybody, readers, administrators };

struct QueryVerb {
    const char* name;
    Access access;
    Reply (*answer)(Broker&, Arguments&);
};
// nullptr: no such verb.
[[nodiscard]] const QueryVerb* find_query(std::string_view name) noexcept;

// media.cpp
[[nodiscard]] Reply media_list(Broker& broker, Arguments& arguments);
[[nodiscard]] Reply media_seen(Broker& broker, Arguments& arguments);

// fleet.cpp
[[nodiscard]] Reply fleet_status(Broker& broker, Arguments& arguments);

// A card by its id, its whole key or the first 16 hex digits of its key. Refusals: not_found, refused (two that fit).
[[nodiscard]] tl::expected<CardRecord, Refusal> find_card(const Store& store, const std::string& text);
[[nodiscard]] tl::expected<PersonRecord, Refusal> find_person(const Store& store, const std::string& login);

}  // namespace sekimori::daemon
