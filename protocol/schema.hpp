// SPDX-License-Identifier: Apache-2.0
// THE schema of the private sockets: every message, written once (docs/PROTOCOL.md explains the dialogues). One
// SEQPACKET datagram is one message. Tags and numbers, once shipped, keep their meaning: the broker serves PAM modules
// of version N and N-1.
#pragma once

#include "protocol/schema_card.hpp"    // IWYU pragma: export
#include "protocol/schema_client.hpp"  // IWYU pragma: export
#include "protocol/schema_finger.hpp"  // IWYU pragma: export
#include "protocol/schema_fleet.hpp"   // IWYU pragma: export
#include "protocol/schema_lock.hpp"    // IWYU pragma: export
#include "protocol/schema_media.hpp"   // IWYU pragma: export
