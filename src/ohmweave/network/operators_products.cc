// SPDX-License-Identifier: Apache-2.0
// Products: one operand may be held in arrays.
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/onednn.h"
#include "ohmweave/network/window.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;
constexpr int kNone = Batching::kNone;

void require_float(const Operation& o) {
  for (size_t k = 0; k < o.operands(); ++k) {
    o.require(!o.has(k) || o.element(k) == Element::Float32,
              fmt::format("computes in float32, operand {} is {}", k + 1,
                          o.has(k) ? tensor::name_of(o.element(k)) : ""));
  }
}

// Conv

void complete_convolution(Graph& graph, Node& node) {
  Operation o(graph, node);
  const Shape& w = o.shape(1);
  o.require(w.size() == o.shape(0).size() && w.size() >= 3,
            fmt::format("weights of shape {} do not fit an input of shape {}", tensor::print(w),
                        tensor::print(o.shape(0))));
  complete_window(graph, node, {w.begin() + 2, w.end()});
}
Types infer_convolution(const Operation& o) {
  require_float(o);
  const Shape &x = o.shape(0), &w = o.shape(1);
  int64_t groups = o.node().integer("group");
  bool fits = w.size() == x.size() && groups > 0 && w[0] > 0 && w[1] > 0 && x[1] % groups == 0 &&
              x[1] / groups == w[1] && w[0] % groups == 0;
  o.require(fits, fmt::format("weights of shape {} in {} groups do not fit an input of shape {}",
                              tensor::print(w), groups, tensor::print(x)));
  o.require(!o.has(2) || o.shape(2) == Shape{w[0]},
            fmt::format("one bias for each of {} channels expected", w[0]));
  Shape to{x[0], w[0]};
  for (int64_t n : window_extents(o, window_of(o.node()), false)) to.push_back(n);
  return {{Element::Float32, to}};
}
Results convolve(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  if (out.size() == 0) return {out};
  ConvolutionKernel kernel(
      {o.shape(0), o.shape(1), t[0].shape, window_of(o.node()), o.node().integer("group"), o.has(2), {}});
  auto in_layout = [](const dnnl::memory::desc& from, const Tensor& tensor, const dnnl::memory::desc& to) {
    auto copy = allocate_aligned(to.get_size());
    reorder(from, tensor.raw(), to, copy.get());
    return copy;
  };
  auto input = in_layout(plain_layout(o.shape(0)), o.tensor(0), kernel.input_layout());
  auto weights = in_layout(kernel.plain_weights(), o.tensor(1), kernel.weights_layout());
  auto output = allocate_aligned(kernel.output_layout().get_size());
  auto scratch = allocate_aligned(kernel.scratch_bytes());
  kernel.run({input.get(), weights.get(), o.has(2) ? o.tensor(2).raw() : nullptr, output.get(), scratch.get()});
  reorder(kernel.output_layout(), output.get(), plain_layout(t[0].shape), out.mutable_raw());
  return {out};
}

// LocalConv

void complete_local(Graph& graph, Node& node) {
  Operation o(graph, node);
  size_t spatial = o.shape(0).size() - std::min<size_t>(o.shape(0).size(), 2);
  o.require(spatial >= 1 && o.shape(1).size() == 2 * spatial + 2,
            fmt::format("weights of shape {} do not fit an input of shape {}", tensor::print(o.shape(1)),
                        tensor::print(o.shape(0))));
  complete_window(graph, node, {o.shape(1).end() - static_cast<std::ptrdiff_t>(spatial), o.shape(1).end()});
}
Types infer_local(const Operation& o) {
  require_float(o);
  const Shape &x = o.shape(0), &w = o.shape(1);
  size_t spatial = x.size() - 2;
  std::vector<int64_t> extents = window_extents(o, window_of(o.node()), false);
  int64_t groups = o.node().integer("group"), outputs = w[spatial], channels = w[spatial + 1];
  bool fits = std::equal(extents.begin(), extents.end(), w.begin()) && groups > 0 &&
              x[1] == channels * groups && outputs % groups == 0;
  o.require(fits, fmt::format("weights of shape {} in {} groups do not fit an input of shape {}",
                              tensor::print(w), groups, tensor::print(x)));
  Shape one{outputs}, each = extents, to = extents;
  each.insert(each.begin(), outputs);
  to.insert(to.begin(), {x[0], outputs});
  o.require(!o.has(2) || o.shape(2) == one || o.shape(2) == each,
            fmt::format("a bias of shape {} does not fit", o.has(2) ? tensor::print(o.shape(2)) : ""));
  return {{Element::Float32, to}};
}

