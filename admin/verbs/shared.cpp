// SPDX-License-Identifier: Apache-2.0
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {

Outcome<Exit> ask_and_show(Session& session, const std::string& verb, const Json& arguments, const Renderer& renderer) {
    const auto answer = session.list(verb, arguments);
    if (!answer) return tl::unexpected<Failure>(answer.error());
    session.show(*answer, renderer);
    return Exit::done;
}

Outcome<Exit> act_and_show(Session& session, const std::string& verb, const Json& arguments, const Renderer& renderer,
                           int file) {
    const auto answer = session.command(verb, arguments, nullptr, file);
    if (!answer) return tl::unexpected<Failure>(answer.error());
    session.show(*answer, renderer);
    return Exit::done;
}

}  // namespace sekimori::admin
