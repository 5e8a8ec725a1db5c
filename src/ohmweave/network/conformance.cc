// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/conformance.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "ohmweave/network/network.h"
#include "ohmweave/network/onnx_tensor.h"

namespace ohmweave::network {
namespace {

namespace fs = std::filesystem;
using tensor::Element;
using tensor::Tensor;

/// The model of a folder of data, by the rule of find_conformance_cases.
std::string model_of(const fs::path& folder, const std::string& models) {
  std::error_code ignored;
  if (fs::exists(folder / "model.onnx", ignored)) return (folder / "model.onnx").string();
  if (models.empty()) return "";
  fs::path tail, at = fs::absolute(folder);
  for (int names = 1; names <= 3 && at.has_filename(); ++names, at = at.parent_path()) {
    tail = tail.empty() ? at.filename() : at.filename() / tail;
    for (const char* ending : {".onnx", "/network.onnx", "/model.onnx"}) {
      const std::string path = (fs::path(models) / tail).string() + ending;
      if (fs::is_regular_file(path, ignored)) return path;
    }
  }
  return "";
}

Tensor read_pb(const std::string& path) {
  onnx::TensorProto proto;
  std::ifstream file(path, std::ios::binary);
  if (!proto.ParseFromIstream(&file)) base::fail(path, "is no tensor of ONNX, or is cut short");
  StoredTensor stored = read_tensor(proto, {path, nullptr, fs::path(path).parent_path().string()});
  if (!stored.values) base::fail(path, "the values of the tensor are missing");
  Tensor copy(stored.element, stored.shape);  // values may lie in the message, which goes
  std::copy_n(stored.values->raw(), copy.bytes(), copy.mutable_raw());
  return copy;
}

/// What a model says that decides how it is run and compared.
struct Facts {
  std::vector<std::string> inputs;
  bool half = false;       // some of it is stored in half precision
  bool quantized = false;  // a network of quantized operators, not one or two of them
};
Facts facts_of(const std::string& path) {
  onnx::ModelProto model;
  std::ifstream file(path, std::ios::binary);
  Facts facts;
  if (!model.ParseFromIstream(&file)) return facts;  // import says what is wrong
  const auto& graph = model.graph();
  auto is_half = [](int32_t type) {
    return type == onnx::TensorProto::FLOAT16 || type == onnx::TensorProto::BFLOAT16;
  };
  std::set<std::string> stored;
  for (const auto& t : graph.initializer()) {
    stored.insert(t.name());
    facts.half |= is_half(t.data_type());
  }
  for (const auto& info : graph.input()) {
    if (stored.count(info.name()) == 0) facts.inputs.push_back(info.name());
    facts.half |= is_half(info.type().tensor_type().elem_type());
  }
  for (const auto& info : graph.output()) facts.half |= is_half(info.type().tensor_type().elem_type());
  constexpr int kFewNodes = 10;
  for (const auto& node : graph.node()) {
    const std::string& op = node.op_type();
    const bool coded = op.starts_with("QLinear") || op.ends_with("QuantizeLinear") ||
                       op == "DequantizeLinear" || op.ends_with("Integer") || op == "QGemm";
    facts.quantized |= coded && graph.node_size() > kFewNodes;
  }
  return facts;
}

/// Which inputs are part of the network: whole numbers may say shapes, which have to be known when it is read.
enum class Known { None, Integers, All };

std::vector<Tensor> results_of(const std::string& model, const Facts& facts, const std::vector<Tensor>& given,
                               Known known) {
  LoadOptions options;
  std::vector<Tensor> inputs;
  if (given.size() > facts.inputs.size())
    base::fail(model, fmt::format("has {} inputs, {} are recorded", facts.inputs.size(), given.size()));
  for (size_t k = 0; k < given.size(); ++k) {
    const bool bound =
        known == Known::All || (known == Known::Integers && given[k].element() != Element::Float32);
    if (bound) {
      options.constants.emplace(facts.inputs[k], given[k]);
    } else {
      options.shapes.emplace(facts.inputs[k], given[k].shape());
      inputs.push_back(given[k]);
    }
  }
  return Reference(import_onnx(model, options).graph).run(inputs);
}

/// Largest difference of whole numbers.
int64_t steps_between(const Tensor& a, const Tensor& b) {
  const Tensor wide_a = a.to(Element::Int64), wide_b = b.to(Element::Int64);
  auto x = wide_a.data<int64_t>(), y = wide_b.data<int64_t>();
  uint64_t most = 0;
  for (size_t k = 0; k < x.size(); ++k) {
    const auto u = static_cast<uint64_t>(x[k]), v = static_cast<uint64_t>(y[k]);
    most = std::max(most, x[k] > y[k] ? u - v : v - u);
  }
  return static_cast<int64_t>(std::min<uint64_t>(most, INT64_MAX));
}

/// What is wrong with a result; empty if nothing is.
std::string difference(const Tensor& result, const Tensor& expected, const Facts& facts) {
  if (result.element() != expected.element() || result.shape() != expected.shape()) {
    return fmt::format("is {} {}, not {} {}", tensor::name_of(result.element()), tensor::print(result.shape()),
                       tensor::name_of(expected.element()), tensor::print(expected.shape()));
  }
  const size_t bytes = tensor::size_of(expected.element());
  if (expected.element() == Element::Float32 || expected.element() == Element::Float64) {
    constexpr double kSteps = 3.0 / 128;
    const double most = facts.quantized ? kSteps : facts.half ? 0x1p-11 : 1e-4;
    const double far = relative_distance(result, expected);
    return far <= most ? "" : fmt::format("is {:.2g} of the largest away, {:.2g} allowed", far, most);
  }
  const int64_t most = facts.quantized && bytes == 1 ? 3 : 0, far = steps_between(result, expected);
  return far <= most ? "" : fmt::format("is up to {} away, {} allowed", far, most);
}

ConformanceResult run_data_set(const ConformanceCase& c, const Facts& facts, const std::string& folder) {
  std::vector<Tensor> results, outputs;
  std::string failure;
  auto attempt = [&](Known known) {
    failure.clear();
    try {
      outputs = read_recorded(folder, "output");
      results = results_of(c.model, facts, read_recorded(folder, "input"), known);
    } catch (const base::Failure& f) {
      failure = f.diagnostics().all().empty() ? f.what() : f.diagnostics().all()[0].message;
    }
  };
  attempt(Known::None);
  for (Known known : {Known::Integers, Known::All}) {
    if (failure.find("must be known") != std::string::npos) attempt(known);
  }
  if (failure.find("not supported") != std::string::npos) return {Verdict::Unsupported, failure};
  if (!failure.empty()) return {Verdict::Fail, failure};
  if (results.size() < outputs.size())
    return {Verdict::Fail, fmt::format("{} results, {} recorded", results.size(), outputs.size())};
  for (size_t k = 0; k < outputs.size(); ++k) {
    const std::string wrong = difference(results[k], outputs[k], facts);
    if (!wrong.empty())
      return {Verdict::Fail, fmt::format("{}: output {} {}", fs::path(folder).filename().string(), k, wrong)};
  }
  return {};
}

}  // namespace

std::string name_of(Verdict verdict) {
  return verdict == Verdict::Pass ? "pass" : verdict == Verdict::Fail ? "fail" : "unsupported";
}

std::vector<ConformanceCase> find_conformance_cases(const std::string& folder, const std::string& models) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) base::fail(folder, "there is no such folder");
  std::map<std::string, ConformanceCase> found;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with("test_data_set_")) continue;
    if (!it->is_directory(error)) continue;
    const fs::path place = it->path().parent_path();
    std::string name = place.lexically_relative(folder).generic_string();
    if (name == ".") name = fs::absolute(place).lexically_normal().filename().string();
    ConformanceCase& c = found[name];
    c.name = name;
    if (c.data.empty()) c.model = model_of(place, models);
    c.data.push_back(it->path().string());
  }
  if (error) base::fail(folder, fmt::format("cannot be searched: {}", error.message()));
  if (found.empty()) base::fail(folder, "holds no test case (a folder with test_data_set_0)");
  std::vector<ConformanceCase> out;
  for (auto& [name, c] : found) {
    std::sort(c.data.begin(), c.data.end());
    out.push_back(std::move(c));
  }
  return out;
}