/// Gathers the window at a position of the result, [samples, channels of a group * kernel], zeros where it lies
/// outside.
class Patches {
 public:
  Patches(const Operation& o, const Shape& out)
      : in_(o.shape(0)), out_(out), window_(window_of(o.node())), from_(o.tensor(0).data<float>().data()) {
    for (int64_t k : window_.kernel) size_ *= k;
  }
  int64_t kernel_size() const { return size_; }
  void gather(int64_t position, int64_t sample, int64_t channel, float* to) const {
    int64_t plane = 1;
    for (size_t k = 2; k < in_.size(); ++k) plane *= in_[k];
    const float* elements = from_ + (sample * in_[1] + channel) * plane;
    for (int64_t element = 0; element < size_; ++element) {
      int64_t rest = element, place = position, at = 0, stride = 1;
      bool inside = true;
      for (size_t k = window_.kernel.size(); k-- > 0;) {
        int64_t index = place % out_[2 + k] * window_.stride[k] - window_.pad_begin[k] +
                        rest % window_.kernel[k] * window_.dilation[k];
        inside &= index >= 0 && index < in_[2 + k];
        at += index * stride;
        stride *= in_[2 + k];
        rest /= window_.kernel[k];
        place /= out_[2 + k];
      }
      to[element] = inside ? elements[at] : 0.0F;
    }
  }

 private:
  Shape in_, out_;
  Pooling window_;
  const float* from_;
  int64_t size_ = 1;
};

Results convolve_locally(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  const Shape& shape = t[0].shape;
  Patches patches(o, shape);
  int64_t samples = shape[0], outputs = shape[1],
          positions = tensor::count(shape) / std::max<int64_t>(samples * outputs, 1);
  int64_t groups = o.node().integer("group"), channels = o.shape(0)[1] / groups, per_group = outputs / groups,
          rows = channels * patches.kernel_size();
  const float* weights = o.tensor(1).data<float>().data();
  const float* bias = o.has(2) ? o.tensor(2).data<float>().data() : nullptr;
  bool bias_each = o.has(2) && o.shape(2).size() > 1;
  float* to = out.mutable_data<float>().data();
  base::parallel_for(positions, [&](int64_t position) {
    std::vector<float> patch(static_cast<size_t>(rows));
    for (int64_t sample = 0; sample < samples; ++sample) {
      for (int64_t group = 0; group < groups; ++group) {
        for (int64_t c = 0; c < channels; ++c)
          patches.gather(position, sample, group * channels + c, patch.data() + c * patches.kernel_size());
        for (int64_t n = group * per_group; n < (group + 1) * per_group; ++n) {
          const float* w = weights + (position * outputs + n) * rows;
          float sum = bias ? bias[bias_each ? n * positions + position : n] : 0.0F;
          for (int64_t k = 0; k < rows; ++k) sum += patch[static_cast<size_t>(k)] * w[k];
          to[(sample * outputs + n) * positions + position] = sum;
        }
      }
    }
  });
  return {out};
}

// MatMul

