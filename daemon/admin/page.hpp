// SPDX-License-Identifier: Apache-2.0
// Page: a piece of a list that has thirty thousand items: what fits well into a message of the bus, and where the next
// one begins.
#pragma once

#include <string>
#include <utility>

#include "daemon/admin/json.hpp"

namespace sekimori::daemon {

class Page {
  public:
    static constexpr std::size_t kMost = 1000;
    // `make` gives the item whose name is `name`. False: it is full, and the item is the next page's.
    template <class Make>
    [[nodiscard]] bool add(const std::string& name, Make make, std::size_t most = kMost) {
        more_ = items_.size() >= most;
        if (more_) return false;
        items_.push_back(make());
        last_ = name;
        return true;
    }
    // {"schema","items"}, and "more" with "next", after which the next page is asked for.
    [[nodiscard]] Json whole() && {
        Json page{{"items", std::move(items_)}};
        if (more_) {
            page["more"] = true;
            page["next"] = std::move(last_);
        }
        return daemon::whole(std::move(page));
    }

  private:
    Json items_ = Json::array();
    std::string last_;
    bool more_{false};
};

}  // namespace sekimori::daemon
