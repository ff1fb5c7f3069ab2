// SPDX-License-Identifier: Apache-2.0
// A dbus-daemon of the test's own. The default configurations refuse a root client of another's bus.
#pragma once

#include <sys/types.h>

#include <string>

namespace sekimori::cli_test {

class PrivateBus {
  public:
    PrivateBus();
    ~PrivateBus();
    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;
    PrivateBus(PrivateBus&&) = delete;
    PrivateBus& operator=(PrivateBus&&) = delete;

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

  private:
    std::string folder_, address_;
    pid_t pid_{-1};
};

}  // namespace sekimori::cli_test
