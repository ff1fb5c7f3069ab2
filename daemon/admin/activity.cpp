// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/activity.hpp"

#include "daemon/admin/page.hpp"
#include "daemon/admin/people_index.hpp"

namespace sekimori::daemon {

Reply person_activity(Broker& broker, Arguments& arguments) {
    const std::string after = arguments.optional_text("after").value_or("");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Page page;
    each_person(broker.store, after, [&](const PersonRecord& person) {
        return page.add(person.login, [&] {
            const auto last = broker.store.last_use(person.id);
            return Json{{"login", person.login},
                        {"id", person.id.hex()},
                        {"last", time_or_null(last ? last->wall : Millis{0})}};
        });
    });
    return std::move(page).whole();
}

}  // namespace sekimori::daemon
