// SPDX-License-Identifier: Apache-2.0
// sekimori rescue renew: a new code for the sealed envelope. An administrator's card and finger at the broker, which
// writes it down; then root's program makes it.
#include <unistd.h>

#include "admin/envelope.hpp"
#include "admin/render.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct None {};

Outcome<Exit> renew(Session& session, const None&) {
    if (geteuid() != 0) return refuse("refused", "Only root makes a rescue code.");
    const auto status = session.query("status");
    if (!status) return tl::unexpected<Failure>(status.error());
    if (!at(status->json, "rescue").is_object())
        return refuse("unsupported", "This broker keeps no rescue code: it is the lab's, or an older one.");
    const auto allowed = session.command("rescue.renew", Json::object());
    if (!allowed) return tl::unexpected<Failure>(allowed.error());
    auto code = new_rescue_code();
    if (!code) return tl::unexpected<Failure>(std::move(code.error()));
    const Json answer{{"schema", 1}, {"rescue_code", std::move(*code)}};
    session.show({write_json(answer), answer}, rescue_code_line);
    return Exit::done;
}

}  // namespace

std::string rescue_code_line(const Json& answer) {
    const std::string code = text_at(answer, "rescue_code");
    if (code.empty()) return "";
    return tr("Rescue code, shown this once; keep it in a sealed envelope:") + " " + printable(code) + "\n";
}

void add_rescue(CLI::App& root, Session& session) {
    CLI::App* rescue = root.add_subcommand("rescue", "The code for when nobody gets in any more");
    rescue->require_subcommand(1);
    on(add_verb<None>(*rescue, "renew", "A new code for the sealed envelope; the old one is void"), session, renew);
}

}  // namespace sekimori::admin
