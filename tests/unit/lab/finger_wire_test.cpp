// SPDX-License-Identifier: Apache-2.0
// The wire against a listener that only records, so that every byte is seen.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "tests/lab/fingers/finger.hpp"
#include "tests/lab/fingers/virtual_scanner.hpp"
#include "tests/unit/lab/finger_folder.hpp"

namespace sekimori::lab::fingers {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

// Listens as the driver does, and takes one client.
class Recorder {
  public:
    explicit Recorder(const std::filesystem::path& path) : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
        EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
        EXPECT_EQ(listen(listener_.get(), 1), 0);
    }
    UniqueFd take() { return UniqueFd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
    // All bytes of one client, to its end.
    Bytes record() {
        const UniqueFd client = take();
        Bytes all;
        std::array<std::uint8_t, 4096> chunk{};
        for (ssize_t got = 0; (got = read(client.get(), chunk.data(), chunk.size())) > 0;) {
            all.insert(all.end(), chunk.begin(), chunk.begin() + got);
        }
        return all;
    }

  private:
    UniqueFd listener_;
};

Bytes header(std::int32_t first, std::int32_t second) {
    Bytes bytes(8);
    std::memcpy(bytes.data(), &first, 4);
    std::memcpy(bytes.data() + 4, &second, 4);
    return bytes;
}

class FingerWire : public ::testing::Test {
  protected:
    std::filesystem::path socket() const { return folder_.path() / "finger.sock"; }

    template <class Send>
    Bytes recorded(Send send) {
        Recorder recorder(socket());
        Bytes bytes;
        std::thread driver([&] { bytes = recorder.record(); });
        auto scanner = VirtualScanner::connect(socket(), 5s);
        EXPECT_TRUE(scanner);
        EXPECT_TRUE(send(*scanner));
        EXPECT_TRUE(scanner->finish());
        driver.join();
        return bytes;
    }

