// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/logic_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/logic/methods.h"

namespace ohmweave::array {
namespace {

using circuit::Verb;
using tensor::FloatingPoint;

constexpr FloatingPoint kBf16{8, 7};

LogicRowsSpec floatpim() {
  LogicRowsSpec s;
  s.rows = s.columns = 1024;
  s.technology = logic::load_logic_costs("floatpim");
  s.method = "floatpim";
  s.counts = logic::CountedBy::Publication;
  s.scratch = 93;
  return s;
}
LogicRowsSpec small(std::string method, int64_t rows, int64_t columns) {
  LogicRowsSpec s;
  s.rows = rows;
  s.columns = columns;
  s.technology = logic::load_logic_costs("convpim");
  s.method = std::move(method);
  return s;
}
ProductFormats reals(FloatingPoint format) { return {{16, true}, {16, true}, format}; }

LogicRows rows_of(const LogicRowsSpec& spec, const ProductFormats& formats) {
  return {spec, *logic::find_logic_method(spec.method), formats};
}
std::shared_ptr<const LogicRowsPlan> plan_of(const LogicRows& rows, const ProductShape& shape,
                                             const ProductFormats& formats) {
  return std::dynamic_pointer_cast<const LogicRowsPlan>(rows.plan(shape, formats));
}
int64_t count(const Plan& plan, Verb verb) {
  int64_t n = 0;
  for (const Use& use : plan.uses) n += use.verb == verb ? use.count : 0;
  return n;
}

/// Numbers of a format: half of moderate size, others any pattern but NaN, whose payloads are nobody's.
std::vector<float> numbers(size_t count, FloatingPoint format, base::RandomStream& random) {
  std::vector<float> out;
  while (out.size() < count) {
    const auto bits = static_cast<uint32_t>(random.below(uint64_t{1} << 32));
    float x;
    std::memcpy(&x, &bits, sizeof x);
    if (random.below(2) == 0) x = static_cast<float>(static_cast<int>(random.below(4000)) - 2000) / 256;
    if (!std::isnan(x)) out.push_back(x);
  }
  tensor::round(out, out, format);
  return out;
}

TEST(LogicRows, AProductTakesFloatPimsFormulaForEveryTap) {
  const ProductFormats formats = reals(kBf16);
  const LogicRows rows = rows_of(floatpim(), formats);
  // 93 cells of scratch, the sum and a product of 16 bits, 32 cells a tap: 28 of them.
  const auto plan = plan_of(rows, {28, 1024, 1}, formats);
  EXPECT_EQ(plan->arrays, 1);
  EXPECT_EQ(plan->parts, 1);
  EXPECT_NEAR(static_cast<double>(plan->latency), 2 * 1100 + 28 * (396000 + 366800), 100) << "picoseconds";
  EXPECT_EQ(count(*plan, Verb::Nor), 28 * 1024 * (360 + 12 * 15));
  EXPECT_EQ(count(*plan, Verb::Search), 28 * 15);
  EXPECT_EQ(count(*plan, Verb::Write), 28 * 1024 * 16);
  EXPECT_NEAR(rows.peak_multiply_accumulates(formats), 1024 / 762.8e-9, 1e3);
}

TEST(LogicRows, LongRowsTakeArraysSideBySide) {
  LogicRowsSpec spec = floatpim();
  const ProductFormats formats = reals(kBf16);
  const auto alone = plan_of(rows_of(spec, formats), {1000, 1024, 1}, formats);
  EXPECT_EQ(alone->parts, 36) << "of 28 taps each";
  EXPECT_EQ(alone->arrays, 36);
  spec.cascade = 32;
  spec.cascade_time = 1.038;
  const auto cascaded = plan_of(rows_of(spec, formats), {1000, 1024, 1}, formats);
  EXPECT_EQ(cascaded->parts, 1);
  EXPECT_EQ(cascaded->arrays, 32) << "32 125 cells";
  EXPECT_NEAR(static_cast<double>(cascaded->latency), 1.038 * (2200 + 1000 * 762800.0), 1000);
  // Parts work at the same time; six rounds of additions follow, in each 32 cycles of moving.
  EXPECT_NEAR(static_cast<double>(alone->latency), 2200 + 28 * 762800 + 6 * (32 * 1100 + 366800), 1000);
}

TEST(LogicRows, RealSumsAreThoseOfTheGates) {
  base::RandomStream random(1, 0, base::key_of("logic rows"));
  for (const FloatingPoint format : {kBf16, FloatingPoint{5, 10}, FloatingPoint{4, 3}, FloatingPoint{8, 23}}) {
    const ProductFormats formats = reals(format);
    for (int round = 0; round < 6; ++round) {
      LogicRowsSpec spec = small("ohmweave", 64, 1024);
      const ProductShape shape{1 + static_cast<int64_t>(random.below(70)),
                               1 + static_cast<int64_t>(random.below(5)),
                               1 + static_cast<int64_t>(random.below(2))};
      const auto sums = static_cast<size_t>(shape.groups * shape.outputs);
      const auto weights = numbers(sums * static_cast<size_t>(shape.rows), format, random),
                 inputs = numbers(3 * static_cast<size_t>(shape.groups * shape.rows), format, random),
                 start = numbers(round % 2 == 0 ? sums : 0, format, random);
      std::vector<float> of_processor(3 * sums), of_gates(3 * sums);
      for (auto* made : {&of_processor, &of_gates}) {
        spec.values = made == &of_gates ? RowValues::Gates : RowValues::Processor;
        const LogicRows rows = rows_of(spec, formats);
        const auto plan = rows.plan(shape, formats);
        Tally tally;
        rows.program_reals(plan, weights, start)->multiply(inputs, 3, *made, tally);
        for (const Verb verb : {Verb::Write, Verb::Nor, Verb::Initialize, Verb::Erase})
          EXPECT_EQ((tally[{&rows, verb}]), 3 * count(*plan, verb));
      }
      for (size_t k = 0; k < of_gates.size(); ++k) {
        EXPECT_EQ(std::memcmp(&of_processor[k], &of_gates[k], sizeof(float)), 0)
            << of_processor[k] << " " << of_gates[k] << " of " << tensor::print(format);
      }
    }
  }
}

TEST(LogicRows, WholeSumsAreThoseOfTheGates) {
  base::RandomStream random(2, 0, base::key_of("logic rows"));
  for (const char* method : {"ohmweave", "aritpim", "multpim"}) {
    for (int round = 0; round < 8; ++round) {
      const ProductFormats formats{{2 + static_cast<int>(random.below(11)), round % 2 == 0},
                                   {2 + static_cast<int>(random.below(11)), round % 3 != 0}};
      const ProductShape shape{1 + static_cast<int64_t>(random.below(20)),
                               1 + static_cast<int64_t>(random.below(5)),
                               1 + static_cast<int64_t>(random.below(2))};
      const auto codes = [&](size_t count, const tensor::FixedPoint& f) {
        std::vector<int32_t> out;
        for (size_t k = 0; k < count; ++k)
          out.push_back(f.least() + static_cast<int32_t>(random.below(uint64_t{1} << f.bits)));
        return out;
      };
      const auto sums = static_cast<size_t>(shape.groups * shape.outputs);
      const auto weights = codes(sums * static_cast<size_t>(shape.rows), formats.weight),
                 inputs = codes(3 * static_cast<size_t>(shape.groups * shape.rows), formats.input);
      std::vector<int64_t> of_processor(3 * sums), of_gates(3 * sums);
      for (auto* made : {&of_processor, &of_gates}) {
        LogicRowsSpec spec = small(method, 64, 2048);
        spec.values = made == &of_gates ? RowValues::Gates : RowValues::Processor;
        const LogicRows rows = rows_of(spec, formats);
        const auto plan = rows.plan(shape, formats);
        EXPECT_TRUE(plan->lossless);
        Tally tally;
        rows.program(plan, weights, 1, 1)->multiply(inputs, 3, *made, tally);
        EXPECT_EQ((tally[{&rows, Verb::Nor}]), 3 * count(*plan, Verb::Nor));
      }
      EXPECT_EQ(of_processor, of_gates) << method;
    }
  }
}

TEST(LogicRows, CountsAreThoseOfThePrograms) {
  const ProductFormats formats = reals(kBf16);
  const LogicRows rows = rows_of(small("aritpim", 256, 2048), formats);
  const auto plan = plan_of(rows, {10, 32, 1}, formats);
  const int64_t cycles = 10 * (1742 + 1849);  // AritPIM's tables, an initialisation for each gate
  EXPECT_EQ(count(*plan, Verb::Nor) + count(*plan, Verb::Initialize) + count(*plan, Verb::Erase), 32 * cycles);
  EXPECT_NEAR(static_cast<double>(plan->latency),
              static_cast<double>((cycles + 2 * plan->copies_per_array) * 3000), 1);
}

}  // namespace
}  // namespace ohmweave::array
