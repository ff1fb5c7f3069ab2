# SPDX-License-Identifier: Apache-2.0
set(login ${PROJECT_SOURCE_DIR}/tests/lab/login)
find_library(PAM_LIBRARY pam REQUIRED)
sekimori_test(lab_login_test
  SOURCES login_test.cpp ${login}/conversation.cpp ${login}/hand.cpp ${login}/pam_names.cpp ${login}/phases.cpp
  LIBS sekimori_lab_fingers ${PAM_LIBRARY})
add_dependencies(lab_login_test sekimori-lab-login)
target_compile_definitions(lab_login_test PRIVATE LOGIN_PROGRAM="$<TARGET_FILE:sekimori-lab-login>")