ConformanceResult run_conformance_case(const ConformanceCase& c) {
  if (c.model.empty())
    return {Verdict::Fail, "there is no model to the data (--models DIR names their folder)"};
  const Facts facts = facts_of(c.model);
  for (const std::string& folder : c.data) {
    ConformanceResult r = run_data_set(c, facts, folder);
    if (r.verdict != Verdict::Pass) return r;
  }
  return {};
}

std::vector<Tensor> read_recorded(const std::string& folder, const std::string& what) {
  std::vector<Tensor> out;
  for (int k = 0;; ++k) {
    const std::string path = fmt::format("{}/{}_{}.pb", folder, what, k);
    if (!fs::exists(path)) return out;
    out.push_back(read_pb(path));
  }
}

double relative_distance(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return HUGE_VAL;
  const Tensor wide_a = a.to(Element::Float64), wide_b = b.to(Element::Float64);
  auto x = wide_a.data<double>(), y = wide_b.data<double>();
  double most = 0, scale = 1e-30;
  for (size_t k = 0; k < x.size(); ++k) {
    if (std::isfinite(y[k])) scale = std::max(scale, std::abs(y[k]));
    if (x[k] == y[k] || (std::isnan(x[k]) && std::isnan(y[k]))) continue;  // also where both are infinite
    const double far = std::abs(x[k] - y[k]);
    most = std::isnan(far) ? HUGE_VAL : std::max(most, far);
  }
  return most / scale;
}

}  // namespace ohmweave::network
