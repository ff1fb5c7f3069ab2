# SPDX-License-Identifier: Apache-2.0
# The broker's judgements: origin, account, turns, grants, charges, resolving, policy.
file(GLOB broker CONFIGURE_DEPENDS admin_*_test.cpp auth_*_test.cpp media_*_test.cpp policy_*_test.cpp rescue_*_test.cpp session_*_test.cpp)
list(REMOVE_ITEM broker ${CMAKE_CURRENT_SOURCE_DIR}/session_crash_test.cpp)
sekimori_test(session_crash_test SOURCES session_crash_test.cpp LIBS sekimori_broker sekimori_store TIMEOUT 7200)
sekimori_test(broker_test SOURCES ${broker} LIBS sekimori_broker sekimori_store)

# The broker as a member of a fleet: a real store and socket, the agent played.
file(GLOB fleet CONFIGURE_DEPENDS fleet_*_test.cpp)
sekimori_test(broker_fleet_test SOURCES ${fleet} LIBS sekimori_broker sekimori_store)

# On a bus of its own, which a program can have one of.
sekimori_test(origin_lookup_test SOURCES origin_lookup_test.cpp LIBS sekimori_broker sekimori_store)
