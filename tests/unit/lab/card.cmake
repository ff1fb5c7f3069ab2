# SPDX-License-Identifier: Apache-2.0
sekimori_test(lab_card_test
  SOURCES card_apdu_test.cpp card_connection_test.cpp card_fault_test.cpp card_felica_test.cpp card_folder_test.cpp
          card_jpki_test.cpp card_mint_test.cpp card_piv_test.cpp
  LIBS sekimori_lab_cards OpenSSL::Crypto ZLIB::ZLIB)
