// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "ohmweave/network/operators.h"
#include "ohmweave/network/reference_builder.h"

namespace ohmweave::network {

using dnnl::memory;
using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

namespace {

const auto& blocking_of(const memory::desc& layout) { return layout.data.format_desc.blocking; }
bool is_strided(const memory::desc& layout) {
  return layout.data.format_kind == dnnl_blocked && blocking_of(layout).inner_nblks == 0;
}

/// How the last two of the strides lie for a matrix product: rows or columns are contiguous, `leading` apart.
struct MatrixLayout {
  bool transposed = false;
  int64_t leading = 0;
};
std::optional<MatrixLayout> matrix_layout(const std::vector<int64_t>& strides, int64_t rows, int64_t columns) {
  const int64_t down = strides[strides.size() - 2], across = strides.back();
  if ((across == 1 || columns == 1) && (down >= columns || rows == 1))
    return MatrixLayout{false, std::max(rows == 1 ? columns : down, columns)};
  if ((down == 1 || rows == 1) && (across >= rows || columns == 1))
    return MatrixLayout{true, std::max(columns == 1 ? rows : across, rows)};
  return std::nullopt;
}

/// The first elements of the matrices of a stack, in row-major order of its axes.
std::vector<int64_t> begins_of(const Shape& stack, const std::vector<int64_t>& strides) {
  std::vector<int64_t> begins{0};
  for (size_t axis = 0; axis < stack.size(); ++axis) {
    std::vector<int64_t> next;
    for (int64_t begin : begins) {
      for (int64_t k = 0; k < stack[axis]; ++k) next.push_back(begin + k * strides[axis]);
    }
    begins = std::move(next);
  }
  return begins;
}

}  // namespace

// Views

bool Builder::add_view(const Node& node) { return add_alias(node) || add_transposed(node) || add_parts(node); }

/// Nothing to do where a result is the operand under another shape.
bool Builder::add_alias(const Node& node) {
  bool same = node.op == Op::Identity || (node.op == Op::Dropout && node.outputs.size() == 1);
  bool reshaped =
      node.op == Op::Reshape || node.op == Op::Flatten || node.op == Op::Squeeze || node.op == Op::Unsqueeze;
  if ((!same && !reshaped) || graph_.value(node.inputs[0]).is_constant) return false;
  std::vector<Form> from = same ? forms_[node.inputs[0]] : std::vector<Form>{plain(node.inputs[0])};
  for (const Form& f : from) {
    plan_.buffer(f.buffer).values += 1;
    forms_[node.outputs[0]].push_back({f.buffer, same ? f.layout : layout_of(node.outputs[0]), f.plain});
  }
  return true;
}

/// Axes in another order are other strides.
bool Builder::add_transposed(const Node& node) {
  if (node.op != Op::Transpose || graph_.value(node.inputs[0]).is_constant || !known_to_onednn(node.inputs[0]))
    return false;
  const Form from = forms_[node.inputs[0]].front();
  std::vector<int> places(graph_.value(node.inputs[0]).shape.size());  // where each axis of the operand goes
  const auto& order = node.integers("perm");
  for (size_t k = 0; k < order.size(); ++k) places[static_cast<size_t>(order[k])] = static_cast<int>(k);
  plan_.buffer(from.buffer).values += 1;
  memory::desc layout = from.layout.permute_axes(places);
  forms_[node.outputs[0]] = {{from.buffer, layout, layout == layout_of(node.outputs[0])}};
  return true;
}

/// Parts of an operand lie within it.
bool Builder::add_parts(const Node& node) {
  if (node.op != Op::Split && node.op != Op::Slice) return false;
  const ValueId from = node.inputs[0];
  if (graph_.value(from).is_constant || !known_to_onednn(from) || !strided(from)) return false;
  if (plan_.buffer(forms_[from].front().buffer).kind != Buffer::Kind::Planned) return false;
  for (ValueId v : node.outputs) {
    if (v != kNoValue && !known_to_onednn(v)) return false;
  }
  const Shape& whole = graph_.value(from).shape;
  Shape offsets(whole.size(), 0);
  if (node.op == Op::Split) {
    auto axis = static_cast<size_t>(node.integer("axis"));
    const auto sizes = constant_integers(graph_, node, 1);
    if (!sizes) return false;
    for (size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k] != kNoValue) add_part(from, node.outputs[k], offsets);
      offsets[axis] += (*sizes)[k];
    }
    return true;
  }
  const auto starts = constant_integers(graph_, node, 1), axes = constant_integers(graph_, node, 3),
             steps = constant_integers(graph_, node, 4);
  if (!starts || !axes || !steps || std::any_of(steps->begin(), steps->end(), [](int64_t s) { return s != 1; }))
    return false;
  for (size_t k = 0; k < starts->size(); ++k) {
    const int64_t rank = static_cast<int64_t>(whole.size()),
                  axis = (*axes)[k] < 0 ? (*axes)[k] + rank : (*axes)[k];
    const int64_t extent = whole[static_cast<size_t>(axis)];
    offsets[static_cast<size_t>(axis)] =
        std::clamp<int64_t>((*starts)[k] < 0 ? (*starts)[k] + extent : (*starts)[k], 0, extent);
  }
  add_part(from, node.outputs[0], offsets);
  return true;
}
void Builder::add_part(ValueId from, ValueId to, const Shape& offsets) {
  const Form whole = is_strided(forms_[from].front().layout) ? forms_[from].front() : plain(from);
  plan_.buffer(whole.buffer).values += 1;
  const Shape& shape = graph_.value(to).shape;
  memory::desc layout = whole.layout.submemory_desc(shape, offsets);
  forms_[to] = {{whole.buffer, layout, layout == layout_of(to)}};
}

