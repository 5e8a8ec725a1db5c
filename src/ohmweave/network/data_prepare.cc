// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/network/data.h"

namespace ohmweave::network {
namespace {

using tensor::Element;

/// A sample as rows, columns and channels; anything but a picture is one long row.
struct Extents {
  int64_t height = 1, width = 1, channels = 1;
  bool planes = false;  // channels stand one after another, not pixel by pixel
  int64_t count() const { return height * width * channels; }
};

/// The order of a prepared picture, without the batch.
tensor::Shape prepared_shape(const Extents& e, bool transpose, bool nhwc) {
  int64_t rows = transpose ? e.width : e.height, columns = transpose ? e.height : e.width;
  return nhwc ? tensor::Shape{rows, columns, e.channels} : tensor::Shape{e.channels, rows, columns};
}

Extents extents_of(const DataSet& data, const Preprocessing& how, const tensor::Shape& input) {
  tensor::Shape s = data.sample_shape();
  if (!data.pictures()) return {1, tensor::count(s), 1, false};
  OHMWEAVE_CHECK(s.size() == 3, "pictures are H x W x C");
  const Extents e{s[0], s[1], s[2], false};
  // Arrays that are no bytes are often the network's input itself, channels first.
  const tensor::Shape wanted(input.begin() + 1, input.end());
  const bool as_taken = s == wanted && prepared_shape(e, how.transpose_hw, how.nhwc) != wanted && !how.nhwc;
  if (!as_taken || data.size() == 0 || data.samples(0, 1).element() == Element::UInt8) return e;
  return {s[1], s[2], s[0], true};
}

void check_numbers(const DataSet& data, const Preprocessing& how, const Extents& e, base::Diagnostics& d) {
  auto error = [&](std::string message) { d.error(base::whole(data.name()), std::move(message)); };
  auto usable = [](double x) { return std::isfinite(x) && x != 0; };
  if (!usable(how.div)) error(fmt::format("--div {}: pixels cannot be divided by it", how.div));
  for (const auto& [flag, values] :
       {std::pair<const char*, const std::vector<double>&>{"--mean", how.mean}, {"--std", how.std}}) {
    auto n = static_cast<int64_t>(values.size());
    if (n != 1 && n != e.channels)
      error(fmt::format("{}: {} values given; the samples have {} channel{}", flag, n, e.channels,
                        e.channels == 1 ? "" : "s"));
  }
  for (double x : how.std) {
    if (!usable(x)) error(fmt::format("--std {}: values cannot be divided by it", x));
  }
  for (double x : how.mean) {
    if (!std::isfinite(x)) error(fmt::format("--mean {}: not a number to subtract", x));
  }
  if (!data.pictures() && (how.bgr || how.transpose_hw)) {
    error(fmt::format("{} is for pictures; these samples are {}", how.bgr ? "--bgr" : "--transpose-hw",
                      tensor::print(data.sample_shape())));
  }
}

void check_shape(const DataSet& data, const Preprocessing& how, const Extents& e, const tensor::Shape& input,
                 base::Diagnostics& d) {
  tensor::Shape per_sample(input.begin() + 1, input.end());
  std::string samples = tensor::print(data.sample_shape()), wanted = tensor::print(per_sample);
  std::string said =
      fmt::format("samples of {} do not fit the network's input of {}", samples, tensor::print(input));
  auto error = [&](const std::string& hint) { d.error(base::whole(data.name()), said + hint); };
  if (tensor::count(per_sample) != e.count()) {
    if (tensor::count(input) == e.count() && input[0] != 1) {
      tensor::Shape with_batch = input;
      with_batch.insert(with_batch.begin(), 1);
      return error(fmt::format(
          ": its first extent is taken for the batch; if it has none, run the network with --shape {}",
          fmt::join(with_batch, ",")));
    }
    std::string size;  // that --resize would make fit
    if (data.pictures() && per_sample.size() == 3) {
      const size_t rows = how.nhwc ? 0 : 1;
      if (per_sample[how.nhwc ? 2 : 0] == e.channels)
        size = fmt::format("--resize {},{}, ", per_sample[rows], per_sample[rows + 1]);
    }
    return error(
        fmt::format(": {} elements per sample, but {} are taken; try {}other data, or another --shape if the "
                    "network allows it",
                    e.count(), tensor::count(per_sample), size));
  }
  if (!data.pictures() || e.channels == 1 || per_sample.size() != 3) return;
  bool ours = per_sample == prepared_shape(e, how.transpose_hw, how.nhwc),
       others = per_sample == prepared_shape(e, how.transpose_hw, !how.nhwc);
  if (!ours && others)
    error(fmt::format(" in this order of axes; try --layout {}", how.nhwc ? "nchw" : "nhwc"));
}

/// (pixel / div - mean) / std of one channel of the network.
struct Scaling {
  double div, mean, std;
  float operator()(double pixel) const { return static_cast<float>((pixel / div - mean) / std); }
};

/// Steps between neighbours in the prepared picture.
struct Steps {
  int64_t channel, row, column;
};

template <class T, class Convert>
void convert_channel(const T* from, const Extents& e, float* to, const Steps& steps, Convert convert) {
  const int64_t step = e.planes ? 1 : e.channels;
  for (int64_t y = 0; y < e.height; ++y) {
    const T* row = from + y * e.width * step;
    for (int64_t x = 0; x < e.width; ++x) to[y * steps.row + x * steps.column] = convert(row[x * step]);
  }
}

}  // namespace

tensor::Tensor prepare(const DataSet& data, int64_t begin, int64_t end, const Preprocessing& how,
                       const tensor::Shape& input) {
  OHMWEAVE_CHECK(!input.empty() && begin >= 0 && begin <= end && end <= data.size(),
                 "samples outside of the set, or an input without a batch");
  Extents e = extents_of(data, how, input);
  base::Diagnostics d;
  check_numbers(data, how, e, d);
  check_shape(data, how, e, input, d);
  d.stop_if_errors();

  tensor::Tensor raw = data.samples(begin, end);
  if (raw.element() != Element::UInt8) raw = raw.to(Element::Float32);
  tensor::Shape shape = input;
  shape[0] = end - begin;
  tensor::Tensor out = tensor::Tensor::uninitialized(Element::Float32, shape);
  tensor::Shape order = prepared_shape(e, how.transpose_hw, how.nhwc);
  int64_t outer = order[1] * order[2], inner = order[2];
  Steps steps = how.nhwc ? Steps{1, outer, inner} : Steps{outer, inner, 1};
  if (how.transpose_hw) std::swap(steps.row, steps.column);

  bool bytes = raw.element() == Element::UInt8;
  std::vector<Scaling> scalings;
  std::vector<float> table;  // of all 256 pixels, per channel
  for (int64_t c = 0; c < e.channels; ++c) {
    auto pick = [&](const std::vector<double>& v) { return v.size() == 1 ? v[0] : v[static_cast<size_t>(c)]; };
    scalings.push_back({how.div, pick(how.mean), pick(how.std)});
    for (int pixel = 0; bytes && pixel < 256; ++pixel) table.push_back(scalings.back()(pixel));
  }
  float* to = out.mutable_data<float>().data();
  base::parallel_for(end - begin, [&](int64_t sample) {
    for (int64_t c = 0; c < e.channels; ++c) {
      int64_t from = sample * e.count() + (how.bgr ? e.channels - 1 - c : c) * (e.planes ? outer : 1);
      float* target = to + sample * e.count() + c * steps.channel;
      if (bytes) {
        const float* values = table.data() + c * 256;
        convert_channel(raw.data<uint8_t>().data() + from, e, target, steps,
                        [&](uint8_t pixel) { return values[pixel]; });
      } else {
        convert_channel(raw.data<float>().data() + from, e, target, steps, scalings[static_cast<size_t>(c)]);
      }
    }
  });
  return out;
}

}  // namespace ohmweave::network
