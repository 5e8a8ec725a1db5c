// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/tensor.h"

#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/base/testing/sanitized.h"
#include "ohmweave/tensor/memory.h"

namespace ohmweave::tensor {
namespace {

TEST(Tensor, IsZeroUnlessItIsToBeWritten) {
  for (int64_t size : {1, 1000, 100'000, 3'000'000}) {
    for (int k = 0; k < 3; ++k) {  // also where the memory was used before
      Tensor zeros(Element::Float32, {size});
      const auto values = zeros.mutable_data<float>();
      EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](float x) { return x == 0; })) << size;
      std::fill(values.begin(), values.end(), 1.0F);
    }
    EXPECT_EQ(Tensor::uninitialized(Element::Int8, {size}).shape(), (Shape{size}));
  }
}

TEST(Tensor, CopiesShareUntilOneIsWritten) {
  Tensor a = Tensor::of<int32_t>({2, 2}, std::vector<int32_t>{1, 2, 3, 4}), b = a;
  EXPECT_EQ(a.raw(), b.raw());
  b.mutable_data<int32_t>()[0] = 9;
  EXPECT_EQ(a.data<int32_t>()[0], 1);
  Tensor row = a.slice(1, 2);
  row.mutable_data<int32_t>()[0] = 7;
  EXPECT_EQ(a.data<int32_t>()[2], 3);
}

TEST(Memory, PiecesInUseNeverOverlap) {
  struct Piece {
    std::shared_ptr<std::byte> memory;
    size_t size;
    std::byte mark;
  };
  const auto work = [](unsigned thread) {
    std::vector<Piece> pieces;
    unsigned state = thread + 1;
    for (int k = 0; k < (base::testing::kSanitized ? 200 : 2000); ++k) {
      state = state * 1664525U + 1013904223U;
      const size_t size = (size_t{1} << (10 + state % 11)) + state / 64 % 4096;
      pieces.push_back({allocate(size), size, static_cast<std::byte>(thread * 16 + state % 16)});
      EXPECT_EQ(reinterpret_cast<uintptr_t>(pieces.back().memory.get()) % 64, 0U);
      std::memset(pieces.back().memory.get(), std::to_integer<int>(pieces.back().mark), size);
      if (pieces.size() < 8) continue;
      const auto gone = pieces.begin() + static_cast<std::ptrdiff_t>(state / 1024 % 8);
      const std::byte* p = gone->memory.get();
      EXPECT_TRUE(std::all_of(p, p + gone->size, [&](std::byte b) { return b == gone->mark; }));
      pieces.erase(gone);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned k = 0; k < 4; ++k) threads.emplace_back(work, k);
  for (std::thread& t : threads) t.join();
}

}  // namespace
}  // namespace ohmweave::tensor
