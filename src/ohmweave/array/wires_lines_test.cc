// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/wires_lines.h"

#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>

#include "ohmweave/array/testing/direct_solve.h"
#include "ohmweave/array/wires_memory.h"

namespace ohmweave::array {
namespace wide {
extern const LineKernel kernel;
}
namespace {

/// All that a kernel computes, after each other.
std::vector<double> results_of(const LineKernel& kernel, const Wires& wires, int64_t rows, int64_t columns,
                               bool uneven) {
  PreparedCells prepared(line_shape(wires, rows, columns));
  const std::vector<double> below = testing::random_volts(rows, 9, 20);
  if (uneven) prepared.keep_rows(rows, below.data(), wires.sense);
  const LineCells& c = prepared.cells();
  const std::vector<double> cells = testing::random_cells(rows, columns, 5, 300);
  for (int64_t i = 0; i < rows; ++i)
    std::copy_n(cells.data() + i * columns, columns, c.rows_conductance + i * c.stride);
  Workspace work(c);
  const LineFields& f = work.fields();
  const std::vector<double> volts = testing::random_volts(rows, 3);
  std::copy(volts.begin(), volts.end(), work.inputs());
  prepared.prepare(kernel);
  kernel.start(c, work.inputs(), f.residual);
  std::vector<double> out;
  const auto sweep = [&](double step, double keep, Turn turn) {
    kernel.down(c, f, step, keep, turn);
    const LineSums sums = kernel.up(c, f);
    out.insert(out.end(), {sums.correction_residual, sums.correction_product});
  };
  sweep(0, 0, Turn::Start);
  sweep(0.75, 0, Turn::First);
  sweep(0.5, 0.125, Turn::Later);
  kernel.follow(c, work.inputs(), f.residual, f.solution, f.along, work.wordlines());
  auto add = [&](const double* from, int64_t count) { out.insert(out.end(), from, from + count); };
  for (const double* array : {c.conductance, c.row_ratio, c.source}) add(array, c.block_size());
  for (const double* array : {c.row_end, c.row_share, c.row_current, f.drained})
    add(array, c.blocks * LineCells::kLanes);
  for (const double* array :
       {f.direction, f.image, f.residual, f.correction, f.product, f.solution, work.wordlines()})
    add(array, c.row_size());
  add(f.arrived, c.columns);
  kernel.back(c, f.direction, f.along, f.image);
  add(f.image, c.row_size());
  return out;
}

TEST(LineKernels, ComputeTheSameBitsOnEveryInstructionSet) {
  std::vector<const LineKernel*> kernels(line_kernels().begin(), line_kernels().end());
  kernels.push_back(&wide::kernel);
  for (auto [rows, columns] : {std::pair{8, 8}, {1, 1}, {13, 37}, {64, 24}, {3, 130}, {130, 3}}) {
    for (bool two_sided : {false, true}) {
      for (bool uneven : {false, true}) {
        const Wires wires{2.5, 1.5, two_sided ? 0.0 : 30.0, 5, two_sided, CellAccess::Resistor};
        const std::vector<double> expected = results_of(*line_kernels().back(), wires, rows, columns, uneven);
        for (const LineKernel* kernel : kernels) {
          SCOPED_TRACE(fmt::format("{}: {} x {}", kernel->name, rows, columns));
          const std::vector<double> got = results_of(*kernel, wires, rows, columns, uneven);
          ASSERT_EQ(got.size(), expected.size());
          EXPECT_EQ(std::memcmp(got.data(), expected.data(), got.size() * sizeof(double)), 0);
        }
      }
    }
  }
}

TEST(LineKernels, ThePortableOneIsAlwaysThere) {
  EXPECT_STREQ(line_kernels().back()->name, "portable");
  EXPECT_EQ(&line_kernel(), line_kernels().front());
}

}  // namespace
}  // namespace ohmweave::array
