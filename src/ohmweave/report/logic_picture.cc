// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/logic_picture.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "ohmweave/report/chart.h"
#include "ohmweave/report/svg.h"

namespace ohmweave::report {
namespace {

using logic::Gate;
using logic::LogicOperation;
using logic::LogicProgram;

/// What a cell is in, during some cycles: later ones are drawn over earlier ones.
enum class State : uint8_t { Unused, Holds, Initialised, Written };
constexpr std::string_view kKinds[] = {"", "holds", "init", "gate"};
constexpr std::string_view kWords[] = {"", "holds what is still read", "initialised", "written by a gate"};

constexpr int64_t kMostColumns = 480;  // more could not be told apart
constexpr double kWidth = 960, kMargin = 14, kNames = 66, kTop = 52, kBottom = 46;

constexpr std::string_view kStyle = R"(
.holds { fill: #c9d8e6; } .init { fill: #e8a33d; } .gate { fill: #1f5c99; }
.border { stroke: #8a8a8a; stroke-width: 0.7; fill: none; }
)";

/// States of the cells of a row, some cycles to a column.
class Grid {
 public:
  explicit Grid(const LogicProgram& program)
      : cycles_(count(program).cycles),
        columns_(std::max<int64_t>(1, std::min(cycles_, kMostColumns))),
        states_(static_cast<size_t>(columns_ * program.bitlines)),
        written_(program.bitlines, -1) {
    for (const auto& input : program.inputs)
      for (logic::Bitline cell : input.cells) written_[cell] = 0;
    int64_t cycle = -1;
    for (const LogicOperation& operation : program.operations) {
      cycle += operation.joins ? 0 : 1;
      note(operation, cycle);
    }
    for (const auto& output : program.outputs)
      for (logic::Bitline cell : output.cells) hold(cell, cycles_ - 1);
  }

  int64_t cycles() const { return cycles_; }
  int64_t columns() const { return columns_; }
  State at(int64_t cell, int64_t column) const {
    return states_[static_cast<size_t>(cell * columns_ + column)];
  }

 private:
  int64_t column_of(int64_t cycle) const { return cycle * columns_ / cycles_; }
  void mark(int64_t cell, int64_t column, State state) {
    State& now = states_[static_cast<size_t>(cell * columns_ + column)];
    now = std::max(now, state);
  }
  void hold(logic::Bitline cell, int64_t until) {
    if (written_[cell] < 0) return;
    for (int64_t c = column_of(written_[cell]); c <= column_of(until); ++c) mark(cell, c, State::Holds);
  }
  void note(const LogicOperation& operation, int64_t cycle) {
    if (operation.gate == Gate::All) return;
    if (operation.gate == Gate::Search) {
      for (int i = 0; i < operation.search_count(); ++i) hold(operation.output + i, cycle);
      return;
    }
    for (logic::Bitline input : operation.used()) hold(input, cycle);
    mark(operation.output, column_of(cycle),
         kind_of(operation.gate).switches ? State::Written : State::Initialised);
    written_[operation.output] = cycle;
  }

  int64_t cycles_, columns_;
  std::vector<State> states_;
  std::vector<int64_t> written_;  // by cell: the cycle of its last write; -1: none yet
};

void draw_cell(Svg& svg, const Grid& grid, int64_t cell, Point corner, double step, double height) {
  for (int64_t begin = 0, end = 0; begin < grid.columns(); begin = end) {
    const State state = grid.at(cell, begin);
    for (end = begin + 1; end < grid.columns() && grid.at(cell, end) == state;) ++end;
    if (state == State::Unused) continue;
    svg.rect({corner.x + step * static_cast<double>(begin), corner.y},
             {step * static_cast<double>(end - begin), height}, 0, kKinds[static_cast<size_t>(state)]);
  }
}

void draw_names(Svg& svg, const std::vector<logic::LogicOperand>& operands, double top, double height,
                std::vector<bool>& named) {
  for (const auto& operand : operands) {
    if (operand.cells.empty()) continue;
    const logic::Bitline first = operand.cells.front();
    if (named[first]) continue;
    named[first] = true;
    svg.text({kMargin + kNames - 8, top + height * first + 5}, operand.name, "tick", Svg::Anchor::End);
  }
}

}  // namespace

std::string logic_picture(const LogicProgram& program, const std::string& title) {
  const Grid grid(program);
  const double height = std::clamp(560.0 / program.bitlines, 2.0, 12.0);
  const double left = kMargin + kNames, width = kWidth - left - kMargin;
  const double step = width / static_cast<double>(grid.columns()), bottom = kTop + height * program.bitlines;
  Svg svg(std::string(kChartStyle) + std::string(kStyle));
  svg.text({kMargin, kMargin + 10}, title, "head", Svg::Anchor::Start);
  double at = left;
  for (size_t k = 1; k < 4; ++k) {
    svg.rect({at, kTop - 20}, {10, 10}, 2, kKinds[k]);
    svg.text({at + 15, kTop - 11}, kWords[k], "tick", Svg::Anchor::Start);
    at += 34 + chart_text_width(kWords[k], 11);
  }
  for (int64_t cell = 0; cell < program.bitlines; ++cell)
    draw_cell(svg, grid, cell, {left, kTop + height * static_cast<double>(cell)}, step, height);
  for (logic::Bitline border : program.partitions)
    if (border > 0)
      svg.line({{left, kTop + height * border}, {left + width, kTop + height * border}}, 0, "border");
  std::vector<bool> named(static_cast<size_t>(program.bitlines));
  draw_names(svg, program.inputs, kTop, height, named);
  draw_names(svg, program.outputs, kTop, height, named);
  for (double cycle : round_ticks(0, static_cast<double>(grid.cycles()), 8))
    svg.text({left + width * cycle / static_cast<double>(std::max<int64_t>(1, grid.cycles())), bottom + 16},
             chart_text(cycle, ""), "tick");
  svg.text({left + width / 2, bottom + 34}, "cycle", "tick");
  return svg.document({kWidth, bottom + kBottom}, title);
}

}  // namespace ohmweave::report
