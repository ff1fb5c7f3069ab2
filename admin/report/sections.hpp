// SPDX-License-Identifier: Apache-2.0
// From facts to the report: pure.
#pragma once

#include "admin/report/facts.hpp"
#include "admin/report/model.hpp"

namespace sekimori::admin {

struct ReportOptions {
    unsigned unused_days{90}, expiring_days{60};
    std::string language;
};
[[nodiscard]] Report report_of(const Facts& facts, const ReportOptions& options);

}  // namespace sekimori::admin
