// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/transfer_cache.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "ohmweave/array/testing/direct_solve.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::array {
namespace {

namespace fs = std::filesystem;

class TransferCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("ohmweave_cache_{}_{}", ::getpid(), count_++);
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    if (fs::exists(folder_)) {
      for (const auto& entry : fs::directory_iterator(folder_)) out.push_back(entry.path());
    }
    return out;
  }
  std::vector<float> get(TransferCache& cache, uint64_t seed = 1) const {
    return cache.effective_cells(wires_, 12, 10, testing::random_cells(12, 10, seed), 1e-6, {}).conductances;
  }

  static inline int count_ = 0;
  fs::path folder_;
  Wires wires_{2.5, 2.5, 0, 0, false, {}};
};

TEST_F(TransferCacheTest, FindsWhatItHasSolved) {
  TransferCache first(folder_.string());
  const std::vector<float> solved = get(first);
  EXPECT_EQ(first.solved(), 1);
  EXPECT_EQ(files().size(), 1u);
  TransferCache second(folder_.string());
  EXPECT_EQ(get(second), solved);
  EXPECT_EQ(second.found(), 1);
  EXPECT_EQ(second.solved(), 0);
  TransferCache none("");
  EXPECT_EQ(get(none), solved);
  EXPECT_EQ(get(none), solved);
  EXPECT_EQ(none.solved(), 2);
}

TEST_F(TransferCacheTest, TellsContentsApart) {
  TransferCache cache(folder_.string());
  get(cache);
  get(cache, 2);
  wires_.two_sided = true;
  get(cache);
  wires_.sense = 1;
  get(cache);
  const auto cells = testing::random_cells(12, 10, 1);
  cache.effective_cells(wires_, 12, 10, cells, 1e-7, {});
  cache.effective_cells(wires_, 10, 12, cells, 1e-7, {});
  const KeptCells fresh = cache.effective_cells(wires_, 12, 10, cells, 1e-7, cells);
  EXPECT_EQ(cache.solved(), 7);
  EXPECT_EQ(files().size(), 7u);
  cache.effective_cells(wires_, 12, 10, cells, 1e-7, testing::random_cells(12, 10, 2));
  EXPECT_EQ(cache.solved(), 8);
  const KeptCells kept = cache.effective_cells(wires_, 12, 10, cells, 1e-7, cells);
  EXPECT_EQ(cache.found(), 1);
  EXPECT_EQ(kept.conductances, fresh.conductances);
  EXPECT_EQ(kept.variances, fresh.variances);
  EXPECT_EQ(kept.variances.size(), 120u);
}

TEST_F(TransferCacheTest, DoesNotTakeDamagedFiles) {
  TransferCache cache(folder_.string());
  const std::vector<float> good = get(cache);
  const fs::path file = files().at(0);
  const auto size = fs::file_size(file);
  auto damage = [&](uint64_t at) {
    std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
    f.seekg(static_cast<int64_t>(at));
    const int byte = f.get();
    f.seekp(static_cast<int64_t>(at));
    f.put(static_cast<char>(byte ^ 1));
  };
  int64_t solved = 1;
  for (uint64_t at : {uint64_t{0}, uint64_t{8}, uint64_t{20}, uint64_t{50}, size - 1}) {
    damage(at);
    EXPECT_EQ(get(cache), good);
    EXPECT_EQ(cache.solved(), ++solved) << at;
  }
  fs::resize_file(file, size / 2);
  EXPECT_EQ(get(cache), good);
  EXPECT_EQ(cache.solved(), ++solved);
  std::ofstream(file, std::ios::app) << "more";
  EXPECT_EQ(get(cache), good);
  EXPECT_EQ(cache.solved(), ++solved);
  EXPECT_EQ(get(cache), good);  // and that one is whole again
  EXPECT_EQ(cache.solved(), solved);
}

TEST_F(TransferCacheTest, KeepsNoMoreThanItMay) {
  TransferCache small(folder_.string(), 1);
  const std::vector<float> expected = get(small);
  EXPECT_TRUE(files().empty());  // each is too much
  TransferCache cache(folder_.string(), 4000);
  for (uint64_t seed = 1; seed <= 65; ++seed) get(cache, seed);
  EXPECT_LE(files().size(), 8u);  // looked at after every 64th
}

TEST_F(TransferCacheTest, LivesWithFoldersThatCannotBeWritten) {
  std::ofstream(folder_) << "a file";
  TransferCache cache((folder_ / "below").string());
  EXPECT_EQ(get(cache), get(cache));
  EXPECT_EQ(cache.solved(), 2);
}

TEST_F(TransferCacheTest, MayBeAskedByManyThreads) {
  TransferCache cache(folder_.string());
  std::vector<std::vector<float>> all(40);
  base::parallel_for(
      40, [&](int64_t k) { all[static_cast<size_t>(k)] = get(cache, static_cast<uint64_t>(k % 4)); });
  for (size_t k = 4; k < all.size(); ++k) EXPECT_EQ(all[k], all[k % 4]);
  EXPECT_EQ(files().size(), 4u);
}

TEST(TransferCache, StandsInTheUsersCacheFolder) {
  const std::string folder = TransferCache::default_folder();
  EXPECT_THAT(folder, ::testing::AnyOf("", ::testing::EndsWith("/ohmweave/transfer")));
}

}  // namespace
}  // namespace ohmweave::array
