// SPDX-License-Identifier: Apache-2.0
// sekimori session list
#include "admin/render.hpp"
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct None {};

std::string render(const Json& list) {
    Table table({tr("SESSION"), tr("PERSON"), tr("ACCOUNT"), tr("CARD"), tr("SINCE"), tr("SEAT"), tr("STATE")});
    for (const Json& session : items_of(list))
        table.add({text_at(session, "id"), text_at(session, "person"), text_at(session, "account"),
                   text_at(session, "card"), for_people(text_at(session, "since")), text_at(session, "seat"),
                   word(text_at(session, "state"))});
    return table.text();
}

}  // namespace

void add_session(CLI::App& root, Session& session) {
    CLI::App* parent = root.add_subcommand("session", "Who is logged in");
    parent->require_subcommand(1);
    on(add_verb<None>(*parent, "list", "All sessions"), session,
       [](Session& running, const None&) { return ask_and_show(running, "session.list", Json::object(), render); });
}

}  // namespace sekimori::admin
