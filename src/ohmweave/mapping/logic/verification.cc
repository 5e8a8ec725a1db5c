// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/logic/verification.h"

#include <algorithm>
#include <span>

#include "ohmweave/array/logic_array.h"
#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/mapping/logic/reference.h"

namespace ohmweave::mapping {
namespace {

using base::RandomStream;

size_t words_for(const array::LogicOperand& operand) { return (operand.cells.size() + 63) / 64; }
uint64_t ones(int bits) { return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1; }

std::vector<uint64_t> uniform_word(int bits, RandomStream& random) {
  std::vector<uint64_t> word;
  for (; bits > 0; bits -= 64) word.push_back(random.next64() & ones(bits));
  return word;
}

/// Any number of leading zeros.
std::vector<uint64_t> short_word(int bits, RandomStream& random) {
  std::vector<uint64_t> word =
      uniform_word(1 + static_cast<int>(random.below(static_cast<uint64_t>(bits))), random);
  word.resize(static_cast<size_t>(bits + 63) / 64);
  return word;
}

/// Exponents at the ends of their range or around 1, mantissas whose rounding is close.
uint64_t corner_float(LogicFormat format, RandomStream& random) {
  const uint64_t sign = random.below(2), most = ones(format.exponent), fraction_mask = ones(format.bits);
  const uint64_t bias = most >> 1, reach = static_cast<uint64_t>(format.bits) + 3;
  const uint64_t exponents[] = {0,
                                most,
                                random.below(std::min<uint64_t>(most, 3) + 1),
                                most - 1 - random.below(std::min<uint64_t>(most - 1, 3)),
                                std::min(most, bias - std::min(bias, reach) + random.below(2 * reach)),
                                random.below(most + 1)};
  const uint64_t fraction = random.next64() & fraction_mask;
  const int some = static_cast<int>(random.below(static_cast<uint64_t>(format.bits)));
  const uint64_t fractions[] = {0, fraction_mask, fraction & ~ones(some), fraction >> some, fraction};
  return sign << (format.exponent + format.bits) | exponents[random.below(6)] << format.bits |
         fractions[random.below(5)];
}

/// One operand of one row; `before` is the row's first operand, empty for the first.
std::vector<uint64_t> draw(LogicFormat format, int bits, const std::vector<uint64_t>& before,
                           RandomStream& random) {
  if (random.below(2) == 0) return uniform_word(bits, random);
  if (!format.floating()) return short_word(bits, random);
  const uint64_t near = random.below(4) == 0 && !before.empty() ? before[0] ^ random.below(8) : 0;
  const uint64_t flipped = near ^ (random.below(2) << (format.width() - 1));
  return {(near != 0 ? flipped : corner_float(format, random)) & ones(bits)};
}

constexpr int kTries = 1000;  // domains of small formats are narrow

void draw_row(const LogicMethod& method, Arithmetic operation, LogicFormat format,
              const array::LogicProgram& program, int64_t r, RandomStream& random, LogicValues& operands) {
  std::vector<std::vector<uint64_t>> words(program.inputs.size());
  for (int tries = 0; tries < kTries; ++tries) {
    for (size_t i = 0; i < words.size(); ++i) {
      const std::vector<uint64_t> before = i == 0 ? std::vector<uint64_t>{} : words[0];
      words[i] = draw(format, static_cast<int>(program.inputs[i].cells.size()), before, random);
    }
    if (method.accepts(operation, format, words[0], words[1])) break;
  }
  for (size_t i = 0; i < words.size(); ++i)
    std::copy(words[i].begin(), words[i].end(),
              operands[i].begin() + r * static_cast<int64_t>(words[i].size()));
}

std::span<const uint64_t> of_row(const std::vector<uint64_t>& values, const array::LogicOperand& operand,
                                 int64_t r) {
  return std::span(values).subspan(static_cast<size_t>(r) * words_for(operand), words_for(operand));
}

}  // namespace

LogicValues random_operands(const LogicMethod& method, Arithmetic operation, LogicFormat format,
                            const array::LogicProgram& program, int64_t rows, uint64_t seed) {
  LogicValues operands;
  for (const array::LogicOperand& input : program.inputs)
    operands.emplace_back(static_cast<size_t>(rows) * words_for(input));
  base::parallel_for(rows, [&](int64_t r) {
    RandomStream random(seed, static_cast<uint64_t>(r), base::key_of("logic operands"));
    draw_row(method, operation, format, program, r, random, operands);
  });
  return operands;
}

LogicValues run_rows(const array::LogicProgram& program, const LogicValues& operands) {
  OHMWEAVE_CHECK(operands.size() == program.inputs.size(), "a program has other operands");
  const auto rows = static_cast<int64_t>(operands[0].size() / words_for(program.inputs[0]));
  array::LogicArray array(rows, program.bitlines);
  for (size_t i = 0; i < operands.size(); ++i) array.write(program.inputs[i].cells, operands[i]);
  array.run(program);
  LogicValues results;
  for (const array::LogicOperand& output : program.outputs) results.push_back(array.read(output.cells));
  return results;
}

LogicVerification verify(const LogicMethod& method, Arithmetic operation, LogicFormat format,
                         const array::LogicProgram& program, const LogicValues& operands,
                         const LogicValues& results) {
  const auto rows = static_cast<int64_t>(operands[0].size() / words_for(program.inputs[0]));
  LogicVerification verification;
  for (int64_t r = 0; r < rows; ++r) {
    std::span<const uint64_t> words[3];
    for (size_t i = 0; i < operands.size(); ++i) words[i] = of_row(operands[i], program.inputs[i], r);
    if (!method.accepts(operation, format, words[0], words[1])) continue;
    ++verification.verified;
    const std::vector<uint64_t> expected = expected_result(operation, format, words[0], words[1], words[2]);
    std::vector<uint64_t> got;
    for (size_t o = 0; o < results.size(); ++o) {
      const std::span<const uint64_t> result = of_row(results[o], program.outputs[o], r);
      got.insert(got.end(), result.begin(), result.end());
    }
    if (got == expected) continue;
    ++verification.wrong;
    if (!verification.first) verification.first = r;
  }
  return verification;
}

}  // namespace ohmweave::mapping
