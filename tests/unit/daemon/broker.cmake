# SPDX-License-Identifier: Apache-2.0
# The broker's judgements: origin, account, turns, grants, charges, resolving, policy.
file(GLOB broker CONFIGURE_DEPENDS admin_*_test.cpp auth_*_test.cpp policy_*_test.cpp)
sekimori_test(broker_test SOURCES ${broker} LIBS sekimori_broker sekimori_store)
