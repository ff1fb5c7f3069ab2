// SPDX-License-Identifier: Apache-2.0
// The objects of contract.md's command table, made from the store's records. Each shape is written here and nowhere
// else.
#pragma once

#include "daemon/admin/answer.hpp"
#include "daemon/broker.hpp"

namespace sekimori::daemon {

[[nodiscard]] Json json_of(const Broker& broker, const PersonRecord& person);
[[nodiscard]] Json json_of(const Broker& broker, const PersonRecord& person,
                           const std::vector<CardRecord>& card_records,
                           const std::vector<FingerRecord>& finger_records);
[[nodiscard]] Json json_of(const PersonDetails& details);
[[nodiscard]] Json json_of(const Broker& broker, const CardRecord& card);
[[nodiscard]] Json json_of(const Broker& broker, const AuditRow& row);
[[nodiscard]] Json json_of(const Broker& broker, const BoundSession& session, const std::string& state);
// Of a member of a fleet, else null.
[[nodiscard]] Json fleet_json(const Broker& broker);
[[nodiscard]] Json status_json(const Broker& broker);
[[nodiscard]] Json list_of(Json items);
// An object of the contract: with "schema":1.
[[nodiscard]] Json whole(Json object);
[[nodiscard]] std::string policy_id(const Broker& broker);

}  // namespace sekimori::daemon
