// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/login/hand.hpp"

#include <cstdio>

#include "tests/lab/fingers/virtual_scanner.hpp"

namespace sekimori::lab::login {

Hand::Hand(std::filesystem::path socket, fingers::Field master, fingers::FingerSeed seed, fingers::PressNumber first)
    : socket_(std::move(socket)), master_(std::move(master)), seed_(seed), next_(static_cast<std::uint64_t>(first)) {}

void Hand::press() {
    last_pressed_ = Clock::now();
    const fingers::PressNumber number{next_++};
    pressing_ = std::jthread([this, number] {
        constexpr std::chrono::seconds patience{5};
        auto scanner = fingers::VirtualScanner::connect(socket_, patience);
        Status sent;
        if (!scanner)
            sent = tl::unexpected(scanner.error());
        else
            sent = scanner->send(fingers::press_finger(master_, seed_, number)).and_then([&] {
                return scanner->finish();
            });
        if (sent)
            last_read_ = Clock::now().time_since_epoch().count();
        else
            std::fprintf(stderr, "finger: %s\n", sent.error().message.c_str());
    });
}

std::optional<Hand::Clock::time_point> Hand::last_read() const noexcept {
    const Clock::rep ticks = last_read_;
    if (ticks == 0) return std::nullopt;
    return Clock::time_point(Clock::duration(ticks));
}

}  // namespace sekimori::lab::login