// Elements at strides

std::optional<Strided> Builder::strided(ValueId v) {
  const Value& value = graph_.value(v);
  if (value.element != Element::Float32 || tensor::count(value.shape) == 0) return std::nullopt;
  if (value.is_constant) {
    if (!value.constant) return std::nullopt;
    return Strided{std::nullopt, *value.constant, 0, strides_of(value.shape)};
  }
  if (!known_to_onednn(v)) {
    if (forms_[v].empty()) return std::nullopt;
    return Strided{plain(v).buffer, Tensor(), 0, strides_of(value.shape)};
  }
  const Form form = is_strided(forms_[v].front().layout) ? forms_[v].front() : plain(v);
  const auto& strides = blocking_of(form.layout).strides;
  return Strided{form.buffer, Tensor(), form.layout.data.offset0, {strides, strides + value.shape.size()}};
}

std::optional<Strided> Builder::stretched(ValueId v, const Shape& shape) {
  auto s = strided(v);
  if (!s) return std::nullopt;
  const Shape& own = graph_.value(v).shape;
  std::vector<int64_t> strides(shape.size(), 0);
  const size_t missing = shape.size() - own.size();
  for (size_t k = 0; k < own.size(); ++k) strides[missing + k] = own[k] == 1 ? 0 : s->strides[k];
  s->strides = std::move(strides);
  return s;
}

bool Builder::add_strided(const Node& node) {
  switch (node.op) {
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Div:
      return add_arithmetic(node);
    case Op::Expand:
      return add_expanded(node);
    case Op::MatMul:
      return add_matmul(node);
    default:
      return false;
  }
}

