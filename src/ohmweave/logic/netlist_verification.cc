// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/netlist_verification.h"

#include <algorithm>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"

namespace ohmweave::logic {
namespace {

/// Bit `bit` of the numbers of up to 64 rows, one row a bit.
uint64_t gather(const std::vector<uint64_t>& numbers, size_t words, size_t bit, int64_t first, int64_t rows) {
  uint64_t out = 0;
  for (int64_t r = 0; r < rows; ++r)
    out |= (numbers[static_cast<size_t>(first + r) * words + bit / 64] >> bit % 64 & 1) << r;
  return out;
}

/// The same of every signal of some ports.
std::vector<uint64_t> signals(const std::vector<NetlistPort>& ports, size_t count, const LogicValues& values,
                              int64_t first, int64_t rows) {
  std::vector<uint64_t> out(count);
  for (size_t p = 0; p < ports.size(); ++p)
    for (size_t bit = 0; bit < ports[p].places.size(); ++bit)
      out[static_cast<size_t>(ports[p].places[bit])] =
          gather(values[p], (ports[p].places.size() + 63) / 64, bit, first, rows);
  return out;
}

}  // namespace

LogicValues random_bits(const LogicProgram& program, int64_t rows, uint64_t seed) {
  LogicValues out;
  for (const LogicOperand& input : program.inputs) {
    const size_t words = (input.cells.size() + 63) / 64;
    base::RandomStream random(seed, out.size(), base::key_of("netlist inputs"));
    std::vector<uint64_t>& numbers = out.emplace_back(static_cast<size_t>(rows) * words);
    for (size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = random.next64();
      if (i % words == words - 1 && input.cells.size() % 64 != 0)
        numbers[i] &= (uint64_t{1} << input.cells.size() % 64) - 1;
    }
  }
  return out;
}

LogicVerification verify(const Netlist& netlist, const LogicValues& operands, const LogicValues& results,
                         int64_t rows) {
  const std::vector<NetlistPort> inputs = ports(netlist, netlist.inputs),
                                 outputs = ports(netlist, netlist.outputs);
  std::vector<uint64_t> wrong(static_cast<size_t>((rows + 63) / 64));
  base::parallel_for((rows + 63) / 64, [&](int64_t group) {
    const int64_t first = 64 * group, count = std::min<int64_t>(64, rows - first);
    const std::vector<uint64_t> expected =
        evaluate(netlist, signals(inputs, netlist.inputs.size(), operands, first, count));
    const std::vector<uint64_t> got = signals(outputs, netlist.outputs.size(), results, first, count);
    const uint64_t mask = count == 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
    for (size_t o = 0; o < got.size(); ++o) wrong[group] |= (expected[o] ^ got[o]) & mask;
  });
  LogicVerification out;
  out.verified = rows;
  for (int64_t r = 0; r < rows; ++r) {
    if ((wrong[r / 64] >> r % 64 & 1) == 0) continue;
    ++out.wrong;
    if (!out.first) out.first = r;
  }
  return out;
}

}  // namespace ohmweave::logic
