// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/crossbar.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <gmock/gmock.h>

#include "ohmweave/array/crossbar_plan.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

using circuit::AdcRange;
using circuit::Verb;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Design {  // ISAAC's array unless told otherwise
  int64_t rows = 128, columns = 128;
  int cell_bits = 2, dac_bits = 1, adc_bits = 8;
  AdcRange range = AdcRange::Clip;
  Encoding encoding = Encoding::Flipped;
  bool unit_column = true;
};

template <class Made, class Spec>
Part<Made> part(Spec spec, double per_array) {
  return {std::make_shared<Made>(spec), per_array, {}};
}

std::shared_ptr<Crossbar> crossbar(const Design& s) {
  const units::Frequency read_rate = units::Frequency::from_si(10e6);
  circuit::DacSpec dac;
  dac.bits = s.dac_bits;
  dac.rate = read_rate;
  circuit::SampleHoldSpec hold;
  hold.rate = read_rate;
  circuit::AdcSpec adc;
  adc.bits = s.adc_bits;
  adc.range = s.range;
  adc.rate = units::Frequency::from_si(static_cast<double>(s.columns) * 1e7);  // all columns in 100 ns
  circuit::ShiftAddSpec add;
  add.rate = read_rate;
  circuit::RegisterSpec in, out;
  in.bandwidth = out.bandwidth = units::DataRate::from_si(1e9);
  out.role = circuit::RegisterRole::Output;
  CrossbarSpec spec;
  spec.rows = s.rows;
  spec.columns = s.columns;
  spec.cell.bits = s.cell_bits;
  spec.read_pulse = units::Time::from_si(100e-9);
  spec.encoding = s.encoding;
  spec.unit_column = s.unit_column;
  return std::make_shared<Crossbar>(
      spec, Periphery{part<circuit::Dac>(dac, static_cast<double>(s.rows)),
                      part<circuit::SampleHold>(hold, static_cast<double>(s.columns)),
                      Part<circuit::ColumnConverter>{std::make_shared<circuit::Adc>(adc), 1, {}},
                      part<circuit::ShiftAdd>(add, 0.5), part<circuit::Register>(in, 0.125),
                      part<circuit::Register>(out, 0.125)});
}

std::vector<int32_t> codes(base::RandomStream& random, int64_t n, const tensor::FixedPoint& f) {
  std::vector<int32_t> out(static_cast<size_t>(n));
  for (int32_t& c : out) {
    const uint64_t pick = random.below(6);
    const auto span = static_cast<uint64_t>(f.most() - f.least()) + 1;
    c = pick == 0 ? f.least() : pick == 1 ? f.most() : f.least() + static_cast<int32_t>(random.below(span));
  }
  return out;
}

std::vector<int64_t> exact(const ProductShape& s, const std::vector<int32_t>& w, const std::vector<int32_t>& x,
                           int64_t vectors) {
  std::vector<int64_t> sums;
  for (int64_t v = 0; v < vectors; ++v) {
    for (int64_t o = 0; o < s.groups * s.outputs; ++o) {
      int64_t sum = 0;
      const int64_t g = o / s.outputs;
      for (int64_t r = 0; r < s.rows; ++r) {
        sum += int64_t{w[static_cast<size_t>(o * s.rows + r)]} *
               x[static_cast<size_t>((v * s.groups + g) * s.rows + r)];
      }
      sums.push_back(sum);
    }
  }
  return sums;
}

