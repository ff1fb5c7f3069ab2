# SPDX-License-Identifier: Apache-2.0
# sekimori-card as a process, before a test that plays the broker, on a real pcscd with the lab's readers and cards.
add_library(card_rig STATIC card_rig.cpp)
target_link_libraries(card_rig PUBLIC worker_rig sekimori_lab_cards sekimori_lab_pcscd)
target_compile_definitions(card_rig PRIVATE CARD_WORKER="$<TARGET_FILE:sekimori-card>")
add_dependencies(card_rig sekimori-card sekimori-lab-reader)

foreach(part worker trouble reset)
  sekimori_test(card_${part}_test SOURCES card_${part}_test.cpp LIBS card_rig sekimori_card_worker OpenSSL::Crypto)
endforeach()
