// SPDX-License-Identifier: Apache-2.0
// An export of the trail: records as people and tables read them, each with the row that was signed, so that the chain
// can be verified years later and without a broker.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "admin/failure.hpp"
#include "admin/heads.hpp"
#include "admin/json.hpp"
#include "ledger/audit_row.hpp"

namespace sekimori::admin {

// The columns of the CSV, in order; the same names as in JSON.
[[nodiscard]] const std::vector<std::string>& export_columns();
[[nodiscard]] std::string export_csv_line(const Json& event);

struct ExportCheck {
    std::int64_t first{}, last{};
    std::string hash;  // of the last row
    std::optional<std::int64_t> first_bad;
    std::string reason;
    std::size_t compared{0};  // heads that were kept elsewhere and stand in it
};

// Takes the records one after the other, in either form.
class ExportWalk {
  public:
    explicit ExportWalk(std::vector<Head> heads) : heads_(std::move(heads)), asked_(!heads_.empty()) {}
    // A whole record: a JSON object, or the fields of a CSV line. False: it is bad, and so is the export.
    [[nodiscard]] bool take(const Json& event);
    [[nodiscard]] bool take_csv(const std::string& record);
    [[nodiscard]] ExportCheck end();

  private:
    bool bad(std::int64_t seq, const std::string& why);
    std::vector<Head> heads_;
    bool asked_;  // were there any
    std::optional<TrailWalk> walk_;
    std::vector<std::string> columns_;  // of a CSV, once its first line is read
    ExportCheck check_;
};

// Failures: io, not_found.
[[nodiscard]] Outcome<ExportCheck> verify_export(const std::string& path, std::vector<Head> heads);

}  // namespace sekimori::admin
