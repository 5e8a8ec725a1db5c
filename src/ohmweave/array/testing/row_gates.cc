// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/testing/row_gates.h"

#include <algorithm>

#include "ohmweave/logic/array.h"

namespace ohmweave::array::testing {
namespace {

using logic::WindowProduct;

/// Bits of a number from `at` on.
void put(std::vector<uint64_t>& words, size_t first, int64_t at, int bits, int64_t value) {
  for (int bit = 0; bit < bits; ++bit) {
    const auto to = static_cast<size_t>(at + bit);
    words[first + to / 64] |= (static_cast<uint64_t>(value) >> bit & 1) << to % 64;
  }
}

class GateLevel {
 public:
  GateLevel(const StackedRows& array, const StackedRowsPlan& plan) : array_(array), plan_(plan) {}

  std::vector<int64_t> sums(std::span<const int32_t> inputs, std::span<const int32_t> weights,
                            int64_t vectors) const {
    std::vector<uint64_t> total;
    for (int64_t part = 0; part < plan_.parts; ++part) {
      const int64_t first = part * plan_.taps_per_row;
      const int64_t taps = std::min(plan_.taps_per_row, plan_.shape.rows - first);
      std::vector<uint64_t> own(static_cast<size_t>(vectors * plan_.sums()), 0);
      const bool single = array_.scheme().product == WindowProduct::Multiply;
      for (int64_t at = 0; at < taps; at += single ? 1 : taps)
        run(inputs, weights, first + at, single ? 1 : taps, own);
      total = part == 0 ? own : added(total, own);
    }
    std::vector<int64_t> out;
    const int bits = plan_.window.sum_bits;
    for (const uint64_t sum : total) {
      const bool negative = (sum >> (bits - 1) & 1) != 0;
      out.push_back(static_cast<int64_t>(negative ? sum | ~((uint64_t{1} << bits) - 1) : sum));
    }
    return out;
  }

 private:
  /// Adds the products of some taps to the sums of all rows.
  void run(std::span<const int32_t> inputs, std::span<const int32_t> weights, int64_t first, int64_t taps,
           std::vector<uint64_t>& sums) const {
    logic::BinarizedWindow window = plan_.window;
    window.taps = static_cast<int>(taps);
    const logic::LogicProgram program = window_program(array_.scheme(), window);
    const bool multiplies = array_.scheme().product == WindowProduct::Multiply;
    const int x_bits = multiplies ? factor_bits(window) : window.bits, w_bits = multiplies ? x_bits : 1;
    const ProductShape& s = plan_.shape;
    const auto x_words = static_cast<size_t>((taps * x_bits + 63) / 64),
               w_words = static_cast<size_t>((taps * w_bits + 63) / 64);
    std::vector<uint64_t> x(sums.size() * x_words, 0), w(sums.size() * w_words, 0);
    for (size_t row = 0; row < sums.size(); ++row) {
      const int64_t vector = static_cast<int64_t>(row) / plan_.sums(),
                    sum = static_cast<int64_t>(row) % plan_.sums();
      for (int64_t tap = 0; tap < taps; ++tap) {
        const int64_t group = sum / s.outputs, r = first + tap;
        const int32_t weight = weights[static_cast<size_t>(sum * s.rows + r)];
        put(x, row * x_words, tap * x_bits, x_bits,
            inputs[static_cast<size_t>((vector * s.groups + group) * s.rows + r)]);
        put(w, row * w_words, tap * w_bits, w_bits, multiplies ? weight : (weight + 1) / 2);
      }
    }
    logic::LogicArray rows(static_cast<int64_t>(sums.size()), program.bitlines);
    rows.write(program.inputs[0].cells, sums);
    rows.write(program.inputs[1].cells, x);
    rows.write(program.inputs[2].cells, w);
    rows.run(program);
    sums = rows.read(program.outputs[0].cells);
  }
  std::vector<uint64_t> added(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) const {
    const logic::LogicProgram program = logic::sum_program(array_.scheme().adder, plan_.window.sum_bits);
    logic::LogicArray rows(static_cast<int64_t>(a.size()), program.bitlines);
    rows.write(program.inputs[0].cells, a);
    rows.write(program.inputs[1].cells, b);
    rows.run(program);
    return rows.read(program.outputs[0].cells);
  }

  const StackedRows& array_;
  const StackedRowsPlan& plan_;
};

}  // namespace

std::vector<int64_t> sums_of_gates(const StackedRows& array, const StackedRowsPlan& plan,
                                   std::span<const int32_t> inputs, std::span<const int32_t> weights,
                                   int64_t vectors) {
  return GateLevel(array, plan).sums(inputs, weights, vectors);
}

}  // namespace ohmweave::array::testing
