// SPDX-License-Identifier: Apache-2.0
// The broker behind the system bus. Connects at the first call; a signal that arrives during a call ends it.
#pragma once

#include <broker1.h>

#include <memory>

#include "admin/broker.hpp"
#include "admin/interrupt.hpp"

namespace sekimori::admin {

class DBusBroker final : public Broker {
  public:
    // `interrupt` is borrowed.
    explicit DBusBroker(const Interrupt& interrupt) noexcept : interrupt_(interrupt) {}

    [[nodiscard]] Outcome<std::string> query(const std::string& verb, const Json& arguments) override;
    [[nodiscard]] Outcome<Channel> command(const std::string& verb, const Json& arguments, int file) override;
    [[nodiscard]] Outcome<Mode> mode() override;

  private:
    struct Unref {
        void operator()(SekimoriBroker1* proxy) const noexcept { g_object_unref(proxy); }
    };
    [[nodiscard]] Outcome<SekimoriBroker1*> proxy();

    const Interrupt& interrupt_;
    std::unique_ptr<SekimoriBroker1, Unref> proxy_;
};

// What an error of a call means. Exposed for its test.
[[nodiscard]] Failure failure_from_bus(const std::string& error_name, const std::string& message);

}  // namespace sekimori::admin
