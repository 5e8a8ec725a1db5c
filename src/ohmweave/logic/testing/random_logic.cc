// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/testing/random_logic.h"

#include <algorithm>
#include <numeric>

namespace ohmweave::logic::testing {

LogicProgram random_logic(const RandomLogic& what, uint64_t seed) {
  base::RandomStream random(seed, 0, 0);
  LogicProgram program{.name = "random", .bitlines = what.bitlines};
  const auto least = [](int a, int b) { return static_cast<uint64_t>(std::min(a, b)); };
  for (int i = 0; i < what.length; ++i) {
    const uint64_t gates = what.searches ? kGates : static_cast<uint64_t>(Gate::Search);
    LogicOperation operation{.gate = static_cast<Gate>(random.below(gates))};
    const GateKind& kind = kind_of(operation.gate);
    operation.output = static_cast<Bitline>(random.below(what.bitlines));
    if (operation.gate == Gate::Search) {
      const int count = 1 + static_cast<int>(random.below(least(3, what.bitlines - operation.output)));
      operation = LogicOperation::search(operation.output, count, random.below(8) & ((1u << count) - 1));
    } else {
      operation.fan_in =
          static_cast<uint8_t>(kind.least_inputs + random.below(kind.most_inputs - kind.least_inputs + 1));
      for (int k = 0; k < operation.fan_in; ++k) {
        operation.inputs[k] = static_cast<Bitline>(random.below(what.bitlines - 1));
        operation.inputs[k] += operation.inputs[k] >= operation.output;
      }
    }
    program.operations.push_back(operation);
  }
  return program;
}

Word all_bitlines(int bitlines) {
  Word all(static_cast<size_t>(bitlines));
  std::iota(all.begin(), all.end(), Bitline{0});
  return all;
}

LogicArray random_array(int64_t rows, int bitlines, uint64_t seed) {
  base::RandomStream random(seed, 1, 0);
  LogicArray array(rows, bitlines);
  for (int b = 0; b < bitlines; ++b) {
    std::vector<uint64_t> bits(static_cast<size_t>(rows));
    for (uint64_t& bit : bits) bit = random.next32() & 1;
    array.write(Word{static_cast<Bitline>(b)}, bits);
  }
  return array;
}

}  // namespace ohmweave::logic::testing
