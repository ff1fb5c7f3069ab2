// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <winscard.h>

#include <stdexcept>

#include "tests/lab/reader/private_pcscd.hpp"
#include "tests/unit/lab/card_helpers.hpp"

namespace sekimori::lab {

inline constexpr const char* kReader0 = "Sekimori Lab Reader 00 00";
inline constexpr const char* kReader1 = "Sekimori Lab Reader 01 00";

/// The private pcscd of this test program, started at first use. One for all cases: libpcsclite reads
/// PCSCLITE_CSOCK_NAME once in a process's life. Its folder is 0700 as a lab's may be.
class Daemon {
  public:
    PrivatePcscd& pcscd() const { return pcscd_; }

  private:
    static PrivatePcscd& shared() {
        static const TemporaryFolder folder;
        static PrivatePcscd pcscd = start(folder.path());
        return pcscd;
    }
    static PrivatePcscd start(const std::string& folder) {
        PrivatePcscd::Options options;
        options.directory = folder;
        options.answer_time = std::chrono::milliseconds{500};
        auto started = PrivatePcscd::start(options);
        if (!started) throw std::runtime_error(started.error());
        ::setenv("PCSCLITE_CSOCK_NAME", started->csock_name().c_str(), 1);
        return std::move(*started);
    }
    PrivatePcscd& pcscd_ = shared();  // before the first call into libpcsclite
};

}  // namespace sekimori::lab
