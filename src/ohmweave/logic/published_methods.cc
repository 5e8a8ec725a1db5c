// SPDX-License-Identifier: Apache-2.0
// Published arithmetic with formats of its own, as methods.
#include "ohmweave/logic/floatpim.h"
#include "ohmweave/logic/hajali.h"
#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/multpim.h"
#include "ohmweave/logic/nor_adders.h"

namespace ohmweave::logic {
namespace {

using Words = std::span<const uint64_t>;

bool accepts_all(Arithmetic, LogicFormat, Words, Words) { return true; }

std::string refuse_all_but(Arithmetic operation, Arithmetic only) {
  return operation == only ? "" : "it only has " + std::string(name_of(only));
}
std::string refuse_all_but_sums(Arithmetic operation, LogicFormat) {
  return refuse_all_but(operation, Arithmetic::Add);
}
std::string refuse_narrow_products(LogicFormat format) {
  return format.bits < 2 ? "it multiplies numbers of at least 2 bits" : "";
}
std::string refuse_all_but_products(Arithmetic operation, LogicFormat format) {
  if (operation != Arithmetic::Mul) return refuse_all_but(operation, Arithmetic::Mul);
  return refuse_narrow_products(format);
}

std::string refuse_multpim(Arithmetic operation, LogicFormat format) {
  if (operation == Arithmetic::Add) return "";
  if (operation != Arithmetic::Mul) return "it only has add and mul";
  return refuse_narrow_products(format);
}
LogicProgram build_multpim(Arithmetic operation, LogicFormat format) {
  return operation == Arithmetic::Add ? multpim_sum(format.bits) : multpim_product(format.bits);
}

std::string refuse_floatpim(Arithmetic operation, LogicFormat format) {
  switch (operation) {
    case Arithmetic::Add:
      return "";
    case Arithmetic::Mul:
      return refuse_narrow_products(format);
    case Arithmetic::Fadd:
    case Arithmetic::Fmul:
      return "";
    default:
      return "it only has add, mul, fadd and fmul";
  }
}
std::optional<LogicFormula> count_floatpim(Arithmetic operation, LogicFormat format) {
  if (operation != Arithmetic::Fadd && operation != Arithmetic::Fmul) return {};
  const FloatPimFormula formula = floatpim_formula(operation, format);
  LogicFormula out;
  const auto set = [](LogicCounts& counts, Gate gate, int64_t n) { counts.of[static_cast<size_t>(gate)] = n; };
  out.counts.cycles = formula.nor_cycles + formula.search_cycles;
  set(out.counts, Gate::Nor, formula.nor_cycles);
  set(out.counts, Gate::Search, formula.search_cycles);
  set(out.charged, Gate::Nor, formula.nor_energies);
  set(out.charged, Gate::Search, formula.search_energies);
  set(out.charged, Gate::Init1, formula.set_resets);
  set(out.charged, Gate::Init0, formula.resets + formula.set_resets);
  return out;
}
LogicProgram build_floatpim(Arithmetic operation, LogicFormat format) {
  switch (operation) {
    case Arithmetic::Fadd:
      return floatpim_sum(format);
    case Arithmetic::Fmul:
      return floatpim_product(format);
    case Arithmetic::Mul:
      return hajali_product(format.bits);
    default:
      return floatpim_whole_sum(format.bits);
  }
}

constexpr std::string_view kMultPimSource =
    "Leitersdorf, Ronen, Kvatinsky: MultPIM, IEEE Trans. Circuits and Systems II, 2022";

}  // namespace

const LogicMethod kMultpim = {
    "multpim",
    kMultPimSource,
    "a partition for each bit, NOT and Min3, cells initialised in bulk; numbers without sign; "
    "sums are its ripple-carry adder in one partition",
    refuse_multpim,
    build_multpim,
    accepts_all};
const LogicMethod kMultpimArea = {
    "multpim-area",
    kMultPimSource,
    "as multpim, in fewer cells",
    refuse_all_but_products,
    [](Arithmetic, LogicFormat format) { return multpim_area_product(format.bits); },
    accepts_all};
const LogicMethod kMultpimNor = {
    "multpim-nor",
    kMultPimSource,
    "as multpim, NOT and NOR only",
    refuse_all_but_products,
    [](Arithmetic, LogicFormat format) { return multpim_nor_product(format.bits); },
    accepts_all};
const LogicMethod kHajali = {"hajali",
                             "Haj-Ali, Ben-Hur, Wald, Kvatinsky: Efficient Algorithms for In-Memory Fixed "
                             "Point Multiplication Using MAGIC, "
                             "ISCAS 2018",
                             "NOT and NOR in one partition, cells initialised in bulk; numbers without sign",
                             refuse_all_but_products,
                             [](Arithmetic, LogicFormat format) { return hajali_product(format.bits); },
                             accepts_all};
const LogicMethod kFloatpim = {
    "floatpim",
    "Imani, Gupta, Kim, Rosing: FloatPIM, ISCA 2019",
    "rows are selected by searches, an initialisation for each full adder; operands and results are normal, "
    "bits "
    "beyond the last are dropped instead of rounded, and sums have operands of the same sign",
    refuse_floatpim,
    build_floatpim,
    [](Arithmetic operation, LogicFormat format, Words a, Words b) {
      return floatpim_accepts(operation, format, a[0], b[0]);
    },
    count_floatpim};
const LogicMethod kFelix = {"felix",
                            "Talati, Gupta, Mane, Kvatinsky, IEEE Trans. Nanotechnology, 2016; the adder of "
                            "FELIX (Gupta, Imani, Rosing, "
                            "ICCAD 2018) and FloatPIM",
                            "full adders of 12 NOT and NOR of up to three inputs, cells initialised in bulk",
                            refuse_all_but_sums,
                            [](Arithmetic, LogicFormat format) { return felix_sum(format.bits); },
                            accepts_all};
const LogicMethod kNor9 = {"nor9",
                           "the full adder of 9 NOR of two inputs, well known",
                           "cells initialised in bulk",
                           refuse_all_but_sums,
                           [](Arithmetic, LogicFormat format) { return nor9_sum(format.bits); },
                           accepts_all};

}  // namespace ohmweave::logic