/// Arrays as hardware has them, walked cell by cell and conversion by conversion: knows nothing of how the
/// kernels work. Arrays are filled as the plan says; whatever a cell is not told to hold is zero.
class Hardware {
 public:
  Hardware(const Design& design, const Crossbar& parts, const CrossbarPlan& plan,
           const std::vector<int32_t>& weights)
      : design_(design), parts_(parts), shape_(plan.shape), formats_(plan.formats), weights_(weights) {
    const int bits = formats_.weight.bits;
    slices_ = (bits + design.cell_bits - 1) / design.cell_bits;
    pair_ = design.encoding == Encoding::Differential && formats_.weight.is_signed ? 2 : 1;
    bias_ =
        design.encoding != Encoding::Differential && formats_.weight.is_signed ? int64_t{1} << (bits - 1) : 0;
    most_level_ = slices_ > 1 ? (1 << design.cell_bits) - 1 : pair_ == 2 ? 1 << (bits - 1) : (1 << bits) - 1;
    most_digit_ = (1 << std::min(design.dac_bits, formats_.input.bits)) - 1;
    const int64_t outputs_per_array = design.columns / (slices_ * pair_);
    const bool needs_sum = bias_ != 0 || design.encoding == Encoding::Flipped;
    for (int64_t g = 0; g < shape_.groups; ++g) {
      for (int64_t row = 0; row < shape_.rows; row += design.rows) {
        for (int64_t o = 0; o < shape_.outputs; o += outputs_per_array) {
          const int64_t at = plan.groups_per_array > 1 ? g % plan.groups_per_array : 0;
          if (at == 0) arrays_.emplace_back();
          place(arrays_.back(), g, row, std::min(design.rows, shape_.rows - row), at * shape_.rows, o,
                std::min(outputs_per_array, shape_.outputs - o), needs_sum);
        }
      }
    }
  }

  std::vector<double> multiply(const std::vector<int32_t>& x, int64_t vectors) {
    std::vector<double> sums(static_cast<size_t>(vectors * shape_.groups * shape_.outputs));
    const int digits = (formats_.input.bits + design_.dac_bits - 1) / design_.dac_bits;
    const bool offset = formats_.input.is_signed && design_.dac_bits > 1;
    const int64_t half = int64_t{1} << (formats_.input.bits - 1);
    for (int64_t v = 0; v < vectors; ++v) {
      const int32_t* in = x.data() + v * shape_.groups * shape_.rows;
      double* out = sums.data() + v * shape_.groups * shape_.outputs;
      for (int k = 0; k < digits; ++k) {
        int64_t worth = int64_t{1} << (k * design_.dac_bits);
        if (formats_.input.is_signed && !offset && k + 1 == digits) worth = -worth;
        for (const Physical& array : arrays_) read(array, in, k, offset ? half : 0, worth, out);
      }
      if (!offset) continue;
      for (int64_t o = 0; o < shape_.groups * shape_.outputs; ++o) {
        for (int64_t r = 0; r < shape_.rows; ++r)
          out[o] -= static_cast<double>(half * weights_[static_cast<size_t>(o * shape_.rows + r)]);
      }
    }
    tally[{parts_.periphery().input_register.component.get(), Verb::Read}] += (bits_read_ + 7) / 8;
    for (auto& [on, verb] : {std::pair<const circuit::Component*, Verb>{
                                 parts_.periphery().sample_hold.component.get(), Verb::Sample},
                             {parts_.periphery().adc.component.get(), Verb::Convert},
                             {parts_.periphery().shift_add.component.get(), Verb::Add}}) {
      tally[{on, verb}] += conversions_;
    }
    bits_read_ = conversions_ = 0;
    return sums;
  }
  Tally tally;

 private:
  struct Column {
    int64_t group, output;  // output -1: the unit column of the group
    int slice, part;
    bool flipped;
    int64_t largest;                             // sum its converter is made for
    std::vector<std::pair<int64_t, int>> cells;  // row of the array, level
  };
  struct Physical {
    std::vector<std::pair<int64_t, int64_t>> inputs;  // row of the array, input of the vector
    std::vector<Column> columns;
    std::vector<int64_t> counted;  // groups whose inputs are summed by adders
  };

