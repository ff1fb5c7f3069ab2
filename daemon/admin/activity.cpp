// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/activity.hpp"

#include <algorithm>

#include "daemon/admin/page.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kAtOnce = 250;

// The end of the last login or unlock that was granted, as far as a bounded look finds it.
Result<Millis> last_granted(const Store& store, const PersonId& person) {
    Millis last{0};
    for (const char* what : {"login", "unlock"}) {
        AuditFilter filter;
        filter.person = person;
        filter.what = what;
        filter.success = true;
        filter.order = AuditOrder::newest_first;
        filter.limit = 1;
        const auto page = store.audit_page(filter);
        if (!page) return tl::unexpected<Error>(page.error());
        if (!page->rows.empty()) last = std::max(last, page->rows.front().time.wall);
    }
    return last;
}

}  // namespace

Reply person_activity(Broker& broker, Arguments& arguments) {
    const std::string after = arguments.optional_text("after").value_or("");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Page page;
    for (const PersonRecord& person : broker.store.persons()) {  // by login
        if (person.login <= after) continue;
        Result<Millis> last{Millis{0}};
        const bool fits = page.add(
            person.login,
            [&] {
                last = last_granted(broker.store, person.id);
                return Json{
                    {"login", person.login}, {"id", person.id.hex()}, {"last", time_or_null(last.value_or(Millis{0}))}};
            },
            kAtOnce);
        if (!last) return refuse(last.error());
        if (!fits) break;
    }
    return std::move(page).whole();
}

}  // namespace sekimori::daemon
