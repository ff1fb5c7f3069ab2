// SPDX-License-Identifier: Apache-2.0
// The program sekimori-lab-card as a tester uses it: cards in folders, put into the reader of a real pcscd.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "tests/lab/cards/files.hpp"
#include "tests/unit/lab/reader_daemon.hpp"

namespace sekimori::lab {
namespace {

class Command : public testing::Test {
  protected:
    static std::string program() {
        const auto self = std::filesystem::read_symlink("/proc/self/exe");
        return (self.parent_path().parent_path() / "bin/sekimori-lab-card").string();
    }
    std::string at(const char* name) const { return folder_.path() + "/" + name; }
    int run(const std::string& arguments) const {
        const int status = std::system((program() + " " + arguments + " >/dev/null 2>&1").c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    std::string insert(const char* card, const std::string& more = {}) const {
        return "insert " + at(card) + " --socket " + daemon_.pcscd().card_socket(0) + " " + more;
    }

    Daemon daemon_;
    TemporaryFolder folder_;
};

TEST_F(Command, MakesEveryKindOfCard) {
    EXPECT_EQ(run("new ca --alg p256 --out " + at("ca")), 0);
    EXPECT_EQ(run("new piv --alg p384 --pin 654321 --gzip --ca " + at("ca") + " --out " + at("piv")), 0);
    EXPECT_EQ(run("new jpki --certificate expired --ca " + at("ca") + " --out " + at("jpki")), 0);
    EXPECT_EQ(run("new lite-s --ck-hex 000102030405060708090A0B0C0D0E0F --out " + at("lite")), 0);
    EXPECT_EQ(run("new lite-s --id-hex 012E3C4D5E6F70810000A1A2A3A4A5A6 --master-hex "
                  "404142434445464748494A4B4C4D4E4F5051525354555657 --out " +
                  at("derived")),
              0);
    EXPECT_EQ(run("new idm --out " + at("idm")), 0);
    const auto derived = read_record(at("derived") + "/card").value();
    EXPECT_EQ(derived.at("ck"), "A747E487D7C60892B77D85D41ED3A5FD");
}

TEST_F(Command, RefusesNonsense) {
    EXPECT_EQ(run(""), 2);
    EXPECT_EQ(run("new piv"), 2);
    EXPECT_EQ(run("new piv --alg rot13 --out " + at("x")), 1);
    EXPECT_EQ(run("new piv --slots 9z --out " + at("x")), 1);
    EXPECT_EQ(run("new lite-s --out " + at("x")), 1);
    EXPECT_EQ(run("new lite-s --ck-hex 00 --out " + at("x")), 1);
    EXPECT_EQ(run("new idm --out " + at("idm")), 0);
    EXPECT_EQ(run("new idm --out " + at("idm")), 1);  // nothing is overwritten
    EXPECT_EQ(run(insert("idm", "--fault nonsense")), 2);
    EXPECT_EQ(run(insert("none")), 1);
    EXPECT_EQ(run("insert " + at("idm") + " --wait 0.05 --socket " + at("no.sock")), 1);
}

TEST_F(Command, InsertsForAWhile) {
    ASSERT_EQ(run("new idm --out " + at("idm")), 0);
    EXPECT_EQ(run(insert("idm", "--seconds 0.05")), 0);
}

// A running `insert`; it has said that the card is in.
class Inserted {
  public:
    explicit Inserted(const std::string& command) : pipe_(::popen(command.c_str(), "r")) {
        std::array<char, 64> line{};
        if (pipe_ != nullptr && std::fgets(line.data(), line.size(), pipe_) != nullptr) said_ = line.data();
    }
    const std::string& said() const { return said_; }
    int wait() { return WEXITSTATUS(::pclose(pipe_)); }

  private:
    FILE* pipe_;
    std::string said_;
};

TEST_F(Command, EndOfStdinPulls) {
    ASSERT_EQ(run("new idm --out " + at("idm")), 0);
    Inserted inserted("true | " + program() + " " + insert("idm"));
    EXPECT_EQ(inserted.said(), "inserted\n");
    EXPECT_EQ(inserted.wait(), 0);
}

TEST_F(Command, SignalPulls) {
    ASSERT_EQ(run("new idm --out " + at("idm")), 0);
    // The shell tells the pid before it becomes the program.
    Inserted inserted("echo $$ >" + at("pid") + "; exec " + program() + " " + insert("idm", "</dev/null"));
    EXPECT_EQ(inserted.said(), "inserted\n");
    const Bytes pid = read_file(at("pid")).value();
    ASSERT_EQ(::kill(std::atoi(std::string(pid.begin(), pid.end()).c_str()), SIGTERM), 0);
    EXPECT_EQ(inserted.wait(), 0);
}

TEST_F(Command, SecondCardWaitsAndFailsIfNotTaken) {
    ASSERT_EQ(run("new idm --out " + at("idm")), 0);
    ASSERT_EQ(run("new idm --out " + at("other")), 0);
    Inserted inserted("echo $$ >" + at("pid") + "; exec " + program() + " " + insert("idm", "</dev/null"));
    ASSERT_EQ(inserted.said(), "inserted\n");
    EXPECT_EQ(run(insert("other", "--wait 0.2")), 1);
    const Bytes pid = read_file(at("pid")).value();
    ::kill(std::atoi(std::string(pid.begin(), pid.end()).c_str()), SIGTERM);
    EXPECT_EQ(inserted.wait(), 0);
}

}  // namespace
}  // namespace sekimori::lab