  void place(Physical& a, int64_t g, int64_t row, int64_t rows, int64_t at, int64_t first, int64_t outputs,
             bool needs_sum) {
    for (int64_t r = 0; r < rows; ++r) a.inputs.push_back({at + r, g * shape_.rows + row + r});
    for (int64_t o = first; o < first + outputs; ++o) {
      for (int s = 0; s < slices_; ++s) {
        for (int part = 0; part < pair_; ++part)
          a.columns.push_back(weight_column(g, o, s, part, row, rows, at));
      }
    }
    if (needs_sum && design_.unit_column) {
      Column unit{g, -1, 0, 0, false, rows * most_digit_, {}};
      for (int64_t r = 0; r < rows; ++r) unit.cells.push_back({at + r, 1});
      a.columns.push_back(unit);
    } else if (needs_sum) {
      a.counted.push_back(g);
      if (first > 0) a.counted.back() = ~g;  // the same rows again: known already
    }
  }
  Column weight_column(int64_t g, int64_t o, int s, int part, int64_t row, int64_t rows, int64_t at) const {
    Column c{g, o, s, part, false, 0, {}};
    int64_t total = 0;
    for (int64_t r = 0; r < rows; ++r) {
      int64_t w = weights_[static_cast<size_t>((g * shape_.outputs + o) * shape_.rows + row + r)];
      if (design_.encoding == Encoding::Differential) {
        w = part == 0 ? std::max<int64_t>(w, 0) : std::max<int64_t>(-w, 0);
      } else {
        w += bias_;
      }
      const int level = static_cast<int>(w >> (s * design_.cell_bits) & ((1 << design_.cell_bits) - 1));
      c.cells.push_back({at + r, level});
      total += level;
    }
    c.largest = rows * most_level_ * most_digit_;
    if (design_.encoding != Encoding::Flipped) return c;
    int64_t top = 1;
    while (2 * top <= c.largest) top *= 2;  // the most significant bit of any such sum
    c.flipped = (total * most_digit_ & top) != 0;
    if (c.flipped) {
      for (auto& [r, level] : c.cells) level = static_cast<int>(most_level_) - level;
    }
    c.largest = std::max(top - 1, c.largest - top);
    return c;
  }
  double convert(int64_t sum, int64_t largest) {
    ++conversions_;
    const int64_t most = (int64_t{1} << design_.adc_bits) - 1;
    if (design_.range == AdcRange::Clip) return static_cast<double>(std::min(sum, most));
    if (largest <= most) return static_cast<double>(sum);
    auto nearest = [](int64_t a, int64_t b) { return a / b + (2 * (a % b) >= b ? 1 : 0); };
    return static_cast<double>(nearest(sum * most, largest) * largest) / static_cast<double>(most);
  }
  void read(const Physical& array, const int32_t* in, int k, int64_t offset, int64_t worth, double* out) {
    std::vector<int64_t> driven(static_cast<size_t>(design_.rows));
    for (const auto& [row, input] : array.inputs) {
      driven[static_cast<size_t>(row)] =
          (in[input] + offset) >> (k * design_.dac_bits) & ((1 << design_.dac_bits) - 1);
      if (formats_.input.bits < (k + 1) * design_.dac_bits)
        driven[static_cast<size_t>(row)] &= (1 << (formats_.input.bits - k * design_.dac_bits)) - 1;
      ++tally[{parts_.periphery().dac.component.get(), Verb::Drive}];
      bits_read_ += design_.dac_bits;
    }
    ++tally[{&parts_, Verb::Read}];
    std::map<int64_t, double> input_sums;
    std::vector<double> readings;
    for (const Column& c : array.columns) {
      int64_t sum = 0;
      for (const auto& [row, level] : c.cells) sum += driven[static_cast<size_t>(row)] * level;
      readings.push_back(convert(sum, c.largest));
      if (c.output < 0) input_sums[c.group] = readings.back();
    }
    for (int64_t counted : array.counted) {
      const int64_t g = counted < 0 ? ~counted : counted;
      for (const auto& [row, input] : array.inputs) {
        if (input / shape_.rows != g) continue;
        input_sums[g] += static_cast<double>(driven[static_cast<size_t>(row)]);
        if (counted >= 0) ++tally[{parts_.periphery().shift_add.component.get(), Verb::Add}];
      }
    }
    merge(array, readings, input_sums, worth, out);
  }
  void merge(const Physical& array, const std::vector<double>& readings, std::map<int64_t, double>& input_sums,
             int64_t worth, double* out) {
    for (size_t c = 0; c < array.columns.size(); ++c) {
      const Column& column = array.columns[c];
      if (column.output < 0) continue;
      double& sum = out[column.group * shape_.outputs + column.output];
      double value = column.flipped ? static_cast<double>(most_level_) * input_sums[column.group] - readings[c]
                                    : readings[c];
      if (column.part == 1) value = -value;
      sum += static_cast<double>(worth) * std::ldexp(value, column.slice * design_.cell_bits);
      if (column.slice == 0 && column.part == 0) {
        sum -= static_cast<double>(worth * bias_) * input_sums[column.group];
        tally[{parts_.periphery().output_register.component.get(), Verb::Write}] +=
            (formats_.input.bits + 7) / 8;
      }
    }
  }

