# SPDX-License-Identifier: Apache-2.0
pkg_check_modules(FINGER_TEST_PNG REQUIRED IMPORTED_TARGET libpng)
sekimori_test(finger_test SOURCES finger_generator_test.cpp finger_image_test.cpp finger_wire_test.cpp
              LIBS sekimori_lab_fingers PkgConfig::FINGER_TEST_PNG)
# Beside the screening program, which it runs.
sekimori_test(finger_screening_test SOURCES finger_screening_test.cpp LIBS sekimori_lab_fingers TIMEOUT 300)
add_dependencies(finger_screening_test sekimori-lab-screen)
target_compile_definitions(finger_screening_test PRIVATE SCREEN_PROGRAM="$<TARGET_FILE:sekimori-lab-screen>")
# Its program tells apart what the shipped command sends.
add_dependencies(finger_test sekimori-lab-finger)
target_compile_definitions(finger_test PRIVATE FINGER_PROGRAM="$<TARGET_FILE:sekimori-lab-finger>")
