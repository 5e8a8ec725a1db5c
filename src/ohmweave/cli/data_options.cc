// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/data_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/network/data.h"

namespace ohmweave::cli {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// A number, or the array of a file.
tensor::Tensor value_of(const std::string& word) {
  if (word.starts_with("npy:")) return network::read_npy(word.substr(4));
  const std::vector<double> number = {number_of("--bind", word)};
  return tensor::Tensor::of<double>({}, number);
}

}  // namespace

network::Preprocessing preprocessing(const Arguments& arguments) {
  network::Preprocessing out;
  out.div = arguments.real("--div", out.div);
  out.mean = arguments.reals("--mean", 0);
  out.std = arguments.reals("--std", 1);
  out.bgr = arguments.given("--bgr");
  out.transpose_hw = arguments.given("--transpose-hw");
  out.nhwc = lower(arguments.text("--layout")) == "nhwc";
  return out;
}

network::PictureOptions pictures(const Arguments& arguments) {
  network::PictureOptions out;
  for (auto& [option, extents] : {std::pair{"--resize", &out.resize}, {"--crop", &out.crop}}) {
    *extents = arguments.shape(option, "256 or 256,320");
    constexpr int64_t kMostSide = 1 << 16;
    const bool fits = std::all_of(extents->begin(), extents->end(), [](int64_t n) { return n <= kMostSide; });
    if (extents->size() > 2 || !fits)
      base::fail(option, fmt::format("'{}' is no size of a picture; it should look like 256 or 256,320",
                                     arguments.text(option)));
  }
  for (const auto& [word, how] : config::Words<network::Interpolation>::values) {
    if (lower(arguments.text("--interpolation")) == word) out.interpolation = how;
  }
  if (arguments.given("--colour"))
    out.colour = lower(arguments.text("--colour")) == "rgb" ? network::PictureOptions::Colour::Rgb
                                                            : network::PictureOptions::Colour::Grey;
  return out;
}

network::Windows windows(const Arguments& arguments) {
  const tensor::Shape given = arguments.shape("--window", "640,128");
  if (given.empty()) return {};
  if (given.size() > 2)
    base::fail("--window", fmt::format("'{}' is no length and step; it should look like 640,128",
                                       arguments.text("--window")));
  return {given.front(), given.back()};
}

report::MetricOptions metric(const Arguments& arguments) {
  report::MetricOptions out;
  for (const auto& [word, kind] : config::Words<report::MetricKind>::values) {
    if (lower(arguments.text("--metric")) == word) out.kind = kind;
  }
  if (arguments.given("--padding")) out.padding = arguments.integer("--padding", 0, 0);
  return out;
}

network::LoadOptions load_options(const Arguments& arguments) {
  network::LoadOptions out;
  for (const std::string& word : arguments.all("--shape")) {
    const size_t at = word.rfind('=');
    if (at == std::string::npos) {
      if (!out.input_shape.empty()) base::fail("--shape", "is given twice for the first input");
      out.input_shape = shape_of("--shape", word, "1,3,224,224");
    } else {
      out.shapes[word.substr(0, at)] = shape_of("--shape", word.substr(at + 1), "1,3,224,224");
    }
  }
  for (const std::string& word : arguments.all("--bind")) {
    const size_t at = word.find('=');
    if (at == std::string::npos || at == 0)
      base::fail("--bind", fmt::format("'{}' is not NAME=VALUE; it should look like sr=16000", word));
    out.constants[word.substr(0, at)] = value_of(word.substr(at + 1));
  }
  return out;
}

}  // namespace ohmweave::cli
