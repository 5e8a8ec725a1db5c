// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/logic_rows.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "ohmweave/array/logic_rows_contents.h"
#include "ohmweave/array/logic_rows_gates.h"
#include "ohmweave/array/logic_rows_plan.h"
#include "ohmweave/base/check.h"

namespace ohmweave::array {
namespace {

using circuit::Verb;
using logic::Arithmetic;
using logic::LogicFormat;
using logic::RowWork;

constexpr int kMostSumBits = 64;

/// Bits that hold a sum of so many numbers beyond those of one.
int growth(int64_t taps) { return std::bit_width(static_cast<uint64_t>(std::max<int64_t>(taps, 1)) - 1); }

}  // namespace

RowWork TapWork::together() const {
  RowWork all = product;
  all += sum;
  if (input_sum) all += *input_sum;
  return all;
}

LogicRows::LogicRows(const LogicRowsSpec& spec, const logic::LogicMethod& method, const ProductFormats& formats)
    : Component("logic_rows", spec), spec_(spec), method_(method), formats_(formats) {
  add_actions(formats);
  // Rows are written one after the other, their ones in one cycle and their zeros in another.
  writing_.pulse = {2.0 * spec.technology.cycle, "the technology: a cycle for ones and one for zeros"};
  writing_.energy = {0.5 * (spec.technology.set + spec.technology.reset),
                     "the technology: the mean of set and reset"};
  writing_.endurance = {spec.endurance, spec.endurance ? "the design" : "unknown: the design does not say"};
}

TapWork LogicRows::work(const ProductFormats& formats, int64_t taps) const {
  const auto cost = [&](Arithmetic operation, LogicFormat format) {
    return logic::operation_work(method_, operation, format, spec_.counts, spec_.technology.initialisation,
                                 spec_.initialisation);
  };
  TapWork out;
  out.operand_bits = formats.input_bits() + formats.weight_bits();
  if (formats.floating) {
    const LogicFormat format{formats.floating->exponent, formats.floating->mantissa};
    out.product = cost(Arithmetic::Fmul, format);
    out.sum = cost(Arithmetic::Fadd, format);
    out.sum_bits = format.width();
    return out;
  }
  const int bits = std::max(formats.input.bits, formats.weight.bits);
  out.sum_bits = std::min(2 * bits + growth(taps), kMostSumBits);
  out.product = cost(Arithmetic::Mul, {0, bits});
  out.sum = cost(Arithmetic::Add, {0, out.sum_bits});
  if (formats.input.is_signed || formats.weight.is_signed)
    out.input_sum = cost(Arithmetic::Add, {0, std::min(bits + growth(taps), kMostSumBits)});
  return out;
}

RowRoom LogicRows::room(const TapWork& work) const {
  // A program's cells are its operands, its result and scratch. The running sum stays beside a multiplication,
  // whose result is an operand of the addition.
  const int64_t beside_product = work.sum_bits + work.product.bitlines - work.operand_bits;
  int64_t besides = std::max<int64_t>(work.sum.bitlines, beside_product);
  if (spec_.scratch) besides = *spec_.scratch + 2 * work.sum_bits;
  if (work.input_sum) besides += work.input_sum->bitlines;
  return {.rows = spec_.rows,
          .columns = spec_.columns * spec_.cascade,
          .columns_per_tap = work.operand_bits,
          .columns_besides = besides,
          .cells_per_tap = work.operand_bits,
          .cells_besides = besides};
}

double LogicRows::peak_multiply_accumulates(const ProductFormats& formats) const {
  return static_cast<double>(spec_.rows) / work(formats, 1).together().time(spec_.technology).si();
}

units::Data LogicRows::capacity() const {
  const RowRoom one = room(work(formats_, 1));
  const int64_t taps = std::max<int64_t>((spec_.columns - one.columns_besides) / one.columns_per_tap, 0);
  return units::Data::from_si(static_cast<double>(spec_.rows * taps * formats_.weight_bits()));
}

void LogicRows::add_actions(const ProductFormats& formats) {
  const logic::LogicCosts& t = spec_.technology;
  const TapWork tap = work(formats, 1);
  const units::Energy search_of_row = t.search / static_cast<double>(t.search_rows);
  const double bits = tap.sum_bits;
  const auto add = [&](Verb verb, units::Energy energy, units::Time time, std::string unit,
                       int64_t at_once = 1) {
    circuit::Action action{verb, energy, time, std::move(unit)};
    action.at_once = at_once;
    add_action(std::move(action));
  };
  add(Verb::Nor, t.gate, t.cycle, "gate in a row");
  add(Verb::Initialize, t.set, t.cycle, "cell");
  add(Verb::Erase, t.reset, t.cycle, "cell");
  add(Verb::Search, t.search, t.one_search(), "search");
  add(Verb::Write, 0.5 * (t.set + t.reset), 2.0 * t.cycle, "cell", spec_.rows * spec_.columns);
  add(Verb::Read, 8.0 * t.gate, t.cycle, "byte", std::max<int64_t>(spec_.columns / 8, 1));
  // Of numbers in rows, all rows at once: the larger of two is found by their difference, whose sign is
  // searched for, and copied; a negative number is found by its sign and overwritten.
  add(Verb::Add, tap.sum.energy(t), tap.sum.time(t), "value", spec_.rows);
  add(Verb::Compare, tap.sum.energy(t) + search_of_row + 2 * bits * t.gate,
      tap.sum.time(t) + t.one_search() + 2 * bits * t.cycle, "value", spec_.rows);
  add(Verb::Apply, search_of_row + bits * t.reset, t.one_search() + t.cycle, "value", spec_.rows);
}

std::shared_ptr<const Plan> LogicRows::plan(const ProductShape& shape, const ProductFormats& formats,
                                            const SeenSums* /*seen*/) const {
  return plan_logic_rows(*this, shape, formats);
}

namespace {

std::shared_ptr<const LogicRowsPlan> own(std::shared_ptr<const Plan> plan) {
  auto mine = std::dynamic_pointer_cast<const LogicRowsPlan>(std::move(plan));
  OHMWEAVE_CHECK(mine != nullptr, "logic rows were given another array's plan");
  return mine;
}

}  // namespace

std::unique_ptr<Contents> LogicRows::program(std::shared_ptr<const Plan> plan, std::span<const int32_t> weights,
                                             uint64_t /*seed*/, uint64_t /*place*/) const {
  auto mine = own(std::move(plan));
  Tally once = tally_of_vector(*this, *mine);
  if (spec_.values == RowValues::Gates)
    return std::make_unique<WholeGateRows>(*this, std::move(mine), weights, std::move(once));
  return std::make_unique<WholeRows>(*mine, weights, std::move(once));
}

std::unique_ptr<RealContents> LogicRows::program_reals(std::shared_ptr<const Plan> plan,
                                                       std::span<const float> weights,
                                                       std::span<const float> start) const {
  auto mine = own(std::move(plan));
  Tally once = tally_of_vector(*this, *mine);
  if (spec_.values == RowValues::Gates)
    return std::make_unique<RealGateRows>(std::move(mine), weights, start, std::move(once));
  return std::make_unique<RealRows>(std::move(mine), weights, start, std::move(once));
}

namespace {

/// Why a method cannot make sums of products of these numbers; nothing if it can.
std::string refusal(const logic::LogicMethod& method, const LogicRowsSpec& spec,
                    const ProductFormats& formats) {
  const bool floating = formats.floating.has_value();
  const LogicFormat format = floating ? LogicFormat{formats.floating->exponent, formats.floating->mantissa}
                                      : LogicFormat{0, std::max(formats.input.bits, formats.weight.bits)};
  for (const Arithmetic operation :
       {floating ? Arithmetic::Fmul : Arithmetic::Mul, floating ? Arithmetic::Fadd : Arithmetic::Add}) {
    const std::string why = logic::refuse_work(method, operation, format, spec.counts, spec.initialisation);
    if (!why.empty()) return why;
  }
  return "";
}

}  // namespace

Made make_logic_rows(config::Node& node, const Surroundings& /*around*/, const ProductFormats& formats,
                     base::Diagnostics& d) {
  LogicRowsSpec spec;
  if (!circuit::read_component(node, spec, d)) return {};
  const logic::LogicMethod* method = logic::find_logic_method(spec.method);
  if (method == nullptr) {
    config::report_unknown_word(*node.find("method"), "method", logic::logic_method_names(), d);
    return {};
  }
  const std::string missing = refusal(*method, spec, formats);
  if (!missing.empty()) {
    const config::Node* at = node.find("method");
    d.error((at != nullptr ? *at : node).span, missing);
    return {};
  }
  auto rows = std::make_shared<LogicRows>(spec, *method, formats);
  const RowRoom room = rows->room(rows->work(formats, 1));
  if (room.taps() > 0) return {rows, rows};
  d.error(node.find("columns")->span,
          fmt::format("a row of {} cells holds no pair of operands: {} cells for them, {} for sum and scratch",
                      room.columns, room.columns_per_tap, room.columns_besides));
  return {};
}

}  // namespace ohmweave::array