  Design design_;
  const Crossbar& parts_;
  ProductShape shape_;
  ProductFormats formats_;
  const std::vector<int32_t>& weights_;
  int slices_ = 1, pair_ = 1;
  int64_t bias_ = 0, most_level_ = 1, most_digit_ = 1, bits_read_ = 0, conversions_ = 0;
  std::vector<Physical> arrays_;
};

struct Case {
  Design design;
  ProductShape shape;
  ProductFormats formats;
};
std::string describe(const Case& c) {
  return fmt::format("{}x{} cells of {} bits, DAC {}, ADC {} {}, {}{}, {} x {} x {} groups, {} by {}",
                     c.design.rows, c.design.columns, c.design.cell_bits, c.design.dac_bits, c.design.adc_bits,
                     config::word_of(c.design.range), config::word_of(c.design.encoding),
                     c.design.unit_column ? " with unit column" : "", c.shape.rows, c.shape.outputs,
                     c.shape.groups, print(c.formats.input), print(c.formats.weight));
}
Case random_case(base::RandomStream& random) {
  auto one_to = [&](uint64_t n) { return 1 + static_cast<int>(random.below(n)); };
  Case c;
  c.design.cell_bits = one_to(4);
  c.design.dac_bits = random.below(2) == 0 ? 1 : one_to(4);
  c.design.adc_bits = one_to(12);
  c.design.range = random.below(3) == 0 ? AdcRange::Scale : AdcRange::Clip;
  c.design.encoding = static_cast<Encoding>(random.below(3));
  c.design.unit_column = c.design.encoding != Encoding::Differential && random.below(3) > 0;
  c.formats = {{one_to(16), random.below(2) == 0}, {one_to(16), random.below(2) == 0}};
  c.design.rows = one_to(random.below(2) == 0 ? 8 : 140);
  c.design.columns = 32 + one_to(30);  // at least one weight: 16 slices of a differential pair
  c.shape = {one_to(60), one_to(12), random.below(3) == 0 ? one_to(6) : 1};
  return c;
}

/// Checks one case; returns whether its plan was proven lossless.
bool check(const Case& c, base::RandomStream& random) {
  const int64_t vectors = 1 + static_cast<int64_t>(random.below(3));
  auto array = crossbar(c.design);
  auto plan = array->plan(c.shape, c.formats);
  auto weights = codes(random, c.shape.groups * c.shape.outputs * c.shape.rows, c.formats.weight);
  auto inputs = codes(random, vectors * c.shape.groups * c.shape.rows, c.formats.input);
  std::vector<int64_t> sums(static_cast<size_t>(vectors * c.shape.groups * c.shape.outputs), -1);
  Tally tally, planned;
  const std::unique_ptr<Contents> contents = array->program(plan, weights, 0, 0);
  contents->multiply(inputs, vectors, sums, tally);
  Hardware hardware(c.design, *array, dynamic_cast<const CrossbarPlan&>(*plan), weights);
  std::vector<double> walked, ours;
  for (int64_t v = 0; v < vectors; ++v) {  // one by one: input bits are counted in whole bytes per vector
    auto one = hardware.multiply({inputs.begin() + v * c.shape.groups * c.shape.rows,
                                  inputs.begin() + (v + 1) * c.shape.groups * c.shape.rows},
                                 1);
    walked.insert(walked.end(), one.begin(), one.end());
  }
  for (const int64_t s : sums) ours.push_back(std::ldexp(static_cast<double>(s), -contents->fraction_bits()));
  if (contents->fraction_bits() == 0) {
    EXPECT_EQ(ours, walked) << describe(c);
  } else {  // every reading is rounded to a fraction
    const double most =
        std::ldexp(static_cast<double>(c.shape.rows), c.formats.input.bits + c.formats.weight.bits);
    EXPECT_THAT(
        ours, testing::Pointwise(testing::DoubleNear(std::ldexp(most, 1 - contents->fraction_bits())), walked))
        << describe(c);
  }
  for (const Use& use : plan->uses) planned[{use.on, use.verb}] += use.count * vectors;
  EXPECT_EQ(tally, planned) << describe(c);
  EXPECT_EQ(tally, hardware.tally) << describe(c);
  if (plan->lossless) {
    EXPECT_EQ(sums, exact(c.shape, weights, inputs, vectors)) << describe(c);
  }
  return plan->lossless;
}

