// SPDX-License-Identifier: Apache-2.0
// Broker: what the command needs of the broker (docs/PROTOCOL-COMMANDS.md). The bus is behind it, a fake in the tests.
#pragma once

#include <string>
#include <string_view>

#include "admin/failure.hpp"
#include "admin/json.hpp"
#include "protocol/channel.hpp"

namespace sekimori::admin {

enum class Mode { production, lab };

class Broker {
  public:
    Broker() = default;
    virtual ~Broker() = default;
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;
    Broker(Broker&&) = delete;
    Broker& operator=(Broker&&) = delete;

    // A reading verb. The answer is a JSON object, as the broker sent it.
    [[nodiscard]] virtual Outcome<std::string> query(const std::string& verb, const Json& arguments) = 0;
    // A writing verb: the socket of its dialogue. `file`: borrowed, -1 for none.
    [[nodiscard]] virtual Outcome<Channel> command(const std::string& verb, const Json& arguments, int file) = 0;
    [[nodiscard]] virtual Outcome<Mode> mode() = 0;
};

}  // namespace sekimori::admin