/// Rows, columns and stretched batch axes of a matrix product; a vector counts as a matrix of one row or
/// column.
struct Matrices {
  Shape left, right, batch;  // matrices [.., m, k] and [.., k, n]; the axes before them, stretched
  Shape result;
};
Matrices matrices_of(const Operation& o) {
  Matrices m{o.shape(0), o.shape(1), {}, {}};
  auto misfit = [&] {
    return fmt::format("{} and {} cannot be multiplied", tensor::print(o.shape(0)), tensor::print(o.shape(1)));
  };
  o.require(!m.left.empty() && !m.right.empty(), misfit());
  bool row = m.left.size() == 1, column = m.right.size() == 1;
  if (row) m.left.insert(m.left.begin(), 1);
  if (column) m.right.push_back(1);
  o.require(m.left.back() == m.right[m.right.size() - 2], misfit());
  size_t axes = std::max(m.left.size(), m.right.size()) - 2;
  m.batch.assign(axes, 1);
  for (const Shape* side : {&m.left, &m.right}) {
    for (size_t k = 0; k + 2 < side->size(); ++k) {
      int64_t& extent = m.batch[axes + 2 - side->size() + k];
      o.require(extent == 1 || (*side)[k] == 1 || extent == (*side)[k], misfit());
      if (extent == 1) extent = (*side)[k];
    }
  }
  m.result = m.batch;
  if (!row) m.result.push_back(m.left[m.left.size() - 2]);
  if (!column) m.result.push_back(m.right.back());
  return m;
}
Types infer_matmul(const Operation& o) {
  const bool known =
      with_one_of<float, double, int32_t, uint32_t, int64_t, uint64_t>(o.element(0), [](auto) {});
  o.require(known && o.element(0) == o.element(1),
            fmt::format("multiplies reals or whole numbers of 32 or 64 bits, both of one type, not {} and {}",
                        tensor::name_of(o.element(0)), tensor::name_of(o.element(1))));
  return {{o.element(0), matrices_of(o).result}};
}
/// Products of what oneDNN does not multiply: whole numbers, which wrap around, and doubles.
template <class T>
void multiply_plainly(const Product& s, const std::vector<const T*>& left, const std::vector<const T*>& right,
                      T* out) {
  base::parallel_for(static_cast<int64_t>(left.size()) * s.m, [&](int64_t row) {
    const T* a = left[static_cast<size_t>(row / s.m)] + row % s.m * s.k;
    const T* b = right[static_cast<size_t>(row / s.m)];
    T* to = out + row * s.n;
    for (int64_t k = 0; k < s.k; ++k) {
      for (int64_t n = 0; n < s.n; ++n) to[n] = wrap_add(to[n], wrap_multiply(a[k], b[k * s.n + n]));
    }
  });
}
/// Where the matrices of a product of stretched batches begin.
template <class T>
std::pair<std::vector<const T*>, std::vector<const T*>> each_matrix(const Operation& o, const Matrices& m,
                                                                    const Product& shape) {
  const T *a = o.tensor(0).data<T>().data(), *b = o.tensor(1).data<T>().data();
  std::vector<const T*> left, right;
  auto strides = [&](const Shape& side) { return broadcast_strides({side.begin(), side.end() - 2}, m.batch); };
  std::vector<int64_t> ls = strides(m.left), rs = strides(m.right);
  for (int64_t i = 0; i < tensor::count(m.batch); ++i) {
    int64_t rest = i, l = 0, r = 0;
    for (size_t k = m.batch.size(); k-- > 0; rest /= m.batch[k]) {
      l += rest % m.batch[k] * ls[k];
      r += rest % m.batch[k] * rs[k];
    }
    left.push_back(a + l * shape.m * shape.k);
    right.push_back(b + r * shape.k * shape.n);
  }
  return {std::move(left), std::move(right)};
}
Results matmul(const Operation& o, const Types& t) {
  Matrices m = matrices_of(o);
  Product shape{m.left[m.left.size() - 2], m.right.back(), m.left.back(), false, false, false};
  Tensor out(t[0].element, t[0].shape);
  if (out.size() == 0) return {out};
  with_one_of<double, int32_t, uint32_t, int64_t, uint64_t>(t[0].element, [&](auto zero) {
    using T = decltype(zero);
    const auto [left, right] = each_matrix<T>(o, m, shape);
    multiply_plainly<T>(shape, left, right, out.mutable_data<T>().data());
  });
  if (t[0].element != Element::Float32) return {out};
  float* to = out.mutable_data<float>().data();
  // Matrices of the left that all meet the same right one are one tall matrix.
  if (m.right.size() == 2) {
    shape.m *= tensor::count(m.batch);
    multiply(shape, {o.tensor(0).data<float>().data()}, {o.tensor(1).data<float>().data()}, to);
    return {out};
  }
  const auto [left, right] = each_matrix<float>(o, m, shape);
  multiply(shape, left, right, to);
  return {out};
}
bool batch_matmul(const Operation& o, Batching& b) {
  int left_rank = static_cast<int>(o.shape(0).size()), right_rank = static_cast<int>(o.shape(1).size());
  int axis = kNone;  // counted from the end of the (stretched) batch axes
  if (b.operands[1] != kNone) {
    if (b.operands[1] > right_rank - 3) return false;  // a row or column of the right matrix
    axis = right_rank - b.operands[1];
  }
  if (b.operands[0] != kNone) {
    int from_end = left_rank - b.operands[0];
    if (from_end == 1 || (axis != kNone && axis != from_end)) return false;
    if (axis == kNone && from_end > 2 && right_rank >= from_end &&
        o.shape(1)[static_cast<size_t>(right_rank - from_end)] != 1)
      return false;
    axis = from_end;
  } else if (left_rank >= axis && o.shape(0)[static_cast<size_t>(left_rank - axis)] != 1) {
    return false;
  }
  b.results[0] = static_cast<int>(matrices_of(o).batch.size()) + 2 - axis;
  return true;
}

