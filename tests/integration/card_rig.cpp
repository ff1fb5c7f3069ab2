// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/card_rig.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace sekimori::test {

void CardRig::start_pcscd(Millis answer_time) {
    auto started = lab::PrivatePcscd::start({{}, folder(), answer_time});
    ASSERT_TRUE(started.has_value()) << started.error();
    pcscd_.emplace(std::move(*started));
}

void CardRig::stop_pcscd(int signal) {
    pcscd_->stop(signal);
    pcscd_.reset();
}

void CardRig::launch(Lab lab, const std::string& more, const Environment& environment) {
    Environment all{{"PCSCLITE_CSOCK_NAME", folder() + "/pcscd.comm"}};
    for (const auto& [name, value] : environment) all[name] = value;
    run({CARD_WORKER}, lab, more, all);
}

void CardRig::welcome() {
    inbox_.clear();
    greet();
}

void CardRig::start(const std::string& more) {
    start_pcscd();
    launch(Lab::on, more);
    welcome();
}

std::string CardRig::card_socket(std::size_t reader) const {
    return folder() + "/card" + std::to_string(reader) + ".sock";
}

std::string CardRig::reader_name(std::size_t reader) {
    return std::string(lab::kReaderName) + " 0" + std::to_string(reader) + " 00";
}

void CardRig::insert(lab::CardConnection& card, std::size_t reader) {
    const auto inserted = card.insert(card_socket(reader));
    ASSERT_TRUE(inserted.has_value()) << inserted.error();
    const auto present = expect<wire::CardPresent>();
    EXPECT_EQ(present.reader, reader_name(reader));
    counter = present.counter;
}

void CardRig::expect_log(const std::string& text, std::size_t times) const {
    const UniqueFd watch(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    ASSERT_GE(inotify_add_watch(watch.get(), (folder() + "/log").c_str(), IN_MODIFY), 0);
    const auto written = [&] {
        const std::string all = log();
        std::size_t count = 0;
        for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
        return count >= times;
    };
    std::array<char, 4096> events{};
    pollfd item{watch.get(), POLLIN, 0};
    while (!written()) {
        ASSERT_EQ(poll(&item, 1, static_cast<int>(kSoon.count())), 1) << "never " << text << "\n" << log();
        while (read(watch.get(), events.data(), events.size()) > 0) {
        }
    }
}

void CardRig::expect_readers(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + kSoon;
    while (std::chrono::steady_clock::now() < end)
        if (const auto list = take<wire::Readers>(); list && list->readers.size() == count) return;
    ADD_FAILURE() << "never " << count << " readers\n" << log();
}

wire::Identify CardRig::identify(std::size_t reader) { return {++last_, reader_name(reader), counter}; }

wire::SignChallenge CardRig::challenge(CardSlot slot, std::string_view pin) {
    wire::SignChallenge order;
    order.request = ++last_;
    order.reader = reader_name(0);
    order.counter = counter;
    order.type = slot == CardSlot::jpki_auth ? CardType::jpki : CardType::piv;
    order.slot = slot;
    order.scheme = slot == CardSlot::jpki_auth ? wire::SignatureScheme::rsa_pkcs1_sha256
                                               : wire::SignatureScheme::ecdsa_p256_sha256;
    order.digest = wire::Bytes(32, 0x5a);
    order.pin = SecureBytes(ByteSpan(reinterpret_cast<const std::uint8_t*>(pin.data()), pin.size()));
    return order;
}

}  // namespace sekimori::test
