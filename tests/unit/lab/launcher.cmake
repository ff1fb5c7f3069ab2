# SPDX-License-Identifier: Apache-2.0
pkg_check_modules(LAUNCHER_TEST_GIO REQUIRED IMPORTED_TARGET gio-2.0 gio-unix-2.0)
sekimori_test(launcher_parts_test SOURCES launcher_files_test.cpp launcher_processes_test.cpp
              LIBS sekimori_lab_launcher PkgConfig::LAUNCHER_TEST_GIO)

# Whole labs around a program that stands in for broker and workers.
add_executable(launcher_stand_in launcher_stand_in.cpp)
target_link_libraries(launcher_stand_in PRIVATE sekimori_flags PkgConfig::LAUNCHER_TEST_GIO)
set_target_properties(launcher_stand_in PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
sekimori_test(launcher_test SOURCES launcher_lab.cpp launcher_test.cpp launcher_users_test.cpp LIBS sekimori_lab_launcher)
add_dependencies(launcher_test launcher_stand_in sekimori-lab)
target_compile_definitions(launcher_test PRIVATE
  LAB_PROGRAM="$<TARGET_FILE:sekimori-lab>" STAND_IN="$<TARGET_FILE:launcher_stand_in>")

# And around the real ones.
if(TARGET sekimorid AND TARGET sekimori-card AND TARGET sekimori-finger AND TARGET pam_sekimori)
  sekimori_test(launcher_real_test SOURCES launcher_lab.cpp launcher_real_test.cpp LIBS sekimori_lab_launcher)
  add_dependencies(launcher_real_test sekimori-lab sekimorid sekimori-card sekimori-finger pam_sekimori)
  target_compile_definitions(launcher_real_test PRIVATE
    LAB_PROGRAM="$<TARGET_FILE:sekimori-lab>" STAND_IN="$<TARGET_FILE:launcher_stand_in>")
endif()