// Gemm

Types infer_gemm(const Operation& o) {
  require_float(o);
  const Shape &a = o.shape(0), &b = o.shape(1);
  auto misfit = [&] {
    return fmt::format("{} and {} cannot be multiplied", tensor::print(a), tensor::print(b));
  };
  o.require(a.size() == 2 && b.size() == 2, misfit());
  bool ta = o.node().integer("transA") != 0, tb = o.node().integer("transB") != 0;
  o.require(a[ta ? 0 : 1] == b[tb ? 1 : 0], misfit());
  Shape to{a[ta ? 1 : 0], b[tb ? 0 : 1]};
  if (o.has(2)) {
    const Shape& c = o.shape(2);
    bool fits = c.size() <= 2;
    for (size_t k = 0; k < c.size() && fits; ++k) fits = c[k] == 1 || c[k] == to[2 - c.size() + k];
    o.require(fits, fmt::format("an addend of shape {} does not fit {}", tensor::print(c), tensor::print(to)));
  }
  return {{Element::Float32, to}};
}
Results gemm(const Operation& o, const Types& t) {
  bool ta = o.node().integer("transA") != 0, tb = o.node().integer("transB") != 0;
  auto alpha = static_cast<float>(o.node().real("alpha")), beta = static_cast<float>(o.node().real("beta"));
  Product shape{t[0].shape[0], t[0].shape[1], o.shape(0)[ta ? 0 : 1], ta, tb, false};
  Tensor out(t[0].element, t[0].shape);
  multiply(shape, {o.tensor(0).data<float>().data()}, {o.tensor(1).data<float>().data()},
           out.mutable_data<float>().data());
  Tensor product = out;
  if (o.has(2))
    zip<float>(
        out, [=](float p, float c) { return alpha * p + beta * c; }, as<float>(product),
        as<float>(o.tensor(2)));
  else if (alpha != 1.0F)
    zip<float>(
        out, [=](float p) { return alpha * p; }, as<float>(product));
  return {out};
}
bool batch_gemm(const Operation& o, Batching& b) {
  bool ta = o.node().integer("transA") != 0;
  if (b.operands[1] != kNone || b.operands[0] != (ta ? 1 : 0)) return false;
  if (o.has(2) && b.operands[2] == kNone && o.shape(2).size() == 2 && o.shape(2)[0] != 1) return false;
  if (o.has(2) && b.operands[2] != kNone && (b.operands[2] != 0 || o.shape(2).size() != 2)) return false;
  b.results[0] = 0;
  return true;
}
std::vector<ValueId> lift_gemm(Lift& lift) {
  lift.node.attributes.erase("broadcast");  // before opset 7; shapes decide
  return lift.finish();
}

}  // namespace

std::vector<Operator> product_operators() {
  std::vector<Operator> all;
  all.push_back({.op = Op::Conv,
                 .name = "Conv",
                 .least_inputs = 2,
                 .most_inputs = 3,
                 .attributes = window_attributes({{"group", int64_t{1}}}),
                 .complete = complete_convolution,
                 .infer = infer_convolution,
                 .evaluate = convolve,
                 .batch = batch_samples});
  all.push_back({.op = Op::LocalConv,
                 .name = "LocalConv",
                 .least_inputs = 2,
                 .most_inputs = 3,
                 .attributes = window_attributes({{"group", int64_t{1}}}),
                 .complete = complete_local,
                 .infer = infer_local,
                 .evaluate = convolve_locally,
                 .batch = batch_samples});
  all.push_back({.op = Op::Gemm,
                 .name = "Gemm",
                 .least_inputs = 2,
                 .most_inputs = 3,
                 .attributes = {{"alpha", 1.0}, {"beta", 1.0}, {"transA", int64_t{0}}, {"transB", int64_t{0}}},
                 .infer = infer_gemm,
                 .evaluate = gemm,
                 .batch = batch_gemm,
                 .lift = lift_gemm});
  all.push_back({.op = Op::MatMul,
                 .name = "MatMul",
                 .least_inputs = 2,
                 .most_inputs = 2,
                 .infer = infer_matmul,
                 .evaluate = matmul,
                 .batch = batch_matmul});
  for (Operator& o : all) o.family = Family::Product;
  return all;
}

}  // namespace ohmweave::network
