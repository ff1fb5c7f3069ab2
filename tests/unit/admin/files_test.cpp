// SPDX-License-Identifier: Apache-2.0
#include "admin/files.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sekimori::admin {
namespace {

class Files : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "sekimori-files-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    std::string at(const char* name) const { return (folder / name).string(); }
    void put(const char* name, const std::string& text) const { std::ofstream(at(name)) << text; }
    std::filesystem::path folder;
};

TEST_F(Files, AreRead) {
    put("a", "text");
    EXPECT_EQ(*read_file(at("a")), "text");
    EXPECT_EQ(read_file(at("b")).error().code, "not_found");
    EXPECT_FALSE(read_file(folder.string()));
}

TEST_F(Files, ThatAreTooLargeAreNotRead) {
    put("a", std::string(kMaxFile, 'x'));
    EXPECT_TRUE(read_file(at("a")));
    put("a", std::string(kMaxFile + 1, 'x'));
    EXPECT_EQ(read_file(at("a")).error().code, "too_large");
}

TEST_F(Files, AFifoHoldsNobodyUp) {
    ASSERT_EQ(mkfifo(at("fifo").c_str(), 0600), 0);
    EXPECT_FALSE(open_file(at("fifo")));
}

TEST_F(Files, ANewFileAppearsWhenItIsWhole) {
    auto file = NewFile::create(at("backup"));
    ASSERT_TRUE(file);
    ASSERT_EQ(write(file->fd(), "x", 1), 1);
    EXPECT_FALSE(std::filesystem::exists(at("backup")));
    ASSERT_TRUE(file->keep());
    EXPECT_EQ(*read_file(at("backup")), "x");
    struct stat about {};
    ASSERT_EQ(stat(at("backup").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST_F(Files, ANewFileThatIsNotKeptLeavesNothing) {
    { ASSERT_TRUE(NewFile::create(at("backup"))); }
    EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(Files, ANewFileTakesNobodysPlace) {
    put("backup", "old");
    EXPECT_EQ(NewFile::create(at("backup")).error().code, "exists");
    std::filesystem::remove(at("backup"));
    auto file = NewFile::create(at("backup"));
    ASSERT_TRUE(file);
    put("backup", "meanwhile");
    EXPECT_EQ(file->keep().error().code, "exists");
    EXPECT_EQ(*read_file(at("backup")), "meanwhile");
}

}  // namespace
}  // namespace sekimori::admin