bool Builder::add_arithmetic(const Node& node) {
  if (node.inputs.size() != 2 || !known_to_onednn(node.outputs[0])) return false;
  const Shape& shape = graph_.value(node.outputs[0]).shape;
  auto a = stretched(node.inputs[0], shape), b = stretched(node.inputs[1], shape);
  if (!a || !b) return false;
  const Form out = new_form(node.outputs[0], layout_of(node.outputs[0]));
  std::vector<size_t> uses{out.buffer};
  for (const auto& operand : {a, b}) {
    if (operand->buffer) uses.push_back(*operand->buffer);
  }
  auto add = [&](auto f) {
    plan_.add_step(uses, [f, walk = Walk<2>(shape, {a->strides, b->strides}), a = *a, b = *b, out = out.buffer](
                             Plan::Running& r, const Plan& plan) {
      auto* to = reinterpret_cast<float*>(plan.at(r, out));
      zip_along<float>(walk, to, f, a.at(r, plan), b.at(r, plan));
    });
  };
  if (node.op == Op::Add) add([](float x, float y) { return x + y; });
  if (node.op == Op::Sub) add([](float x, float y) { return x - y; });
  if (node.op == Op::Mul) add([](float x, float y) { return x * y; });
  if (node.op == Op::Div) add([](float x, float y) { return x / y; });
  return true;
}

bool Builder::add_expanded(const Node& node) {
  if (graph_.value(node.inputs[0]).is_constant || !known_to_onednn(node.outputs[0])) return false;
  const Shape& shape = graph_.value(node.outputs[0]).shape;
  auto in = stretched(node.inputs[0], shape);
  if (!in) return false;
  const Form out = new_form(node.outputs[0], layout_of(node.outputs[0]));
  plan_.add_step({*in->buffer, out.buffer}, [walk = Walk<1>(shape, {in->strides}), in = *in, out = out.buffer](
                                                Plan::Running& r, const Plan& plan) {
    auto* to = reinterpret_cast<float*>(plan.at(r, out));
    zip_along<float>(
        walk, to, [](float x) { return x; }, in.at(r, plan));
  });
  return true;
}

bool Builder::add_matmul(const Node& node) {
  const Shape &left = graph_.value(node.inputs[0]).shape, &right = graph_.value(node.inputs[1]).shape,
              &result = graph_.value(node.outputs[0]).shape;
  if (left.size() < 2 || right.size() < 2 || !known_to_onednn(node.outputs[0])) return false;
  const Shape stack(result.begin(), result.end() - 2);
  auto operand = [&](ValueId v) {
    Shape shape = stack;
    const Shape& own = graph_.value(v).shape;
    shape.insert(shape.end(), own.end() - 2, own.end());
    return stretched(v, shape);
  };
  auto a = operand(node.inputs[0]), b = operand(node.inputs[1]);
  if (!a || !b) return false;
  Product p{result[result.size() - 2], result.back(), left.back()};
  auto la = matrix_layout(a->strides, p.m, p.k), lb = matrix_layout(b->strides, p.k, p.n);
  if (!la || !lb) return false;
  p.a_transposed = la->transposed, p.a_leading = la->leading;
  p.b_transposed = lb->transposed, p.b_leading = lb->leading;
  std::vector<int64_t> begins_a = begins_of(stack, a->strides), begins_b = begins_of(stack, b->strides);
  // Matrices of the left that follow each other and all meet the same right one are one tall matrix.
  const auto count = static_cast<int64_t>(begins_a.size());
  bool tall = !p.a_transposed;
  for (int64_t k = 0; k < count; ++k)
    tall = tall && begins_b[static_cast<size_t>(k)] == 0 &&
           begins_a[static_cast<size_t>(k)] == k * p.m * p.a_leading;
  if (tall) p.m *= count, begins_a = begins_b = {0};
  const Form out = new_form(node.outputs[0], layout_of(node.outputs[0]));
  std::vector<size_t> uses{out.buffer};
  for (const auto& o : {a, b}) {
    if (o->buffer) uses.push_back(*o->buffer);
  }
  plan_.add_step(uses,
                 [p, a = *a, b = *b, begins_a, begins_b, out = out.buffer](Plan::Running& r, const Plan& plan) {
                   const float *first_a = a.at(r, plan), *first_b = b.at(r, plan);
                   std::vector<const float*> as, bs;
                   for (int64_t begin : begins_a) as.push_back(first_a + begin);
                   for (int64_t begin : begins_b) bs.push_back(first_b + begin);
                   multiply(p, as, bs, reinterpret_cast<float*>(plan.at(r, out)));
                 });
  return true;
}

}  // namespace ohmweave::network
