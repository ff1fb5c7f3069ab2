# SPDX-License-Identifier: Apache-2.0
sekimori_test(lab_reader_test
  SOURCES reader_device_name_test.cpp reader_frame_test.cpp reader_link_test.cpp reader_slot_test.cpp
  LIBS sekimori_lab_slot sekimori_lab_wire Threads::Threads)

# Against the real pcscd and libpcsclite. The program and the handler are started, not linked.
sekimori_test(lab_pcscd_test
  SOURCES reader_pcscd_test.cpp reader_command_test.cpp
  LIBS sekimori_lab_pcscd sekimori_lab_cards PkgConfig::PCSC)
if(TARGET lab_pcscd_test)
  add_dependencies(lab_pcscd_test sekimori-lab-reader sekimori-lab-card)
endif()
