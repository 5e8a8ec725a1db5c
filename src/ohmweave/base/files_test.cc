// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/files.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace ohmweave::base {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("ohmweave files " + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  size_t entries() const { return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {})); }

  fs::path folder_;
};

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "no failure";
}

TEST_F(Files, AreReadWhole) {
  const std::string bytes("a\0b\r\n\xff", 6);
  put("x", bytes);
  EXPECT_EQ(read_file(path("x")), bytes);
  put("empty", "");
  EXPECT_EQ(read_file(path("empty")), "");
  EXPECT_THAT(read_file("/proc/self/status"), testing::HasSubstr("Pid:"));  // tells no size
  EXPECT_EQ(read_source(path("x"))->name, path("x"));
}

TEST_F(Files, ThatCannotBeReadSayWhy) {
  EXPECT_EQ(message_of([&] { read_file(path("none")); }),
            path("none") + ": error: cannot read: No such file or directory\n");
  EXPECT_EQ(message_of([&] { read_file(folder_.string()); }),
            folder_.string() + ": error: cannot read: it is a directory\n");
}

TEST_F(Files, AppearOnCommitAndNotBefore) {
  put("x", "old");
  OutputFile file(path("x"));
  file.write("new");
  EXPECT_EQ(read_file(path("x")), "old");
  file.commit();
  EXPECT_EQ(read_file(path("x")), "new");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, ThatAreNotCommittedLeaveNothing) {
  {
    OutputFile file(path("x"));
    file.write("half");
    OutputFile moved = std::move(file);
    moved.write(" written");
  }
  EXPECT_EQ(entries(), 0U);
}

TEST_F(Files, KeepPermissionsAndLinksOfWhatTheyReplace) {
  put("real", "old");
  fs::permissions(path("real"), fs::perms(0640));
  fs::create_symlink("real", path("link"));
  OutputFile file(path("link"));
  file.write("new");
  file.commit();
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read_file(path("real")), "new");
  EXPECT_EQ(fs::status(path("real")).permissions(), fs::perms(0640));
}

TEST_F(Files, ThatCannotBeWrittenFailBeforeAnyWork) {
  EXPECT_EQ(message_of([&] { OutputFile file(path("no/such/folder")); }),
            path("no/such/folder") + ": error: cannot write: No such file or directory\n");
  EXPECT_EQ(message_of([&] { OutputFile file(folder_.string()); }),
            folder_.string() + ": error: cannot write: it is a directory\n");
}

TEST_F(Files, ThatMayNotBeWrittenAreNotReplaced) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everything";
  put("x", "kept");
  fs::permissions(path("x"), fs::perms::owner_read);
  EXPECT_THAT(message_of([&] { OutputFile file(path("x")); }), testing::HasSubstr("Permission denied"));
}

TEST_F(Files, AFullDiskIsAFailure) {
  OutputFile file("/dev/full");
  file.write("x");
  EXPECT_EQ(message_of([&] { file.commit(); }), "/dev/full: error: cannot write: No space left on device\n");
}

TEST_F(Files, StandardOutputIsWrittenAsItIs) {
  for (const char* name : {"-", "/dev/stdout"}) {
    testing::internal::CaptureStdout();
    OutputFile file(name);
    EXPECT_TRUE(file.is_standard_output());
    file.write("text");
    file.commit();
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "text");
  }
  EXPECT_FALSE(OutputFile(path("x")).is_standard_output());
}

TEST_F(Files, ACommittedFileIsDone) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        OutputFile file(path("x"));
        file.commit();
        file.write("more");
      },
      "fault of Ohmweave");
}

}  // namespace
}  // namespace ohmweave::base
