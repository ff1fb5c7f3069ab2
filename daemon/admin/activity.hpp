// SPDX-License-Identifier: Apache-2.0
// person.activity: when each person was last let in, a page of people at a time.
#pragma once

#include "daemon/admin/json.hpp"

namespace sekimori::daemon {

Reply person_activity(Broker& broker, Arguments& arguments);

}  // namespace sekimori::daemon
