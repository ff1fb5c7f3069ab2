// SPDX-License-Identifier: Apache-2.0
// What is on the shelf after each thing that can happen to it, a power cut in between included: every step is a file's
// name, so what is there is what was done.
#include "session_lock/rescue/shelf.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "session_lock/rescue/code.hpp"
#include "tests/unit/rescue/counting_rng.hpp"
#include "tests/unit/small_disk.hpp"

namespace sekimori::rescue {
namespace {

namespace fs = std::filesystem;

class ShelfTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "sekimori-shelf-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        path_ = name;
    }
    void TearDown() override { fs::remove_all(path_); }

    Status renew(const SecureBytes& code) {
        auto shelf = Shelf::open(path_);
        return shelf ? shelf->renew(*seal(code, rng_)) : Status(tl::unexpected<Error>(shelf.error()));
    }
    ErrorCode use(const SecureBytes& code) {
        auto shelf = Shelf::open(path_);
        const Status used = shelf ? shelf->use(code) : Status(tl::unexpected<Error>(shelf.error()));
        return used ? kDone : used.error().code;
    }
    bool there(const char* name) const { return fs::exists(fs::path(path_) / name); }
    std::string content(const char* name) const {
        std::ifstream file(fs::path(path_) / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    static constexpr ErrorCode kDone = static_cast<ErrorCode>(255);
    std::string path_;
    CountingRng rng_, elsewhere_{90};
    SecureBytes code_{*draw_code(rng_)}, other_{*draw_code(elsewhere_)};
};

TEST_F(ShelfTest, OneUse) {
    EXPECT_EQ(use(code_), ErrorCode::not_found);
    ASSERT_TRUE(renew(code_));
    struct stat info {};
    ASSERT_EQ(stat((path_ + "/code").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
    EXPECT_EQ(use(code_), kDone);
    EXPECT_FALSE(there("code"));
    EXPECT_TRUE(there("used"));
    EXPECT_EQ(use(code_), ErrorCode::not_found);
}

TEST_F(ShelfTest, TenTriesOverAllItsLivesAndNoMore) {
    ASSERT_TRUE(renew(code_));
    for (std::size_t i = 1; i <= kTries; ++i) {
        EXPECT_EQ(use(other_), ErrorCode::mismatch);  // each time another process
        EXPECT_EQ(content("tries"), std::string(i, 'x') + std::string(kTries - i, '.'));
    }
    EXPECT_EQ(use(code_), ErrorCode::locked);
    EXPECT_TRUE(there("code"));
    EXPECT_FALSE(there("used"));
}

TEST_F(ShelfTest, ATryThatCanNotBeCountedIsNoTry) {
    ASSERT_TRUE(renew(code_));
    for (const std::string& tries : {std::string(), std::string(kTries - 1, '.')}) {
        std::ofstream(path_ + "/tries") << tries;
        EXPECT_EQ(use(code_), ErrorCode::corrupt);
    }
    fs::remove(path_ + "/tries");
    EXPECT_EQ(use(code_), ErrorCode::io);
    fs::create_symlink("/dev/zero", path_ + "/tries");
    EXPECT_EQ(use(code_), ErrorCode::io);
    EXPECT_TRUE(there("code"));
}

TEST_F(ShelfTest, ACodeThatCanNotBePutAwayIsNotAccepted) {
    ASSERT_TRUE(renew(code_));
    fs::create_directories(path_ + "/used/full");
    EXPECT_EQ(use(code_), ErrorCode::io);
    EXPECT_TRUE(there("code"));
}

TEST_F(ShelfTest, ANewCodeEndsTheOldOneAndItsStory) {
    ASSERT_TRUE(renew(code_));
    EXPECT_EQ(use(code_), kDone);
    ASSERT_TRUE(renew(other_));
    EXPECT_FALSE(there("used"));
    EXPECT_EQ(content("tries"), std::string(kTries, '.'));
    EXPECT_EQ(use(code_), ErrorCode::mismatch);
    EXPECT_EQ(use(other_), kDone);
}

TEST_F(ShelfTest, ANewCodeThatCanNotBeStoredLeavesTheOldOneOrNone) {
    ASSERT_TRUE(renew(code_));
    fs::create_directory(path_ + "/code.new");
    EXPECT_FALSE(renew(other_));
    EXPECT_EQ(use(code_), kDone);
}

TEST_F(ShelfTest, TheTimeOfTheUseIsTheFiles) {
    ASSERT_TRUE(renew(code_));
    fs::last_write_time(path_ + "/code", fs::file_time_type::clock::now() - std::chrono::hours{1000});
    const auto before = fs::file_time_type::clock::now() - std::chrono::minutes{1};
    EXPECT_EQ(use(code_), kDone);
    EXPECT_GT(fs::last_write_time(path_ + "/used"), before);
}

TEST_F(ShelfTest, ADirectoryOfOthersIsRefused) {
    ASSERT_EQ(chmod(path_.c_str(), 0775), 0);
    EXPECT_EQ(use(code_), ErrorCode::refused);
    fs::create_directory_symlink(path_, path_ + "/link");
    EXPECT_FALSE(Shelf::open(path_ + "/link"));
    EXPECT_EQ(Shelf::open(path_ + "/none").error().code, ErrorCode::not_found);
}

// Whoever fills the disk keeps nobody out, and gives nobody a second use or an eleventh try.
TEST_F(ShelfTest, OnAFullDiskTheCodeWorksAndWorksOnce) {
    const std::string told = test::in_child([&]() -> std::string {
        if (auto mounted = test::mount_small_disk(path_); !mounted.empty()) return mounted;
        if (!renew(code_)) return "no code";
        test::fill_disk(path_);
        if (std::ofstream more(path_ + "/more"); (more << "x").flush()) return "the disk is not full";
        if (use(other_) != ErrorCode::mismatch) return "a wrong code is told otherwise";
        if (content("tries") != std::string(1, 'x') + std::string(kTries - 1, '.')) return "a try was not counted";
        if (use(code_) != kDone) return "the code does not work";
        if (there("code") || !there("used")) return "it was not put away";
        if (use(code_) != ErrorCode::not_found) return "it works twice";
        if (renew(other_)) return "a new code was stored where nothing can be";
        return use(other_) == ErrorCode::not_found && there("used") ? "" : "half a code was taken for one";
    });
    if (told == test::kNoMount) GTEST_SKIP() << "needs a mount namespace (root, or user namespaces)";
    EXPECT_EQ(told, "");
}

TEST_F(ShelfTest, AFileThatIsNoSealOpensForNobody) {
    ASSERT_TRUE(renew(code_));
    std::ofstream(path_ + "/code") << std::string(1000, 'a');
    EXPECT_EQ(use(code_), ErrorCode::corrupt);
    EXPECT_EQ(content("tries"), std::string(kTries, '.'));
}

}  // namespace
}  // namespace sekimori::rescue
