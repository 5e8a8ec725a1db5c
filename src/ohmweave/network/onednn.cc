// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/onednn.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::network {
namespace {

using dnnl::memory;
using tensor::Shape;

memory::dims dims_of(const Shape& shape) {
  return shape.empty() ? memory::dims{1} : memory::dims(shape.begin(), shape.end());
}

memory::desc any_layout(const Shape& shape) {
  return {dims_of(shape), memory::data_type::f32, memory::format_tag::any};
}

}  // namespace

dnnl::engine& onednn_engine() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::desc plain_layout(const Shape& shape) {
  memory::dims dims = dims_of(shape), strides(dims.size(), 1);
  for (size_t k = dims.size(); k-- > 1;) strides[k - 1] = strides[k] * std::max<int64_t>(dims[k], 1);
  return {dims, memory::data_type::f32, strides};
}

memory memory_over(const memory::desc& layout, const void* elements) {
  return {layout, onednn_engine(), const_cast<void*>(elements)};
}

void reorder(const memory::desc& from, const void* source, const memory::desc& to, void* target) {
  dnnl::stream stream(onednn_engine());
  memory in = memory_over(from, source), out = memory_over(to, target);
  dnnl::reorder(in, out).execute(stream, in, out);
  stream.wait();
}

std::shared_ptr<std::byte> allocate_aligned(size_t bytes) {
  constexpr size_t kAlignment = 64;
  void* p = std::aligned_alloc(kAlignment, (bytes + kAlignment) / kAlignment * kAlignment);
  if (p == nullptr) throw std::bad_alloc();
  return {static_cast<std::byte*>(p), [](std::byte* b) { std::free(b); }};
}

void multiply(const Product& s, const std::vector<const float*>& a, const std::vector<const float*>& b,
              float* c) {
  if (s.k == 0 && !s.accumulate) std::fill_n(c, static_cast<int64_t>(a.size()) * s.m * s.n, 0.0F);
  if (s.k == 0) return;
  // Wide enough to run at full speed, and fixed, so that threads only share them out. A single row is bound by
  // memory.
  constexpr int64_t kRows = 128;
  const int64_t kColumns = s.m < 8 ? 512 : 128;
  int64_t down = (s.m + kRows - 1) / kRows, across = (s.n + kColumns - 1) / kColumns;
  int64_t lda = s.a_leading > 0 ? s.a_leading : s.a_transposed ? s.m : s.k;
  int64_t ldb = s.b_leading > 0 ? s.b_leading : s.b_transposed ? s.k : s.n;
  base::parallel_for(static_cast<int64_t>(a.size()) * down * across, [&](int64_t task) {
    auto which = static_cast<size_t>(task / (down * across));
    int64_t row = task / across % down * kRows, column = task % across * kColumns;
    const float* left = a[which] + (s.a_transposed ? row : row * lda);
    const float* right = b[which] + (s.b_transposed ? column * ldb : column);
    float* to = c + static_cast<int64_t>(which) * s.m * s.n + row * s.n + column;
    dnnl_status_t status =
        dnnl_sgemm(s.a_transposed ? 'T' : 'N', s.b_transposed ? 'T' : 'N', std::min(kRows, s.m - row),
                   std::min(kColumns, s.n - column), s.k, 1.0F, left, std::max<int64_t>(lda, 1), right,
                   std::max<int64_t>(ldb, 1), s.accumulate ? 1.0F : 0.0F, to, std::max<int64_t>(s.n, 1));
    OHMWEAVE_CHECK(status == dnnl_success, "oneDNN refused a matrix product");
  });
}

void append(dnnl::post_ops& ops, const AfterConvolution& after) {
  if (after.add_to_target) ops.append_sum(1.0F);
  if (!after.activation) return;
  bool clips = *after.activation == Op::Clip;
  ops.append_eltwise(1.0F, clips ? dnnl::algorithm::eltwise_clip : dnnl::algorithm::eltwise_relu, after.alpha,
                     after.beta);
}

ConvolutionKernel::ConvolutionKernel(const Shapes& shapes) {
  create(shapes, shapes.input[0], false);
  std::string name = how_.impl_info_str();
  bool by_products = name.find("gemm:") != std::string::npos && name.find("br") == std::string::npos;
  if (!by_products) return;
  base::LibrariesOnOneThread guard;  // as the bodies of run() will be
  create(shapes, 1, true);
  samples_ = shapes.input[0];
  input_bytes_ = input_.get_size();
  output_bytes_ = output_.get_size();
  input_sample_ = input_;
  output_sample_ = output_;
  input_ = plain_layout(shapes.input);
  output_ = plain_layout(shapes.output);
}

void ConvolutionKernel::create(const Shapes& s, int64_t batch, bool plain) {
  Shape input = s.input, output = s.output, weights = s.weights;
  input[0] = output[0] = batch;
  if (s.groups > 1) {
    weights[0] /= s.groups;
    weights.insert(weights.begin(), s.groups);
  }
  auto layout = [&](const Shape& shape) { return plain ? plain_layout(shape) : any_layout(shape); };
  plain_weights_ = plain_layout(weights);
  bias_ = plain_layout({s.output[1]});
  memory::dims dilates = s.window.dilation;
  for (auto& d : dilates) --d;  // oneDNN counts the gaps
  dnnl::convolution_forward::desc what =
      s.has_bias ? dnnl::convolution_forward::desc(dnnl::prop_kind::forward_inference,
                                                   dnnl::algorithm::convolution_direct, layout(input),
                                                   any_layout(weights), bias_, layout(output), s.window.stride,
                                                   dilates, s.window.pad_begin, s.window.pad_end)
                 : dnnl::convolution_forward::desc(dnnl::prop_kind::forward_inference,
                                                   dnnl::algorithm::convolution_direct, layout(input),
                                                   any_layout(weights), layout(output), s.window.stride,
                                                   dilates, s.window.pad_begin, s.window.pad_end);
  dnnl::post_ops ops;
  append(ops, s.after);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(ops);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  how_ = {what, attributes, onednn_engine()};
  primitive_ = dnnl::convolution_forward(how_);
  input_ = how_.src_desc();
  output_ = how_.dst_desc();
  weights_ = how_.weights_desc();
  if (!s.has_bias) bias_ = memory::desc();
}

void ConvolutionKernel::execute(const Operands& o, const memory::desc& input,
                                const memory::desc& output) const {
  dnnl::stream stream(onednn_engine());
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, memory_over(input, o.input)},
      {DNNL_ARG_WEIGHTS, memory_over(weights_, o.weights)},
      {DNNL_ARG_DST, memory_over(output, o.output)},
      {DNNL_ARG_SCRATCHPAD, memory_over(how_.scratchpad_desc(), o.scratch)}};
  if (o.bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, memory_over(bias_, o.bias));
  primitive_.execute(stream, arguments);
  stream.wait();
}

void ConvolutionKernel::run(const Operands& o) const {
  if (samples_ == 0) return execute(o, input_, output_);
  base::parallel_for(samples_, [&](int64_t k) {
    auto scratch = allocate_aligned(how_.scratchpad_desc().get_size());
    auto at = static_cast<size_t>(k);
    execute({static_cast<const std::byte*>(o.input) + at * input_bytes_, o.weights, o.bias,
             static_cast<std::byte*>(o.output) + at * output_bytes_, scratch.get()},
            input_sample_, output_sample_);
  });
}

}  // namespace ohmweave::network