    TemporaryFolder folder_;
};

TEST_F(FingerWire, AnImageIsItsSizeAndItsPixels) {
    const GreyImage image{3, 2, {1, 2, 3, 4, 5, 6}};
    Bytes expected = header(3, 2);
    expected.insert(expected.end(), image.pixels.begin(), image.pixels.end());
    EXPECT_EQ(recorded([&](VirtualScanner& scanner) { return scanner.send(image); }), expected);
}

TEST_F(FingerWire, AWholePrintArrives) {
    const GreyImage image{256, 288, Bytes(print_size.area(), 77)};
    EXPECT_EQ(recorded([&](VirtualScanner& scanner) { return scanner.send(image); }).size(), 8 + print_size.area());
}

TEST_F(FingerWire, CommandsAreNegative) {
    const Bytes bytes = recorded([](VirtualScanner& scanner) {
        return scanner.send(Retry::center_finger)
            .and_then([&] { return scanner.send_device_error(3); })
            .and_then([&] { return scanner.send(AutomaticFinger::off); })
            .and_then([&] { return scanner.send(Finger::present); })
            .and_then([&] { return scanner.send(Finger::lifted); })
            .and_then([&] { return scanner.unplug(); });
    });
    Bytes expected;
    for (const Bytes& part :
         {header(-1, 2), header(-2, 3), header(-3, 0), header(-4, 1), header(-4, 0), header(-5, 0)}) {
        expected.insert(expected.end(), part.begin(), part.end());
    }
    EXPECT_EQ(bytes, expected);
}

TEST_F(FingerWire, RefusesAnImageThatLiesAboutItsSize) {
    Recorder recorder(socket());
    auto scanner = VirtualScanner::connect(socket(), 5s);
    ASSERT_TRUE(scanner);
    EXPECT_EQ(scanner->send(GreyImage{3, 2, {1, 2, 3}}).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(scanner->send(GreyImage{5001, 1, Bytes(5001)}).error().code, ErrorCode::invalid_argument);
}

TEST_F(FingerWire, WaitsForTheScannerToOpen) {
    std::thread late;
    {
        const auto before = VirtualScanner::connect(socket(), 0ms);
        ASSERT_FALSE(before);
        EXPECT_EQ(before.error().code, ErrorCode::timeout);
    }
    Bytes bytes;
    std::thread driver([&] {
        Recorder recorder(socket());
        bytes = recorder.record();
    });
    auto scanner = VirtualScanner::connect(socket(), 10s);
    EXPECT_TRUE(scanner);
    if (scanner) {
        EXPECT_TRUE(scanner->send(Retry::general));
        EXPECT_TRUE(scanner->finish());
    }
    driver.join();
    EXPECT_EQ(bytes, header(-1, 0));
}

TEST_F(FingerWire, ASocketThatNobodyListensOnIsNotYetOpen) {
    { const Recorder gone(socket()); }
    const auto scanner = VirtualScanner::connect(socket(), 20ms);
    ASSERT_FALSE(scanner);
    EXPECT_EQ(scanner.error().code, ErrorCode::timeout);
}

TEST_F(FingerWire, NoticesThatNothingWasRead) {
    Recorder recorder(socket());
    auto scanner = VirtualScanner::connect(socket(), 5s);
    ASSERT_TRUE(scanner);
    ASSERT_TRUE(scanner->send(Retry::general));
    recorder.take().reset();  // what the driver does to a second client
    const auto finished = scanner->finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code, ErrorCode::gone);
    EXPECT_EQ(scanner->send(Retry::general).error().code, ErrorCode::gone);
}

TEST_F(FingerWire, RefusesAPathThatDoesNotFit) {
    const auto scanner = VirtualScanner::connect("/" + std::string(200, 'x'), 0ms);
    ASSERT_FALSE(scanner);
    EXPECT_EQ(scanner.error().code, ErrorCode::too_large);
}

class FingerCommand : public FingerWire {
  protected:
    static int run(const std::string& arguments) {
        const int status = std::system((FINGER_PROGRAM " " + arguments + " >/dev/null 2>&1").c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    Bytes recorded_command(const std::string& arguments) {
        Recorder recorder(socket());
        Bytes bytes;
        std::thread driver([&] { bytes = recorder.record(); });
        EXPECT_EQ(run(arguments + " --wait 5 --socket " + socket().string()), 0);
        driver.join();
        return bytes;
    }
};

TEST_F(FingerCommand, PressSendsThePress) {
    const FingerSeed seed{4};
    const Field master = grow_master(seed);
    Bytes expected;
    for (const PressNumber press : {PressNumber{7}, PressNumber{8}}) {
        const Bytes size = header(256, 288);
        const GreyImage image = press_finger(master, seed, press);
        expected.insert(expected.end(), size.begin(), size.end());
        expected.insert(expected.end(), image.pixels.begin(), image.pixels.end());
    }
    EXPECT_EQ(recorded_command("press --seed 4 --press 7 --count 2"), expected);
}

TEST_F(FingerCommand, RenderAndImageGoThroughAFile) {
    const std::string file = (folder_.path() / "print.pgm").string();
    ASSERT_EQ(run("render --seed 9 --out " + file), 0);
    const auto image = load_pgm(file);
    ASSERT_TRUE(image);
    Bytes expected = header(256, 288);
    expected.insert(expected.end(), image->pixels.begin(), image->pixels.end());
    EXPECT_EQ(recorded_command("image " + file), expected);
}

TEST_F(FingerCommand, RetryErrorAndUnplug) {
    Bytes retry = header(-1, 3);
    const Bytes lifted = header(-4, 0);
    retry.insert(retry.end(), lifted.begin(), lifted.end());
    EXPECT_EQ(recorded_command("retry 3"), retry);
    std::filesystem::remove(socket());
    EXPECT_EQ(recorded_command("error 1"), header(-2, 1));
    std::filesystem::remove(socket());
    EXPECT_EQ(recorded_command("unplug"), header(-5, 0));
}

TEST_F(FingerCommand, UsageIsTwoAndFailureOne) {
    EXPECT_EQ(run(""), 2);
    EXPECT_EQ(run("press --socket /tmp/x"), 2);
    EXPECT_EQ(run("retry 9 --socket /tmp/x"), 2);
    EXPECT_EQ(run("unplug --wait 0 --socket " + socket().string()), 1);
    EXPECT_EQ(run("--help"), 0);
}

}  // namespace
}  // namespace sekimori::lab::fingers
