# SPDX-License-Identifier: Apache-2.0
sekimori_test(lab_qemu_test
  SOURCES qemu_vsc_test.cpp qemu_bridge_test.cpp
  LIBS sekimori_lab_qemu sekimori_lab_wire Threads::Threads)