TEST(CrossbarValues, EqualHardwareWalkedCellByCell) {
  base::RandomStream random(11, 12, 13);
  int lossless = 0, cases = 250;
  for (int k = 0; k < cases && !testing::Test::HasFailure(); ++k)
    lossless += check(random_case(random), random);
  EXPECT_GT(lossless, cases / 5);
  EXPECT_LT(lossless, cases * 4 / 5);
}

TEST(CrossbarValues, IsaacsEncodingMakesEightBitsLossless) {
  base::RandomStream random(21, 22, 23);
  const ProductFormats int16{{16, true}, {16, true}};
  const ProductShape shape{300, 20, 1};
  EXPECT_TRUE(check({Design{}, shape, int16}, random));
  Design biased;
  biased.encoding = Encoding::Biased;
  EXPECT_FALSE(crossbar(biased)->plan(shape, int16)->lossless);
  biased.adc_bits = 9;  // ISAAC, equation (2)
  EXPECT_TRUE(check({biased, shape, int16}, random));
}

// Every column of every array at its largest: the bound that the proof rests on is met and not passed.
TEST(CrossbarValues, LossBeginsOneBitBelow) {
  for (int bits : {7, 8}) {
    Design design;
    design.adc_bits = bits;
    const ProductShape shape{128, 16, 1};
    const ProductFormats formats{{16, false}, {16, true}};
    auto array = crossbar(design);
    auto plan = array->plan(shape, formats);
    // Low slices sum to just below the flip: 85 threes make 255 of 384.
    std::vector<int32_t> weights;
    for (int o = 0; o < 16; ++o) {
      for (int r = 0; r < 128; ++r) weights.push_back(r < 85 ? 32767 : -32768);
    }
    std::vector<int32_t> inputs(128, 65535);
    std::vector<int64_t> sums(16);
    Tally tally;
    array->program(plan, weights, 0, 0)->multiply(inputs, 1, sums, tally);
    EXPECT_EQ(plan->lossless, bits == 8);
    EXPECT_EQ(sums == exact(shape, weights, inputs, 1), bits == 8);
  }
}

TEST(CrossbarValues, ThreadsChangeNothing) {
  base::RandomStream random(31, 32, 33);
  Design design;
  design.adc_bits = 7;
  const ProductShape shape{200, 20, 2};
  const ProductFormats formats{{16, true}, {16, true}};
  auto array = crossbar(design);
  auto weights = codes(random, 2 * 20 * 200, formats.weight);
  auto inputs = codes(random, 300 * 400, formats.input);
  auto contents = array->program(array->plan(shape, formats), weights, 0, 0);
  const int before = base::thread_count();
  std::vector<std::vector<int64_t>> results;
  for (int threads : {1, 3}) {
    base::use_threads(threads);
    Tally tally;
    contents->multiply(inputs, 300, results.emplace_back(300 * 40), tally);
  }
  base::use_threads(before);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_NE(results[0], exact(shape, weights, inputs, 300));  // the seventh bit is missed
}

// --- plans
// ------------------------------------------------------------------------------------------------------

