// SPDX-License-Identifier: Apache-2.0
// ONNX's own conformance tests (onnx/backend/test): models of a node or two with inputs and outputs.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/onnx.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

namespace fs = std::filesystem;

const std::string kRoot = OHMWEAVE_REFERENCE_DATA "/onnx_backend";

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> recorded(const fs::path& folder, const std::string& what) {
  std::vector<std::string> out;
  for (int k = 0;; ++k) {
    const fs::path path = folder / fmt::format("{}_{}.pb", what, k);
    if (!fs::exists(path)) return out;
    out.push_back(bytes_of(path));
  }
}
/// Calls see(field, bytes) for the parts of a protobuf message that have a length.
template <class See>
void for_each_part(std::string_view message, See see) {
  auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0; !message.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(message[0]);
      message.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 127) << shift;
      if (byte < 128) break;
    }
    return value;
  };
  while (!message.empty()) {
    const uint64_t key = varint(), kind = key & 7;
    if (kind == 0) varint();
    const size_t size = kind == 2 ? varint() : kind == 5 ? 4 : kind == 1 ? 8 : 0;
    if (kind == 2) see(key >> 3, message.substr(0, size));
    message.remove_prefix(std::min(size, message.size()));
  }
}
/// Names of a model's inputs, in order: ModelProto.graph = 7, GraphProto.input = 11, ValueInfoProto.name = 1.
std::vector<std::string> input_names(const std::string& model) {
  std::vector<std::string> out;
  for_each_part(model, [&](uint64_t field, std::string_view graph) {
    if (field != 7) return;
    for_each_part(graph, [&](uint64_t in_graph, std::string_view input) {
      if (in_graph != 11) return;
      for_each_part(input, [&](uint64_t in_input, std::string_view name) {
        if (in_input == 1) out.emplace_back(name);
      });
    });
  });
  return out;
}

/// Which inputs are part of the network: whole numbers may say shapes, which have to be known when it is read.
enum class Known { None, Integers, All };

std::vector<Tensor> results_of(std::string model, const fs::path& data, Known known) {
  const std::vector<std::string> names = input_names(model);
  const std::vector<std::string> given = recorded(data, "input");
  std::vector<Tensor> inputs;
  for (size_t k = 0; k < given.size(); ++k) {
    Tensor t = stored_tensor(given[k]);
    if (known == Known::All || (known == Known::Integers && t.element() != Element::Float32))
      model = with_constant(model, names[k], given[k]);
    else
      inputs.push_back(std::move(t));
  }
  return Reference(import_onnx_bytes(model, "model").graph).run(inputs);
}

struct Verdict {
  enum class Kind { Passed, Unsupported, Failed } kind = Kind::Passed;
  std::string message;
};
Verdict verdict_of(const fs::path& folder) {
  const std::string model = bytes_of(folder / "model.onnx");
  const fs::path data = folder / "test_data_set_0";
  std::vector<Tensor> results;
  auto attempt = [&](Known known) { return message_of([&] { results = results_of(model, data, known); }); };
  std::string failure = attempt(Known::None);
  for (Known known : {Known::Integers, Known::All}) {
    if (failure.find("must be known") != std::string::npos) failure = attempt(known);
  }
  if (failure.find("is not supported") != std::string::npos) return {Verdict::Kind::Unsupported, failure};
  if (failure != "no failure") return {Verdict::Kind::Failed, failure};
  // Half precision is computed as float: it is not rounded to its 11 bits.
  const double most = folder.string().find("FLOAT16") == std::string::npos ? 1e-4 : 0x1p-11;
  const std::vector<std::string> outputs = recorded(data, "output");
  for (size_t k = 0; k < outputs.size(); ++k) {
    const Tensor expected = stored_tensor(outputs[k]);
    const double far = distance(results[k], expected);
    if (results[k].element() == expected.element() && far <= most) continue;
    return {Verdict::Kind::Failed,
            fmt::format("output {} is {} {}, not {}: {} away", k, tensor::name_of(results[k].element()),
                        tensor::print(results[k].shape()), tensor::print(expected.shape()), far)};
  }
  return {};
}

/// Operators that are still to come. One that is here by now has to leave the list.
const std::set<std::string> kMissing = {"And",
                                        "Celu",
                                        "ConvInteger",
                                        "ConvTranspose",
                                        "Cos",
                                        "CumSum",
                                        "DepthToSpace",
                                        "DequantizeLinear",
                                        "DynamicQuantizeLinear",
                                        "Einsum",
                                        "EyeLike",
                                        "GatherElements",
                                        "GatherND",
                                        "Gelu",
                                        "GreaterOrEqual",
                                        "GroupNormalization",
                                        "Hardmax",
                                        "LessOrEqual",
                                        "MatMulInteger",
                                        "MeanVarianceNormalization",
                                        "Not",
                                        "OneHot",
                                        "Or",
                                        "QLinearConv",
                                        "QLinearMatMul",
                                        "QuantizeLinear",
                                        "Resize",
                                        "Sin",
                                        "Softsign",
                                        "SpaceToDepth",
                                        "ThresholdedRelu",
                                        "TopK",
                                        "Trilu",
                                        "Upsample",
                                        "Xor",
                                        "CastLike"};

std::vector<std::string> case_names() {
  std::vector<std::string> out;
  std::ifstream index(kRoot + "/INDEX.tsv");
  std::string line;
  std::getline(index, line);
  while (std::getline(index, line)) out.push_back(line.substr(0, line.find('\t')));
  return out;
}

/// A part of the cases, so that each test is short.
class Conformance : public testing::TestWithParam<size_t> {};

TEST_P(Conformance, OfOperators) {
  const std::vector<std::string> names = case_names();
  if (names.empty()) GTEST_SKIP() << "no reference data in " << kRoot;
  for (size_t k = GetParam(); k < names.size(); k += 8) {
    const Verdict v = verdict_of(kRoot + "/" + names[k]);
    EXPECT_TRUE(v.kind != Verdict::Kind::Failed) << names[k] << ": " << v.message;
    if (v.kind != Verdict::Kind::Unsupported) continue;
    if (v.message.find("training is not supported") != std::string::npos) continue;
    const bool expected = std::any_of(kMissing.begin(), kMissing.end(), [&](const std::string& op) {
      return v.message.find("the operator " + op + " ") != std::string::npos;
    });
    EXPECT_TRUE(expected) << names[k] << ": " << v.message;
  }
}
INSTANTIATE_TEST_SUITE_P(Parts, Conformance, testing::Range<size_t>(0, 8));

TEST(Missing, AreStillMissing) {
  for (const std::string& op : kMissing) {
    OnnxModel model(18);
    model.input("x", {"1"}).node(OnnxNode(op, {"x"}, {"y"})).output("y");
    EXPECT_NE(message_of([&] { model.load(); }).find("not supported"), std::string::npos) << op;
  }
}

}  // namespace
}  // namespace ohmweave::network
