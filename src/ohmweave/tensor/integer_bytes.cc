// SPDX-License-Identifier: Apache-2.0
// A code u = input + offset is cut into unsigned digits of 8 (or 7) bits, a weight into signed bytes:
//   input = sum over d of 2^(bits d) u_d - input_offset,   weight = sum over j of 2^(8 j) w_j + weight_offset,
// so that a sum of products is a few byte matrix products, shifted and added, and two corrections:
//   sum input*weight = sum over d, j of 2^(bits d + 8 j) sum u_d w_j + weight_offset sum u - input_offset sum
//   weight.
// Digits of the inputs stand below each other and bytes of the weights side by side: one matrix product does
// them all.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include <dnnl.hpp>

#include "ohmweave/tensor/integer_kernels.h"

namespace ohmweave::tensor {
namespace {

constexpr int64_t kMostRows = 65536;  // 65536 * 255 * 128 < 2^31: a sum of byte products fits in 32 bits
constexpr int64_t kCacheBytes = 384 * 1024;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
/// Uninitialised memory on a cache line of its own.
template <class T>
std::unique_ptr<T[], Free> buffer(int64_t n) {
  size_t bytes = (static_cast<size_t>(n) * sizeof(T) + 63) / 64 * 64;
  return std::unique_ptr<T[], Free>(static_cast<T*>(std::aligned_alloc(64, std::max<size_t>(bytes, 64))));
}

struct InputDigits {
  int bits, count;
  int32_t offset;  // added to a code before it is cut

  InputDigits(const FixedPoint& format, int digit_bits)
      : bits(digit_bits), count((format.bits + digit_bits - 1) / digit_bits), offset(-format.least()) {}
};

struct WeightBytes {
  int count;
  int32_t offset, low = 0, high = 0;  // what is taken off the byte, or off each of the two bytes