const ProductFormats kInt16{{16, true}, {16, true}};

int64_t count_of(const Plan& plan, const circuit::Component* on) {
  auto use = std::find_if(plan.uses.begin(), plan.uses.end(), [&](const Use& u) { return u.on == on; });
  return use == plan.uses.end() ? -1 : use->count;
}

TEST(CrossbarPlan,
     IsaacsPipeline) {  // ISAAC, Figure 4b: reads in cycles 2 to 17, sums complete at the end of 19
  auto array = crossbar({});
  auto plan = array->plan({128, 16, 1}, kInt16);
  const Picoseconds cycle = 100'000;
  EXPECT_EQ(array->cycle(), cycle);
  EXPECT_EQ(plan->input_cycles, 16);
  EXPECT_EQ(plan->weight_slices, 8);
  EXPECT_EQ(plan->interval, 16 * cycle);
  EXPECT_EQ(plan->latency, 18 * cycle);
  for (const Use& use : plan->uses) {
    const Picoseconds at = use.verb == Verb::Convert                          ? cycle
                           : use.verb == Verb::Add || use.verb == Verb::Write ? 2 * cycle
                                                                              : 0;
    const bool input = use.on == array->periphery().input_register.component.get();
    EXPECT_EQ(use.at, at) << use.on->kind();
    EXPECT_EQ(use.lasts, (input ? 15 : 16) * cycle) << use.on->kind();
  }
}

TEST(CrossbarPlan, OneConversionPerMultiplyAccumulate) {
  const int64_t macs = 128 * 16;
  auto with = crossbar({});
  EXPECT_EQ(count_of(*with->plan({128, 16, 1}, kInt16), with->periphery().adc.component.get()),
            macs * 129 / 128);
  Design design;
  design.unit_column = false;
  auto without = crossbar(design);
  EXPECT_EQ(count_of(*without->plan({128, 16, 1}, kInt16), without->periphery().adc.component.get()), macs);
}

