// SPDX-License-Identifier: Apache-2.0
// org.sekimori.Broker as far as the command can see it, played on a thread of its own.
#pragma once

#include <broker1.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "core/result.hpp"
#include "protocol/channel.hpp"

namespace sekimori::cli_test {

struct Script {
    // A reading verb. An error is returned as org.sekimori.Error.CODE with its message as it is.
    std::function<Result<std::string>(const std::string& verb, const nlohmann::json& arguments)> query;
    // A writing verb: holds its end of the dialogue, on a thread of its own. `file` is -1 without one.
    std::function<void(const std::string& verb, const nlohmann::json& arguments, Channel dialogue, UniqueFd file)>
        command;
    enum class Answers { yes, never } answers{Answers::yes};
    enum class Lab { no, yes } lab{Lab::yes};
};

class FakeService {
  public:
    // Owns the name when the constructor returns.
    FakeService(const std::string& bus, Script script);
    ~FakeService();
    FakeService(const FakeService&) = delete;
    FakeService& operator=(const FakeService&) = delete;
    FakeService(FakeService&&) = delete;
    FakeService& operator=(FakeService&&) = delete;

  private:
    static gboolean on_query(SekimoriBroker1* skeleton, GDBusMethodInvocation* call, const gchar* verb,
                             const gchar* arguments, gpointer self) noexcept;
    static gboolean on_command(SekimoriBroker1* skeleton, GDBusMethodInvocation* call, GUnixFDList* files,
                               const gchar* verb, const gchar* arguments, gpointer self) noexcept;
    static gboolean on_command_with_file(SekimoriBroker1* skeleton, GDBusMethodInvocation* call, GUnixFDList* files,
                                         const gchar* verb, const gchar* arguments, GVariant* file,
                                         gpointer self) noexcept;
    void begin(GDBusMethodInvocation* call, const gchar* verb, const gchar* arguments, UniqueFd file);

    Script script_;
    GMainContext* context_;
    GMainLoop* loop_;
    std::thread thread_;
    std::vector<std::thread> dialogues_;
};

}  // namespace sekimori::cli_test
