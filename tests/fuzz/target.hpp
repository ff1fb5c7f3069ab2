// SPDX-License-Identifier: Apache-2.0
// A fuzz target is one function over hostile bytes. In a fuzzing build libFuzzer calls it; in every other build it is
// an ordinary test that replays the corpus (replay.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// What must hold for every input.
#define SEKIMORI_HOLDS(condition) ((condition) ? static_cast<void>(0) : std::abort())