  explicit WeightBytes(const FixedPoint& f) : count(f.bits > 8 ? 2 : 1) {
    const int32_t centre =
        f.is_signed || f.bits % 8 != 0 ? 0 : 128;  // an unsigned byte does not fit a signed one
    low = count == 2 ? 128 : centre;
    high = count == 2 ? centre : 0;
    offset = low + 256 * high;
  }
  int8_t byte(int32_t weight, int j) const {
    if (count == 1) return static_cast<int8_t>(weight - low);
    return static_cast<int8_t>(j == 0 ? (weight & 255) - low : (weight >> 8) - high);
  }
};

// --- cutting and putting together, in the widest form of the processor
// ------------------------------------------

/// Digits of n codes; returns the sum of code + offset, which fits: n <= kMostRows.
template <int Digits>
[[gnu::always_inline]] inline uint32_t cut_body(const int32_t* codes, int64_t n, const InputDigits& d,
                                                uint8_t* out, int64_t step) {
  const uint32_t mask = (1U << d.bits) - 1;
  const int bits = d.bits;
  const auto offset = static_cast<uint32_t>(d.offset);
  uint32_t sum = 0;
  for (int64_t k = 0; k < n; ++k) {
    const uint32_t u = static_cast<uint32_t>(codes[k]) + offset;
    out[k] = static_cast<uint8_t>(u & mask);
    if constexpr (Digits > 1) out[k + step] = static_cast<uint8_t>((u >> bits) & mask);
    if constexpr (Digits > 2) out[k + 2 * step] = static_cast<uint8_t>((u >> (2 * bits)) & mask);
    sum += u;
  }
  return sum;
}
[[gnu::always_inline]] inline uint32_t cut_any(const int32_t* codes, int64_t n, const InputDigits& d,
                                               uint8_t* out, int64_t step) {
  if (d.count == 1) return cut_body<1>(codes, n, d, out, step);
  if (d.count == 2) return cut_body<2>(codes, n, d, out, step);
  return cut_body<3>(codes, n, d, out, step);
}
/// Where the byte products of one vector stand, and what turns them into sums.
struct Pieces {
  const int32_t* products;  // of digit 0 and byte 0
  int64_t digit_step, byte_step;
  int digit_bits;
  int64_t correction;
};
/// sums[o] += correction + sum over digits d and bytes j of products(d, j)[o] * 2^(digit_bits d + 8 j)
template <int Digits, int Bytes>
[[gnu::always_inline]] inline void join_body(const Pieces& p, int64_t outputs, int64_t* sums) {
  const int bits = p.digit_bits;
  for (int64_t o = 0; o < outputs; ++o) {
    auto sum = static_cast<uint64_t>(sums[o] + p.correction);
    for (int d = 0; d < Digits; ++d) {
      for (int j = 0; j < Bytes; ++j) {
        const int64_t product = p.products[d * p.digit_step + j * p.byte_step + o];
        sum += static_cast<uint64_t>(product) << (bits * d + 8 * j);
      }
    }
    sums[o] = static_cast<int64_t>(sum);
  }
}
[[gnu::always_inline]] inline void join_any(int digits, int bytes, const Pieces& p, int64_t outputs,
                                            int64_t* sums) {
  if (digits == 1) return bytes == 1 ? join_body<1, 1>(p, outputs, sums) : join_body<1, 2>(p, outputs, sums);
  if (digits == 2) return bytes == 1 ? join_body<2, 1>(p, outputs, sums) : join_body<2, 2>(p, outputs, sums);
  return bytes == 1 ? join_body<3, 1>(p, outputs, sums) : join_body<3, 2>(p, outputs, sums);
}

struct Loops {
  uint32_t (*cut)(const int32_t* codes, int64_t n, const InputDigits&, uint8_t* out, int64_t step);
  void (*join)(int digits, int bytes, const Pieces&, int64_t outputs, int64_t* sums);
};

uint32_t cut_plain(const int32_t* c, int64_t n, const InputDigits& d, uint8_t* o, int64_t s) {
  return cut_any(c, n, d, o, s);
}
void join_plain(int d, int b, const Pieces& p, int64_t n, int64_t* s) { join_any(d, b, p, n, s); }
#if defined(__x86_64__)
[[gnu::target("avx2")]] uint32_t cut_avx2(const int32_t* c, int64_t n, const InputDigits& d, uint8_t* o,
                                          int64_t s) {
  return cut_any(c, n, d, o, s);
}
[[gnu::target("avx2")]] void join_avx2(int d, int b, const Pieces& p, int64_t n, int64_t* s) {
  join_any(d, b, p, n, s);
}
[[gnu::target("avx512f,avx512bw,avx512vl")]] uint32_t cut_avx512(const int32_t* c, int64_t n,
                                                                 const InputDigits& d, uint8_t* o, int64_t s) {
  return cut_any(c, n, d, o, s);
}
[[gnu::target("avx512f,avx512bw,avx512vl")]] void join_avx512(int d, int b, const Pieces& p, int64_t n,
                                                              int64_t* s) {
  join_any(d, b, p, n, s);
}
#endif

Loops choose_loops() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return {cut_avx512, join_avx512};
  if (__builtin_cpu_supports("avx2")) return {cut_avx2, join_avx2};
#endif
  return {cut_plain, join_plain};
}

// --- the kernel
// ------------------------------------------------------------------------------------------------

class ByteKernel : public IntegerProduct::Kernel {
 public:
  ByteKernel(const ProductShape& shape, const FixedPoint& input, const FixedPoint& weight,
             std::span<const int32_t> weights, int digit_bits)
      : shape_(shape), digits_(input, digit_bits), bytes_(weight), loops_(choose_loops()) {
    for (int64_t g = 0; g < shape.groups; ++g) {
      for (int64_t first = 0; first < shape.rows; first += kMostRows) {
        add_part(g, first, std::min(kMostRows, shape.rows - first), weights);
      }
    }
    add_constants(weights);
  }

  int64_t vectors_at_once() const override {
    const int64_t rows = std::min(shape_.rows, kMostRows);
    const int64_t bytes = digits_.count * (rows + 4 * shape_.outputs * bytes_.count);
    return std::clamp(kCacheBytes / bytes, int64_t{64}, int64_t{512});
  }

  void multiply(const int32_t* inputs, int64_t vectors, int64_t* sums) const override {
    const int64_t in = shape_.groups * shape_.rows, out = shape_.groups * shape_.outputs;
    const int64_t stacked = (vectors + 15) / 16 * 16;  // few different sizes: each is compiled once by oneDNN
    auto cut = buffer<uint8_t>(digits_.count * stacked * std::min(shape_.rows, kMostRows));
    auto products = buffer<int32_t>(digits_.count * stacked * shape_.outputs * bytes_.count);
    for (int64_t v = 0; v < vectors; ++v) std::copy(constants_.begin(), constants_.end(), sums + v * out);
    std::vector<uint32_t> totals(static_cast<size_t>(vectors));
    for (const Part& part : parts_) {
      for (int64_t v = 0; v < vectors; ++v) {
        totals[static_cast<size_t>(v)] =
            loops_.cut(inputs + v * in + part.group * shape_.rows + part.first, part.rows, digits_,
                       &cut[v * part.rows], stacked * part.rows);
      }
      run(part, stacked, cut.get(), products.get());
      for (int64_t v = 0; v < vectors; ++v) {
        const Pieces pieces{&products[v * width()], stacked * width(), shape_.outputs, digits_.bits,
                            int64_t{bytes_.offset} * totals[static_cast<size_t>(v)]};
        loops_.join(digits_.count, bytes_.count, pieces, shape_.outputs,
                    sums + v * out + part.group * shape_.outputs);
      }
    }
  }

