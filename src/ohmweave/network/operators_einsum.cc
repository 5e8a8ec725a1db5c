// SPDX-License-Identifier: Apache-2.0
// Einsum: import makes transpositions, matrix products and sums of it, operand by operand from the left, so
// that products of attention are the matrix products they mean.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;
using Integers = std::vector<int64_t>;
/// Labels of axes: letters of the equation; those of an ellipsis count down from -1, its last axis.
using Labels = std::vector<int>;

bool contains(const Labels& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

/// A value and what its axes are called.
struct Term {
  ValueId value = kNoValue;
  Labels labels;
};

class Einsum {
 public:
  explicit Einsum(Lift& lift) : lift_(lift), operands_(lift.node.inputs) {}

  std::vector<ValueId> run() {
    parse(lift_.take("equation", std::string()));
    Term all = term(0);
    for (size_t k = 1; k < operands_.size(); ++k) {
      Labels later = result_;
      for (size_t n = k + 1; n < operands_.size(); ++n)
        later.insert(later.end(), labels_[n].begin(), labels_[n].end());
      all = multiply(all, term(k), later);
    }
    for (int label : result_) {
      if (!contains(all.labels, label)) lift_.fail("the result has a label that no operand has");
    }
    all = ordered(sum_others(all, result_), result_);
    return lift_.finish_as(Op::Identity, {all.value});
  }

 private:
  const Shape& shape(const Term& t) const { return lift_.graph().value(t.value).shape; }
  std::string next(const char* what) { return fmt::format(".{}{}", what, ++steps_); }

  // The equation

  void parse(std::string equation) {
    equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
    const size_t arrow = equation.find("->");
    std::string left = equation.substr(0, arrow);
    for (size_t begin = 0; begin <= left.size();) {
      const size_t end = std::min(left.find(',', begin), left.size());
      if (labels_.size() == operands_.size())
        lift_.fail(fmt::format("'{}' has more terms than operands", equation));
      const ValueId v = operands_[labels_.size()];
      if (v == kNoValue) lift_.fail(fmt::format("operand {} is missing", labels_.size() + 1));
      const size_t rank = lift_.graph().value(v).shape.size();
      labels_.push_back(labels_of(left.substr(begin, end - begin), static_cast<int64_t>(rank)));
      begin = end + 1;
    }
    if (labels_.size() != operands_.size())
      lift_.fail(fmt::format("'{}' has fewer terms than operands", equation));
    result_ = arrow == std::string::npos ? implied() : labels_of(equation.substr(arrow + 2), -1);
    for (size_t k = 0; k < result_.size(); ++k) {
      if (std::count(result_.begin(), result_.end(), result_[k]) > 1)
        lift_.fail("the result has a label twice");
    }
  }
  /// `rank` < 0: the result's, with as many axes of an ellipsis as any operand has.
  Labels labels_of(const std::string& term, int64_t rank) {
    const size_t dots = term.find("...");
    const auto letters = static_cast<int64_t>(term.size()) - (dots == std::string::npos ? 0 : 3);
    const int64_t hidden = dots == std::string::npos ? 0 : rank < 0 ? ellipsis_ : rank - letters;
    if (hidden < 0 || (rank >= 0 && hidden + letters != rank))
      lift_.fail(fmt::format("the term '{}' does not fit an operand of {} axes", term, rank));
    if (rank >= 0) ellipsis_ = std::max(ellipsis_, hidden);
    Labels out;
    for (size_t k = 0; k < term.size(); ++k) {
      if (k == dots) {
        for (int64_t n = hidden; n > 0; --n) out.push_back(static_cast<int>(-n));
        k += 2;
        continue;
      }
      const char c = term[k];
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter) lift_.fail(fmt::format("'{}' is no term of an equation", term));
      out.push_back(c);
    }
    return out;
  }
  /// Without an arrow: the ellipsis, then what stands there once, in the order of the alphabet.
  Labels implied() const {
    std::map<int, int> count;
    for (const Labels& labels : labels_) {
      for (int label : labels) ++count[label];
    }
    Labels out;
    for (const auto& [label, n] : count) {
      if (label < 0 || n == 1) out.push_back(label);
    }
    return out;
  }

  // Terms

  /// Operand k with each label once: diagonals are taken.
  Term term(size_t k) {
    Term t{operands_[k], labels_[k]};
    for (size_t axis = 0; axis < t.labels.size(); ++axis) {
      const auto again =
          std::find(t.labels.begin() + static_cast<std::ptrdiff_t>(axis) + 1, t.labels.end(), t.labels[axis]);
      if (again == t.labels.end()) continue;
      t = diagonal(t, axis, static_cast<size_t>(again - t.labels.begin()));
      --axis;
    }
    return t;
  }
  /// Both axes are moved to the end and made one, of which every (n + 1)th element is wanted.
  Term diagonal(const Term& t, size_t first, size_t second) {
    const int64_t n = shape(t)[first];
    if (shape(t)[second] != n) lift_.fail("a label stands for axes of different extents");
    Integers order, joined;
    Labels labels;
    for (size_t axis = 0; axis < t.labels.size(); ++axis) {
      if (axis == first || axis == second) continue;
      order.push_back(static_cast<int64_t>(axis));
      joined.push_back(shape(t)[axis]);
      labels.push_back(t.labels[axis]);
    }
    order.insert(order.end(), {static_cast<int64_t>(first), static_cast<int64_t>(second)});
    joined.push_back(n * n);
    labels.push_back(t.labels[first]);
    Integers places;
    for (int64_t k = 0; k < n; ++k) places.push_back(k * (n + 1));
    const ValueId moved = lift_.add(Op::Transpose, next("moved"), {t.value}, {{"perm", order}});
    const ValueId flat = reshaped(moved, joined);
    const ValueId taken =
        lift_.add(Op::Gather, next("diagonal"), {flat, lift_.constant(next("places"), integers_tensor(places))},
                  {{"axis", static_cast<int64_t>(joined.size()) - 1}});
    return {taken, labels};
  }
  ValueId reshaped(ValueId v, const Integers& to) {
    return lift_.add(Op::Reshape, next("shaped"), {v, lift_.constant(next("shape"), integers_tensor(to))});
  }
  Term ordered(const Term& t, const Labels& labels) {
    Integers order;
    for (int label : labels)
      order.push_back(std::find(t.labels.begin(), t.labels.end(), label) - t.labels.begin());
    if (std::is_sorted(order.begin(), order.end())) return t;
    return {lift_.add(Op::Transpose, next("moved"), {t.value}, {{"perm", order}}), labels};
  }
  Term summed(const Term& t, const Labels& away) {
    Integers axes;
    Labels kept;
    for (size_t k = 0; k < t.labels.size(); ++k) {
      if (contains(away, t.labels[k]))
        axes.push_back(static_cast<int64_t>(k));
      else
        kept.push_back(t.labels[k]);
    }
    if (axes.empty()) return t;
    const ValueId list = lift_.constant(next("axes"), integers_tensor(axes));
    return {lift_.add(Op::ReduceSum, next("sum"), {t.value, list}, {{"keepdims", int64_t{0}}}), kept};
  }
  /// Sums along the axes that neither `wanted` nor the other operand needs.
  Term sum_others(const Term& t, const Labels& wanted) {
    Labels away;
    for (int label : t.labels) {
      if (!contains(wanted, label)) away.push_back(label);
    }
    return summed(t, away);
  }
  /// An axis of extent 1 where the other term has more says nothing, and goes.
  Term without_stretched(const Term& t, const Term& other) {
    Labels away;
    for (size_t k = 0; k < t.labels.size(); ++k) {
      auto there = std::find(other.labels.begin(), other.labels.end(), t.labels[k]);
      if (there == other.labels.end()) continue;
      const int64_t extent = shape(t)[k],
                    more = shape(other)[static_cast<size_t>(there - other.labels.begin())];
      if (extent == 1 && more != 1) away.push_back(t.labels[k]);
      if (extent != more && extent != 1 && more != 1)
        lift_.fail(fmt::format("a label stands for extents of {} and {}", extent, more));
    }
    return summed(t, away);
  }

  // A product

  struct Parts {
    Labels batch, rows, columns, inner;
  };
  /// The product of two terms with all labels that are needed later; the others are summed.
  Term multiply(Term a, Term b, const Labels& later) {
    Term plain = a;
    a = without_stretched(a, b);
    b = without_stretched(b, plain);
    Labels needed = later;
    needed.insert(needed.end(), b.labels.begin(), b.labels.end());
    a = sum_others(a, needed);
    needed = later;
    needed.insert(needed.end(), a.labels.begin(), a.labels.end());
    b = sum_others(b, needed);
    Parts p;
    for (int label : a.labels) {
      const bool shared = contains(b.labels, label), kept = contains(later, label);
      (!shared ? p.rows : kept ? p.batch : p.inner).push_back(label);
    }
    for (int label : b.labels) {
      if (!contains(a.labels, label)) p.columns.push_back(label);
    }
    return p.inner.empty() ? outer(a, b, p) : matrices(a, b, p);
  }
  static Labels joined(std::initializer_list<const Labels*> lists) {
    Labels out;
    for (const Labels* list : lists) out.insert(out.end(), list->begin(), list->end());
    return out;
  }
  /// Extents of the term's axes of these labels, which follow one another from `first` on.
  Integers extents(const Term& t, size_t first, size_t count) const {
    const Shape& s = shape(t);
    return {s.begin() + static_cast<std::ptrdiff_t>(first),
            s.begin() + static_cast<std::ptrdiff_t>(first + count)};
  }
  static int64_t product(const Integers& list) {
    int64_t n = 1;
    for (int64_t extent : list) n *= extent;
    return n;
  }
  /// Nothing is summed: element by element, stretched.
  Term outer(const Term& left, const Term& right, const Parts& p) {
    const Term a = ordered(left, joined({&p.batch, &p.rows})),
               b = ordered(right, joined({&p.batch, &p.columns}));
    Integers to_a = extents(a, 0, a.labels.size()), to_b = extents(b, 0, p.batch.size());
    to_a.insert(to_a.end(), p.columns.size(), 1);
    to_b.insert(to_b.end(), p.rows.size(), 1);
    const Integers own = extents(b, p.batch.size(), p.columns.size());
    to_b.insert(to_b.end(), own.begin(), own.end());
    const ValueId x = p.columns.empty() ? a.value : reshaped(a.value, to_a);
    const ValueId y = p.rows.empty() ? b.value : reshaped(b.value, to_b);
    return {lift_.add(Op::Mul, next("product"), {x, y}), joined({&p.batch, &p.rows, &p.columns})};
  }
  /// [batch.., rows, inner] times [batch.., inner, columns]. Without a batch the rows may stay several axes.
  Term matrices(const Term& left, const Term& right, const Parts& p) {
    const Term a = ordered(left, joined({&p.batch, &p.rows, &p.inner})),
               b = ordered(right, joined({&p.batch, &p.inner, &p.columns}));
    const size_t batch = p.batch.size();
    const Integers shared = extents(a, 0, batch), rows = extents(a, batch, p.rows.size()),
                   inner = extents(a, batch + p.rows.size(), p.inner.size()),
                   columns = extents(b, batch + p.inner.size(), p.columns.size());
    const bool apart = batch == 0 && !rows.empty();
    Integers to_a = shared, to_b = shared, to = shared;
    if (apart)
      to_a.insert(to_a.end(), rows.begin(), rows.end());
    else
      to_a.push_back(product(rows));
    to_a.push_back(product(inner));
    to_b.insert(to_b.end(), {product(inner), product(columns)});
    const ValueId x = Shape(to_a) == shape(a) ? a.value : reshaped(a.value, to_a);
    const ValueId y = Shape(to_b) == shape(b) ? b.value : reshaped(b.value, to_b);
    ValueId result = lift_.add(Op::MatMul, next("product"), {x, y});
    to.insert(to.end(), rows.begin(), rows.end());
    to.insert(to.end(), columns.begin(), columns.end());
    if (lift_.graph().value(result).shape != Shape(to)) result = reshaped(result, to);
    return {result, joined({&p.batch, &p.rows, &p.columns})};
  }

  Lift& lift_;
  std::vector<ValueId> operands_;
  std::vector<Labels> labels_;
  Labels result_;
  int64_t ellipsis_ = 0;
  int steps_ = 0;
};

std::vector<ValueId> lift_einsum(Lift& lift) { return Einsum(lift).run(); }

}  // namespace

Operator einsum_form() { return {.op = Op::Identity, .name = "Einsum", .lift = lift_einsum}; }

}  // namespace ohmweave::network
