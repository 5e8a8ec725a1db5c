// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/parallel.h"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace ohmweave::base {
namespace {

class Parallel : public testing::Test {
 protected:
  ~Parallel() override { use_threads(0); }
};

TEST_F(Parallel, EveryIndexIsVisitedOnce) {
  for (int threads : {1, 2, 7}) {
    use_threads(threads);
    EXPECT_EQ(thread_count(), threads);
    std::vector<std::atomic<int>> seen(1000);
    parallel_for(1000, [&](int64_t i) { ++seen[static_cast<size_t>(i)]; });
    for (const auto& s : seen) EXPECT_EQ(s.load(), 1);
  }
}

TEST_F(Parallel, NothingToDoIsNoWork) {
  parallel_for(0, [](int64_t) { FAIL(); });
  parallel_for(-5, [](int64_t) { FAIL(); });
}

TEST_F(Parallel, AnExceptionComesOutAndEndsTheLoopEarly) {
  for (int threads : {1, 4}) {
    use_threads(threads);
    std::atomic<int64_t> done{0};
    auto body = [&](int64_t i) {
      if (i == 3) throw std::runtime_error("three");
      ++done;
    };
    EXPECT_THROW(parallel_for(1000000, body), std::runtime_error);
    EXPECT_LT(done.load(), 1000000 - 1);
  }
}

TEST_F(Parallel, OfSeveralExceptionsOneComesOut) {
  use_threads(4);
  auto all_throw = [](int64_t) { throw std::runtime_error("each"); };
  EXPECT_THROW(parallel_for(100, all_throw), std::runtime_error);
}

TEST_F(Parallel, LoopsInsideOfBodiesAndFromOtherThreadsAreWhole) {
  use_threads(3);
  std::atomic<int64_t> inner{0};
  auto twice = [&] {
    for (int k = 0; k < 200; ++k) parallel_for(7, [&](int64_t) { parallel_for(5, [&](int64_t) { ++inner; }); });
  };
  std::thread other(twice);
  twice();
  other.join();
  EXPECT_EQ(inner.load(), 2 * 200 * 7 * 5);
}

TEST_F(Parallel, ALoopAfterOneThatThrewIsWhole) {
  use_threads(3);
  for (int k = 0; k < 50; ++k) {
    EXPECT_THROW(parallel_for(9,
                              [](int64_t i) {
                                if (i == 4) throw std::runtime_error("four");
                              }),
                 std::runtime_error);
    std::atomic<int> count{0};
    parallel_for(9, [&](int64_t) { ++count; });
    EXPECT_EQ(count.load(), 9);
  }
}

TEST_F(Parallel, ZeroThreadsMeansAllProcessors) {
  use_threads(3);
  use_threads(0);
  EXPECT_GE(thread_count(), 1);
}

TEST(FunctionRef, CallsWhatItRefersTo) {
  int calls = 0;
  auto count = [&](int by) { return calls += by; };
  FunctionRef<int(int)> ref = count;
  EXPECT_EQ(ref(2), 2);
  EXPECT_EQ(ref(3), 5);
}

}  // namespace
}  // namespace ohmweave::base
