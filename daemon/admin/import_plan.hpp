// SPDX-License-Identifier: Apache-2.0
// What a row of the personnel office's table means for the people who are registered: nothing, somebody new, new
// details, or a conflict. Decided row by row against everybody as they were when the plan began.
#pragma once

#include <map>
#include <set>
#include <string>

#include "daemon/admin/answer.hpp"
#include "daemon/broker.hpp"

namespace sekimori::daemon {

enum class ChangeKind : std::uint8_t { unchanged, join, move, rename, leave, update, conflict };
[[nodiscard]] const char* name_of(ChangeKind kind) noexcept;

struct PlannedChange {
    ChangeKind kind{ChangeKind::unchanged};
    std::uint64_t line{};
    std::optional<PersonChange> change;  // none: unchanged, or a conflict
    Json told;                           // the line of the report
};

class ImportPlan {
  public:
    explicit ImportPlan(Broker& broker);
    // `text`: one object, as docs/PROTOCOL-COMMANDS.md has it.
    [[nodiscard]] PlannedChange plan(const std::string& text);
    // People with a staff number whom no row has named.
    [[nodiscard]] std::size_t not_named() const;

  private:
    struct Row;
    [[nodiscard]] tl::expected<Row, Refusal> read(const std::string& text, std::uint64_t& line) const;
    [[nodiscard]] tl::expected<const PersonRecord*, Refusal> match(const Row& row);
    [[nodiscard]] PlannedChange join(const Row& row) const;
    [[nodiscard]] PlannedChange change(const Row& row, const PersonRecord& person) const;

    Broker& broker_;
    std::map<std::string, PersonRecord> people_;          // by login
    std::map<std::string, std::string> by_staff_number_;  // to login
    std::set<std::string> logins_, numbers_;              // that rows have named
};

}  // namespace sekimori::daemon
