// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/network/network.h"

namespace ohmweave::network {
namespace {

namespace fs = std::filesystem;

bool is_text(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }
bool is_onnx(const fs::path& path) { return path.extension() == ".onnx"; }

/// The first line of comment of a network description that is not its licence.
std::string first_comment(const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line) && line.rfind('#', 0) == 0;) {
    size_t begin = line.find_first_not_of("# ");
    if (begin != std::string::npos && line.find("SPDX-") == std::string::npos) return line.substr(begin);
  }
  return "";
}

Loaded load_text(const std::string& path, const LoadOptions& options) {
  Loaded loaded{read_text(path), {}};
  if (options.input_shape.empty()) return loaded;
  const tensor::Shape& shape = loaded.graph.value(loaded.graph.inputs.at(0)).shape;
  const tensor::Shape& given = options.input_shape;
  bool fits = given.size() == shape.size() && (given.size() < 4 || given[1] == shape[1]);
  if (!fits)
    base::fail(path, fmt::format("the input is {}, not {}", tensor::print(shape), tensor::print(given)));
  const tensor::Shape sample(given.begin() + 1, given.end());
  if (!std::equal(sample.begin(), sample.end(), shape.begin() + 1)) loaded.graph = read_text(path, sample);
  std::optional<Graph> batched = with_batch(loaded.graph, given[0]);
  if (!batched)
    base::fail(path, fmt::format("the network takes one sample at a time, not {}", tensor::print(given)));
  loaded.graph = std::move(*batched);
  return loaded;
}

/// An imported network is called by its file, without folder and ending.
Loaded load_onnx(const std::string& path, const LoadOptions& options) {
  Loaded loaded = import_onnx(path, options);
  loaded.graph.name = fs::path(path).stem().string();
  return loaded;
}

}  // namespace

Loaded load(const std::string& name_or_path, const LoadOptions& options) {
  if (is_onnx(name_or_path)) return load_onnx(name_or_path, options);
  if (is_text(name_or_path)) return load_text(name_or_path, options);
  std::vector<std::string> names;
  for (const NamedNetwork& known : named_networks()) {
    if (known.name == name_or_path) return load(known.path, options);
    names.push_back(known.name);
  }
  std::error_code ignored;
  if (fs::exists(name_or_path, ignored)) base::fail(name_or_path, "a network must be a .onnx or .yaml file");
  base::fail(name_or_path, "there is no such network" + base::did_you_mean(name_or_path, names));
}

std::vector<NamedNetwork> named_networks() {
  std::vector<NamedNetwork> found;
  std::error_code error;
  for (fs::directory_iterator it(fs::path(base::data_folder()) / "networks", error), end; it != end;
       it.increment(error)) {
    const fs::path& path = it->path();
    if (is_text(path)) found.push_back({path.stem().string(), first_comment(path.string()), path.string()});
    if (is_onnx(path)) found.push_back({path.stem().string(), describe_onnx(path.string()), path.string()});
  }
  std::sort(found.begin(), found.end(),
            [](const NamedNetwork& a, const NamedNetwork& b) { return a.name < b.name; });
  return found;
}

}  // namespace ohmweave::network
