# SPDX-License-Identifier: Apache-2.0
# The PAM module, the broker and its workers on the lab: one lab for all cases, so one ctest.
if(SEKIMORI_TESTS AND TARGET pam_sekimori AND TARGET sekimorid AND TARGET sekimori-lab)
  find_package(GTest REQUIRED)
  add_executable(pam_lab_test pam_lab.cpp pam_lite_s_test.cpp pam_matrix_test.cpp pam_phases_test.cpp)
  target_link_libraries(pam_lab_test PRIVATE sekimori_flags sekimori_protocol ${PAM_LIBRARY} GTest::gtest GTest::gtest_main)
  target_compile_definitions(pam_lab_test PRIVATE
    PROGRAMS="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}" PRINT_CACHE="${CMAKE_BINARY_DIR}/tests/fingers")
  set_target_properties(pam_lab_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_dependencies(pam_lab_test pam_sekimori sekimorid sekimori-card sekimori-finger sekimori sekimori-lab
    sekimori-lab-reader sekimori-lab-card sekimori-lab-finger)
  add_test(NAME pam.lab COMMAND pam_lab_test)
  set_tests_properties(pam.lab PROPERTIES LABELS quick TIMEOUT 600)
endif()
