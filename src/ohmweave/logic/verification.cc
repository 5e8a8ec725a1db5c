// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/verification.h"

#include <algorithm>
#include <span>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/logic/array.h"
#include "ohmweave/logic/compiled.h"
#include "ohmweave/logic/reference.h"

namespace ohmweave::logic {
namespace {

using base::RandomStream;

size_t words_for(const LogicOperand& operand) { return (operand.cells.size() + 63) / 64; }
uint64_t ones(int bits) { return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1; }

void draw_uniform(int bits, RandomStream& random, std::span<uint64_t> word) {
  for (uint64_t& w : word) {
    w = random.next64() & ones(bits);
    bits = std::max(bits - 64, 0);
  }
}

/// Any number of leading zeros.
void draw_short(int bits, RandomStream& random, std::span<uint64_t> word) {
  draw_uniform(1 + static_cast<int>(random.below(static_cast<uint64_t>(bits))), random, word);
}

/// At the ends of the range, around 1, or anywhere.
uint64_t corner_exponent(LogicFormat format, RandomStream& random) {
  const uint64_t most = ones(format.exponent), bias = most >> 1, reach = static_cast<uint64_t>(format.bits) + 3;
  switch (random.below(6)) {
    case 0:
      return 0;
    case 1:
      return most;
    case 2:
      return random.below(std::min<uint64_t>(most, 3) + 1);
    case 3:
      return most - 1 - random.below(std::min<uint64_t>(most - 1, 3));
    case 4:
      return std::min(most, bias - std::min(bias, reach) + random.below(2 * reach));
    default:
      return random.below(most + 1);
  }
}

/// Those whose sums, products and quotients are often exact, ties or close to them.
uint64_t corner_fraction(LogicFormat format, RandomStream& random) {
  const uint64_t mask = ones(format.bits), fraction = random.next64() & mask;
  const auto some = static_cast<int>(random.below(static_cast<uint64_t>(format.bits)));
  switch (random.below(5)) {
    case 0:
      return 0;
    case 1:
      return mask;
    case 2:
      return fraction & ~ones(some);
    case 3:
      return fraction >> some;
    default:
      return fraction;
  }
}

uint64_t corner_float(LogicFormat format, RandomStream& random) {
  const uint64_t sign = random.below(2) << (format.width() - 1);
  const uint64_t exponent = corner_exponent(format, random) << format.bits;
  return sign | exponent | corner_fraction(format, random);
}

/// One operand of one row; `before` is the row's first operand, empty for the first.
void draw(LogicFormat format, int bits, std::span<const uint64_t> before, RandomStream& random,
          std::span<uint64_t> word) {
  if (random.below(2) == 0) return draw_uniform(bits, random, word);
  if (!format.floating()) return draw_short(bits, random, word);
  const uint64_t near = random.below(4) == 0 && !before.empty() ? before[0] ^ random.below(8) : 0;
  const uint64_t flipped = near ^ (random.below(2) << (format.width() - 1));
  word[0] = (near != 0 ? flipped : corner_float(format, random)) & ones(bits);
}

constexpr int kTries = 1000;  // domains of small formats are narrow

std::span<uint64_t> of_row(std::vector<uint64_t>& values, const LogicOperand& operand, int64_t r) {
  return std::span(values).subspan(static_cast<size_t>(r) * words_for(operand), words_for(operand));
}
std::span<const uint64_t> of_row(const std::vector<uint64_t>& values, const LogicOperand& operand, int64_t r) {
  return std::span(values).subspan(static_cast<size_t>(r) * words_for(operand), words_for(operand));
}

void draw_row(const LogicMethod& method, Arithmetic operation, LogicFormat format, const LogicProgram& program,
              int64_t r, RandomStream& random, LogicValues& operands) {
  std::span<uint64_t> words[3];
  for (size_t i = 0; i < operands.size(); ++i) words[i] = of_row(operands[i], program.inputs[i], r);
  for (int tries = 0; tries < kTries; ++tries) {
    for (size_t i = 0; i < operands.size(); ++i) {
      const int bits = static_cast<int>(program.inputs[i].cells.size());
      draw(format, bits, i == 0 ? std::span<const uint64_t>() : words[0], random, words[i]);
    }
    if (method.accepts(operation, format, words[0], words[1])) break;
  }
}

/// Whether the results of a row are those of plain arithmetic.
bool right(Arithmetic operation, LogicFormat format, const LogicProgram& program,
           std::span<const std::span<const uint64_t>> words, const LogicValues& results, int64_t r) {
  if (format.floating()) {
    const uint64_t c = words[2].empty() ? 0 : words[2][0];
    return of_row(results[0], program.outputs[0], r)[0] ==
           expected_float(operation, format, words[0][0], words[1][0], c);
  }
  const std::vector<uint64_t> expected = expected_result(operation, format, words[0], words[1], words[2]);
  auto next = expected.begin();
  for (size_t o = 0; o < results.size(); ++o)
    for (uint64_t word : of_row(results[o], program.outputs[o], r))
      if (next == expected.end() || word != *next++) return false;
  return next == expected.end();
}

constexpr int64_t kRowsTogether = 1024;  // of a stream of random numbers, and of a thread

/// body(part, first row, row after the last) of all rows, in parallel.
template <class Body>
void in_parts(int64_t rows, Body body) {
  base::parallel_for((rows + kRowsTogether - 1) / kRowsTogether,
                     [&](int64_t k) { body(k, k * kRowsTogether, std::min(rows, (k + 1) * kRowsTogether)); });
}

}  // namespace

LogicValues random_operands(const LogicMethod& method, Arithmetic operation, LogicFormat format,
                            const LogicProgram& program, int64_t rows, uint64_t seed) {
  LogicValues operands;
  for (const LogicOperand& input : program.inputs)
    operands.emplace_back(static_cast<size_t>(rows) * words_for(input));
  in_parts(rows, [&](int64_t k, int64_t first, int64_t last) {
    RandomStream random(seed, static_cast<uint64_t>(k), base::key_of("logic operands"));
    for (int64_t r = first; r < last; ++r) draw_row(method, operation, format, program, r, random, operands);
  });
  return operands;
}

LogicValues run_rows(const LogicProgram& program, const LogicValues& operands) {
  OHMWEAVE_CHECK(operands.size() == program.inputs.size(), "a program has other operands");
  const auto rows = static_cast<int64_t>(operands[0].size() / words_for(program.inputs[0]));
  LogicArray array(rows, program.bitlines);
  for (size_t i = 0; i < operands.size(); ++i) array.write(program.inputs[i].cells, operands[i]);
  CompiledLogic(program).run(array);
  LogicValues results;
  for (const LogicOperand& output : program.outputs) results.push_back(array.read(output.cells));
  return results;
}

LogicVerification verify(const LogicMethod& method, Arithmetic operation, LogicFormat format,
                         const LogicProgram& program, const LogicValues& operands, const LogicValues& results) {
  const auto rows = static_cast<int64_t>(operands[0].size() / words_for(program.inputs[0]));
  std::vector<LogicVerification> parts(static_cast<size_t>((rows + kRowsTogether - 1) / kRowsTogether));
  in_parts(rows, [&](int64_t k, int64_t first, int64_t last) {
    LogicVerification& here = parts[static_cast<size_t>(k)];
    for (int64_t r = first; r < last; ++r) {
      std::span<const uint64_t> words[3];
      for (size_t i = 0; i < operands.size(); ++i) words[i] = of_row(operands[i], program.inputs[i], r);
      if (!method.accepts(operation, format, words[0], words[1])) continue;
      ++here.verified;
      if (right(operation, format, program, words, results, r)) continue;
      ++here.wrong;
      if (!here.first) here.first = r;
    }
  });
  LogicVerification verification;
  for (const LogicVerification& one : parts) {
    verification.verified += one.verified;
    verification.wrong += one.wrong;
    if (!verification.first) verification.first = one.first;
  }
  return verification;
}

}  // namespace ohmweave::logic
