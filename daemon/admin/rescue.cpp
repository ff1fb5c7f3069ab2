// SPDX-License-Identifier: Apache-2.0
// rescue.renew: an administrator lets root make a new code for the envelope. The broker neither makes nor sees it; who
// let it be made is in the trail before it is.
#include "daemon/admin/verbs.hpp"

namespace sekimori::daemon {

Reply rescue_renew(CommandRun& run, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    AuditEvent event;
    event.what = "rescue.renew";
    event.where = run.actor().where;
    event.who = run.actor().person;
    event.success = true;
    event.reason = "allowed";
    if (const auto stored = run.broker().store.append(event); !stored) return refuse(stored.error());
    return Json{{"schema", 1}, {"allowed", true}};
}

}  // namespace sekimori::daemon
