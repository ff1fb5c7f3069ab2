# SPDX-License-Identifier: Apache-2.0
# Sessions on the lab, with lockd and a stand-in for logind: one lab for all cases, so one ctest; policies have labs of their own.
if(SEKIMORI_TESTS AND TARGET sekimori-lockd AND TARGET sekimorid AND TARGET sekimori-lab-logind)
  add_custom_target(session_lab DEPENDS sekimori-lockd sekimorid sekimori-card sekimori-finger pam_sekimori sekimori
    sekimori-lab sekimori-lab-logind sekimori-lab-reader sekimori-lab-card sekimori-lab-finger sekimori-lab-login)
  add_test(NAME session.lab COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_SOURCE_DIR}/session/session_test.py
                                    ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  add_test(NAME session.policy COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_SOURCE_DIR}/session/policy_test.py
                                       ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  set_tests_properties(session.lab session.policy PROPERTIES LABELS quick TIMEOUT 600)
endif()
