// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/testing/direct_solve.h"

#include <chrono>
#include <numeric>

#include <Eigen/Sparse>

#include "ohmweave/base/random.h"

namespace ohmweave::array::testing {
namespace {

/// Resistors between nodes. The numbers below `fixed` have given voltages.
class Network {
 public:
  Network(size_t nodes, size_t fixed) : same_(nodes), fixed_(fixed) {
    std::iota(same_.begin(), same_.end(), 0);
  }

  void connect(size_t a, size_t b, double ohms) {
    if (ohms > 0) {
      resistors_.push_back({a, b, 1 / ohms});
    } else {
      size_t x = find(a), y = find(b);
      same_[std::max(x, y)] = std::min(x, y);  // so that given voltages win
    }
  }
  void conduct(size_t a, size_t b, double siemens) { resistors_.push_back({a, b, siemens}); }

  std::vector<double> solve(const std::vector<double>& given, DirectSolution& times) {
    std::vector<int> index(same_.size(), -1);
    int unknowns = 0;
    for (size_t n = fixed_; n < same_.size(); ++n) {
      if (find(n) == n) index[n] = unknowns++;
    }
    std::vector<Eigen::Triplet<double>> entries;
    Eigen::VectorXd b = Eigen::VectorXd::Zero(unknowns);
    for (const Resistor& r : resistors_) {
      const size_t ends[2] = {find(r.a), find(r.b)};
      if (ends[0] == ends[1]) continue;
      for (int k = 0; k < 2; ++k) {
        const size_t here = ends[k], there = ends[1 - k];
        if (index[here] < 0) continue;
        entries.emplace_back(index[here], index[here], r.siemens);
        if (index[there] >= 0) {
          entries.emplace_back(index[here], index[there], -r.siemens);
        } else {
          b[index[here]] += r.siemens * given[there];
        }
      }
    }
    std::vector<double> out(same_.size());
    Eigen::VectorXd x = Eigen::VectorXd::Zero(unknowns);
    if (unknowns > 0) {
      Eigen::SparseMatrix<double> a(unknowns, unknowns);
      a.setFromTriplets(entries.begin(), entries.end());
      const auto start = std::chrono::steady_clock::now();
      Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> factors(a);
      const auto factored = std::chrono::steady_clock::now();
      x = factors.solve(b);
      x += factors.solve(b - a * x);  // what rounding left
      times.factor_seconds = std::chrono::duration<double>(factored - start).count();
      times.solve_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - factored).count();
    }
    for (size_t n = 0; n < same_.size(); ++n) out[n] = index[find(n)] >= 0 ? x[index[find(n)]] : given[find(n)];
    return out;
  }

 private:
  struct Resistor {
    size_t a, b;
    double siemens;
  };
  size_t find(size_t n) {
    while (same_[n] != n) n = same_[n] = same_[same_[n]];
    return n;
  }
  std::vector<size_t> same_;
  size_t fixed_;
  std::vector<Resistor> resistors_;
};

}  // namespace

DirectSolution direct_solution(const Wires& wires, int64_t rows, int64_t columns,
                               std::span<const double> conductances, std::span<const double> volts) {
  const auto r = static_cast<size_t>(rows), c = static_cast<size_t>(columns), cells = r * c;
  const size_t ground = r, first = r + 1;  // the sources are nodes 0...rows-1
  auto wordline = [&](size_t i, size_t j) { return first + i * c + j; };
  auto bitline = [&](size_t i, size_t j) { return first + cells + i * c + j; };
  Network network(first + 2 * cells, first);
  for (size_t i = 0; i < r; ++i) {
    network.connect(i, wordline(i, 0), wires.driver);
    if (wires.two_sided) network.connect(i, wordline(i, c - 1), wires.driver);
    for (size_t j = 0; j < c; ++j) {
      if (j + 1 < c) network.connect(wordline(i, j), wordline(i, j + 1), wires.wordline);
      if (i + 1 < r) network.connect(bitline(i, j), bitline(i + 1, j), wires.bitline);
    }
  }
  for (size_t j = 0; j < c; ++j) network.connect(bitline(r - 1, j), ground, wires.sense);
  for (size_t k = 0; k < cells; ++k) network.conduct(first + k, first + cells + k, conductances[k]);
  std::vector<double> given(volts.begin(), volts.end());
  given.push_back(0);
  DirectSolution out;
  const std::vector<double> nodes = network.solve(given, out);
  out.currents.assign(c, 0.0);
  for (size_t k = 0; k < cells; ++k)
    out.currents[k % c] += conductances[k] * (nodes[first + k] - nodes[first + cells + k]);
  const auto middle = nodes.begin() + static_cast<int64_t>(first + cells);
  out.wordlines.assign(nodes.begin() + static_cast<int64_t>(first), middle);
  out.bitlines.assign(middle, nodes.end());
  return out;
}

std::vector<double> random_cells(int64_t rows, int64_t columns, uint64_t seed, double on_ohms, double ratio) {
  base::RandomStream random(seed, 1, base::key_of("cells"));
  std::vector<double> out(static_cast<size_t>(rows * columns));
  for (double& g : out) g = (1 / ratio + (1 - 1 / ratio) * static_cast<double>(random.below(4)) / 3) / on_ohms;
  return out;
}

std::vector<double> random_volts(int64_t rows, uint64_t seed, double most) {
  base::RandomStream random(seed, 2, base::key_of("volts"));
  std::vector<double> out(static_cast<size_t>(rows));
  for (double& v : out) v = random.below(2) == 0 ? 0 : most * random.uniform();
  return out;
}

}  // namespace ohmweave::array::testing
