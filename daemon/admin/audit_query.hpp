// SPDX-License-Identifier: Apache-2.0
// The reading verbs about the trail: page by page, slice by slice, so that years of it never hold a login up.
#pragma once

#include "daemon/admin/json.hpp"

namespace sekimori::daemon {

Reply audit_list(Broker& broker, Arguments& arguments);
Reply audit_verify(Broker& broker, Arguments& arguments);

}  // namespace sekimori::daemon
