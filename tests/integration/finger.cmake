# SPDX-License-Identifier: Apache-2.0
# sekimori-finger as a process, before a test that plays the broker, on the real libfprint with its virtual_image sensor.
add_library(finger_rig STATIC finger_rig.cpp)
target_link_libraries(finger_rig PUBLIC worker_rig sekimori_lab_fingers)
target_compile_definitions(finger_rig PRIVATE
  FINGER_WORKER="$<TARGET_FILE:sekimori-finger>" PRINT_CACHE="${CMAKE_BINARY_DIR}/tests/fingers")
add_dependencies(finger_rig sekimori-finger)

foreach(part verify enrol stale end one_by_one)
  sekimori_test(finger_${part}_test SOURCES finger_${part}_test.cpp LIBS finger_rig)
endforeach()

# Recordings of real sensors and pictures of real fingers, where somebody has put them (SEKIMORI_SHARED_DATA at run time).
add_executable(finger_replay finger_replay.cpp)
target_link_libraries(finger_replay PRIVATE sekimori_biometric)
set_target_properties(finger_replay PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
sekimori_test(finger_real_test SOURCES finger_real_test.cpp LIBS finger_rig)
add_dependencies(finger_real_test finger_replay)
target_compile_definitions(finger_real_test PRIVATE
  REPLAY_PROGRAM="$<TARGET_FILE:finger_replay>" SOURCE_TREE="${PROJECT_SOURCE_DIR}")
