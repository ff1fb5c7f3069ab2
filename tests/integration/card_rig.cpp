// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/card_rig.hpp"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

namespace sekimori::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

}  // namespace

CardRig::CardRig() {
    std::array<char, 32> pattern{"/tmp/sekimori-card-XXXXXX"};
    const char* made = mkdtemp(pattern.data());
    if (made == nullptr) {
        ADD_FAILURE() << "no folder";
        return;
    }
    folder_ = made;
    auto listener = listen_at((folder_ / "card.sock").string(), 0600);
    EXPECT_TRUE(listener.has_value());
    if (listener) listener_ = std::move(*listener);
}

CardRig::~CardRig() {
    if (pid_ > 0) {
        (void)kill(pid_, SIGKILL);
        (void)waitpid(pid_, nullptr, 0);
    }
    pcscd_.reset();
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
}

void CardRig::start_pcscd(Millis answer_time) {
    auto started = lab::PrivatePcscd::start({{}, folder_.string(), answer_time});
    ASSERT_TRUE(started.has_value()) << started.error();
    pcscd_.emplace(std::move(*started));
}

void CardRig::stop_pcscd(int signal) {
    pcscd_->stop(signal);
    pcscd_.reset();
}

void CardRig::launch(CardLab lab, const std::string& more, const Environment& environment) {
    const std::string config = (folder_ / "sekimori.conf").string();
    std::ofstream(config) << "[paths]\nstate=" << folder_.string() << "/state\nrun=" << folder_.string()
                          << "\nworkers=" << folder_.string()
                          << "\n[lab]\nenabled=" << (lab == CardLab::on ? "true" : "false") << "\n"
                          << more << "\n";
    Environment all{{"PATH", "/usr/bin:/bin"},
                    {"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=" + (folder_ / "bus").string()},
                    {"PCSCLITE_CSOCK_NAME", (folder_ / "pcscd.comm").string()}};
    for (const auto& [name, value] : environment) all[name] = value;
    std::vector<std::string> variables;
    for (const auto& [name, value] : all) variables.push_back(name + "=" + value);
    std::vector<std::string> command{CARD_WORKER, "--config", config};
    const auto argv = pointers(command);
    const auto envp = pointers(variables);
    const std::string out = (folder_ / "log").string();
    pid_ = fork();
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (freopen(out.c_str(), "a", stderr) == nullptr) _exit(126);
        execve(argv[0], argv.data(), envp.data());
        _exit(127);
    }
}

void CardRig::welcome() {
    inbox_.clear();
    pollfd item{listener_.get(), POLLIN, 0};
    ASSERT_EQ(poll(&item, 1, static_cast<int>(kCardSoon.count())), 1) << "the worker does not connect\n" << log();
    auto channel = accept_from(listener_.get());
    ASSERT_TRUE(channel.has_value());
    broker = std::move(*channel);
    const auto hello = expect<wire::WorkerHello>();
    EXPECT_EQ(hello.worker, wire::WorkerClass::card);
    EXPECT_EQ(hello.build, kBuild);
    say(wire::WorkerWelcome{});
}

void CardRig::start(const std::string& more) {
    start_pcscd();
    launch(CardLab::on, more);
    welcome();
}

std::string CardRig::card_socket(std::size_t reader) const {
    return (folder_ / ("card" + std::to_string(reader) + ".sock")).string();
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

int CardRig::exit_code(Millis limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() >= end) return -1;
        std::this_thread::sleep_for(Millis{2});
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string CardRig::log() const {
    std::ifstream file(folder_ / "log");
    return {std::istreambuf_iterator<char>(file), {}};
}

void CardRig::expect_log(const std::string& text, std::size_t times) const {
    const UniqueFd watch(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    ASSERT_GE(inotify_add_watch(watch.get(), (folder_ / "log").c_str(), IN_MODIFY), 0);
    const auto written = [&] {
        const std::string all = log();
        std::size_t count = 0;
        for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
        return count >= times;
    };
    std::array<char, 4096> events{};
    pollfd item{watch.get(), POLLIN, 0};
    while (!written()) {
        ASSERT_EQ(poll(&item, 1, static_cast<int>(kCardSoon.count())), 1) << "never " << text << "\n" << log();
        while (read(watch.get(), events.data(), events.size()) > 0) {
        }
    }
}

void CardRig::expect_readers(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + kCardSoon;
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
