// SPDX-License-Identifier: Apache-2.0
// What the report says of a whole fleet and a single terminal's does not.
#pragma once

#include "admin/report/facts.hpp"
#include "admin/report/model.hpp"

namespace sekimori::admin {

// In the place of `own`, which is about the terminal that makes the report. Precondition: facts.fleet.
[[nodiscard]] Section terminals_of_fleet(const Facts& facts, const Section& own);

// How far a fleet's denials came; without a fleet there are none. An event and its denials name the same card or
// person; the nearest in time are its own.
class Denials {
  public:
    explicit Denials(const Facts& facts);
    // "2/3"; "" if there is none.
    [[nodiscard]] std::string take(const Event& event);
    // What no trail tells of: the authority's own, and those of a terminal that is not verified.
    void add_rest(Section& section);
    [[nodiscard]] std::string missing() const;

  private:
    struct Known {
        const FleetDenial* denial;
        bool told{false};
    };
    [[nodiscard]] std::string coverage(const FleetDenial& denial);
    std::map<std::string, std::vector<Known>> of_;  // by subject
    std::map<std::string, std::string> names_;      // of terminals
    std::set<std::string> missing_;
    bool short_{false};
};

}  // namespace sekimori::admin
