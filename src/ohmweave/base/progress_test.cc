// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/progress.h"

#include <csignal>

#include <gtest/gtest.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/paths.h"

namespace ohmweave::base {
namespace {

TEST(Progress, IsSilentWhereNobodyLooks) {
  testing::internal::CaptureStderr();
  {
    Progress progress("working", 1000);
    parallel_for(1000, [&](int64_t) { progress.advance(); });
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

/// Deaths after threads have run: the child starts afresh.
class Ending : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(Ending, OfLongWorkAfterAnInterrupt) {
  auto interrupted_work = [] {
    catch_interrupts();
    Progress progress("working", 1000);
    try {
      parallel_for(1000, [&](int64_t i) {
        if (i == 10) std::raise(SIGINT);
        progress.advance();
      });
    } catch (const Interrupted&) {
      std::_Exit(interrupted() == SIGINT ? 42 : 1);
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(interrupted_work(), testing::ExitedWithCode(42), "");
}

TEST_F(Ending, ASecondInterruptEndsTheProgram) {
  auto twice = [] {
    catch_interrupts();
    std::raise(SIGTERM);
    std::raise(SIGTERM);
  };
  EXPECT_EXIT(twice(), testing::KilledBySignal(SIGTERM), "");
}

TEST_F(Ending, BrokenInvariantsAbortAndSayWhoseFaultItIs) {
  EXPECT_DEATH(OHMWEAVE_CHECK(1 > 2, "order"), "internal error: order \\(1 > 2, .*progress_test.cc");
}

TEST(Paths, DataLieBesideTheSource) { EXPECT_FALSE(data_folder().empty()); }

}  // namespace
}  // namespace ohmweave::base