TEST(CrossbarPlan, SlowConvertersLengthenTheCycle) {
  Design design;
  design.columns = 128;
  auto base = crossbar(design);
  Periphery around = base->periphery();
  around.adc.per_array = 0.25;  // one converter for four arrays
  CrossbarSpec spec;
  spec.rows = spec.columns = 128;
  spec.read_pulse = units::Time::from_si(100e-9);
  EXPECT_EQ(Crossbar(spec, around).cycle(), 400'000);
  spec.read_pulse = units::Time::from_si(500e-9);
  EXPECT_EQ(Crossbar(spec, around).cycle(), 500'000);
}

TEST(CrossbarPlan, FullArray) {
  auto array = crossbar({});
  auto plan = array->plan({128, 16, 1}, kInt16);
  EXPECT_EQ(plan->arrays, 1);
  EXPECT_EQ(plan->rows_used, 128);
  EXPECT_EQ(plan->columns_used, 128);
  EXPECT_EQ(plan->cells_used, array->cells());
  EXPECT_EQ(array->cells(), 128 * 129);
  EXPECT_TRUE(plan->lossless);
  EXPECT_THAT(plan->warnings, IsEmpty());
  EXPECT_EQ(array->capacity().si(), 128 * 128 * 2);
  EXPECT_DOUBLE_EQ(array->peak_multiply_accumulates(kInt16), 2048 / 1.6e-6);
}

TEST(CrossbarPlan, IsaacsWorkedExample) {  // section VI: a 4x4 kernel from 16 to 32 maps takes 4 arrays
  auto plan = crossbar({})->plan({256, 32, 1}, kInt16);
  EXPECT_EQ(plan->row_tiles, 2);
  EXPECT_EQ(plan->column_tiles, 2);
  EXPECT_EQ(plan->arrays, 4);
}

TEST(CrossbarPlan, GroupsShareArraysAlongTheDiagonal) {
  // Depthwise 3x3: a group takes 9 rows and 8 + 1 columns, so 14 fit on 128 rows and 129 columns.
  auto plan = crossbar({})->plan({9, 1, 100}, kInt16);
  EXPECT_EQ(plan->groups_per_array, 14);
  EXPECT_EQ(plan->arrays, 8);
  EXPECT_EQ(plan->rows_used, 126);
  EXPECT_EQ(plan->columns_used, 125);
  EXPECT_EQ(plan->cells_used, 100 * 9 * 9);
  EXPECT_THAT(plan->warnings, ElementsAre("a column adds up only 9 of 128 rows"));
}

TEST(CrossbarPlan, EveryArrayOfThePlanIsABlock) {
  base::RandomStream random(41, 42, 43);
  for (int k = 0; k < 200; ++k) {
    Case c = random_case(random);
    auto plan = crossbar(c.design)->plan(c.shape, c.formats);
    auto blocks = dynamic_cast<const CrossbarPlan&>(*plan).blocks();
    std::map<int64_t, std::pair<int64_t, int64_t>> used;  // rows and columns by array
    const int64_t unit = dynamic_cast<const CrossbarPlan&>(*plan).unit_column ? 1 : 0;
    int64_t cells = 0;
    for (const Block& b : blocks) {
      const int64_t columns = b.outputs * dynamic_cast<const CrossbarPlan&>(*plan).columns_per_weight() + unit;
      used[b.array].first += b.rows;
      used[b.array].second += columns;
      cells += b.rows * columns;
    }
    EXPECT_EQ(static_cast<int64_t>(used.size()), plan->arrays) << describe(c);
    EXPECT_EQ(cells, plan->cells_used) << describe(c);
    int64_t rows = 0, columns = 0;
    for (const auto& [array, size] : used)
      rows = std::max(rows, size.first), columns = std::max(columns, size.second);
    EXPECT_EQ(rows, plan->rows_used) << describe(c);
    EXPECT_EQ(columns - unit, plan->columns_used) << describe(c);
    EXPECT_LE(rows, c.design.rows);
    EXPECT_LE(columns, c.design.columns + unit) << describe(c);
  }
}

TEST(CrossbarPlan, WarnsOfTraps) {
  Design design;
  design.adc_bits = 7;
  auto plan = crossbar(design)->plan({128, 16, 1}, kInt16);
  EXPECT_FALSE(plan->lossless);
  EXPECT_THAT(plan->loss, HasSubstr("a column of 128 rows can sum up to 255, which needs an ADC of 8 bits; "
                                    "with 7 bits it is clipped at 127"));
  EXPECT_THAT(plan->warnings, ElementsAre("ADC too narrow: " + plan->loss));
  // Half the rows sum to half as much: then 7 bits are enough.
  EXPECT_TRUE(crossbar(design)->plan({64, 16, 1}, kInt16)->lossless);
  design.range = AdcRange::Scale;
  EXPECT_THAT(crossbar(design)->plan({128, 16, 1}, kInt16)->loss, HasSubstr("rounded to 128 codes"));
}

TEST(CrossbarPlan, PlacesCodesOnceForAllColumns) {
  Design design;
  design.adc_bits = 6;
  design.range = AdcRange::Calibrated;
  const auto x = crossbar(design);
  SeenSums seen;
  for (int sum = 20; sum <= 200; ++sum) seen.columns.add(sum, 201 - sum);
  const auto plan = std::dynamic_pointer_cast<const CrossbarPlan>(x->plan({300, 16, 1}, kInt16, &seen));
  ASSERT_NE(plan, nullptr);
  ASSERT_EQ(plan->ranges.size(), 2U);  // of blocks of 128 rows and of the last, of 44
  const circuit::ColumnConverter& adc = *x->periphery().adc.component;
  for (const int64_t rows : {128, 44}) {
    const auto largest = static_cast<double>(plan->largest_weight_sum(rows));
    EXPECT_EQ(x->transfer(*plan, rows, false, {}), adc.read(adc.placed(0, largest, &seen.columns), largest, {}))
        << rows;
  }
  EXPECT_NE(plan->ranges.at(128), adc.placed(0, static_cast<double>(plan->largest_weight_sum(128))));
}

}  // namespace
}  // namespace ohmweave::array