 private:
  /// Rows [first, first + rows) of a group.
  struct Part {
    int64_t group, first, rows;
    dnnl::memory weights;  // rows x (byte, output), as oneDNN wants it
  };
  using Type = dnnl::memory::data_type;
  using Tag = dnnl::memory::format_tag;

  int64_t width() const { return shape_.outputs * bytes_.count; }

  void add_part(int64_t group, int64_t first, int64_t rows, std::span<const int32_t> weights) {
    std::vector<int8_t> cut(static_cast<size_t>(rows * width()));
    for (int64_t o = 0; o < shape_.outputs; ++o) {
      const int32_t* from = &weights[static_cast<size_t>((group * shape_.outputs + o) * shape_.rows + first)];
      for (int j = 0; j < bytes_.count; ++j) {
        int8_t* to = cut.data() + j * shape_.outputs + o;
        for (int64_t r = 0; r < rows; ++r) to[r * width()] = bytes_.byte(from[r], j);
      }
    }
    auto any = dnnl::memory::desc({rows, width()}, Type::s8, Tag::any);
    auto plain = dnnl::memory::desc({rows, width()}, Type::s8, Tag::ab);
    dnnl::memory packed(description(any, rows, digits_.count * vectors_at_once()).weights_desc(), engine_);
    dnnl::memory source(plain, engine_, cut.data());
    dnnl::stream stream(engine_);
    dnnl::reorder(source, packed).execute(stream, source, packed);
    stream.wait();
    parts_.push_back({group, first, rows, std::move(packed)});
  }

  void add_constants(std::span<const int32_t> weights) {
    for (int64_t o = 0; o < shape_.groups * shape_.outputs; ++o) {
      const int32_t* row = weights.data() + o * shape_.rows;
      int64_t sum = 0;
      for (int64_t r = 0; r < shape_.rows; ++r) sum += row[r];
      constants_.push_back(-digits_.offset * sum);
    }
  }

  dnnl::matmul::primitive_desc description(const dnnl::memory::desc& weights, int64_t rows,
                                           int64_t height) const {
    dnnl::memory::desc inputs({height, rows}, Type::u8, Tag::ab),
        products({height, width()}, Type::s32, Tag::ab);
    return {dnnl::matmul::desc(inputs, weights, products), engine_};
  }

  void run(const Part& part, int64_t stacked, uint8_t* cut, int32_t* products) const {
    // Made where it runs, so that it expects the threads that it gets; oneDNN keeps the code of earlier ones.
    auto what = description(part.weights.get_desc(), part.rows, digits_.count * stacked);
    dnnl::memory source(what.src_desc(), engine_, cut), result(what.dst_desc(), engine_, products);
    dnnl::stream stream(engine_);
    dnnl::matmul(what).execute(
        stream, {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, part.weights}, {DNNL_ARG_DST, result}});
    stream.wait();
  }

  ProductShape shape_;
  InputDigits digits_;
  WeightBytes bytes_;
  Loops loops_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  std::vector<Part> parts_;
  std::vector<int64_t> constants_;  // of every output
};

}  // namespace

/// Without the VNNI instructions it adds pairs of products
/// in 16 bits, which saturates; 7-bit inputs leave room for the pair (2 * 127 * 128 < 2^15).
bool multiplies_full_bytes() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  constexpr dnnl::cpu_isa kExact[] = {dnnl::cpu_isa::avx2_vnni, dnnl::cpu_isa::avx512_core_vnni,
                                      dnnl::cpu_isa::avx512_core_bf16, dnnl::cpu_isa::avx512_core_amx};
  return std::find(std::begin(kExact), std::end(kExact), isa) != std::end(kExact);
}

std::unique_ptr<const IntegerProduct::Kernel> byte_kernel(const ProductShape& shape, const FixedPoint& input,
                                                          const FixedPoint& weight,
                                                          std::span<const int32_t> weights,
                                                          int input_digit_bits) {
  if (input_digit_bits == 0) input_digit_bits = multiplies_full_bytes() ? 8 : 7;
  return std::make_unique<ByteKernel>(shape, input, weight, weights, input_digit_bits);
}

}  // namespace ohmweave::tensor
