// SPDX-License-Identifier: Apache-2.0
// Real trained networks on real data sets beside what onnxruntime made of them: recorded outputs of one sample,
// the class of every sample, and the share of right ones.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ohmweave/network/conformance.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/passes.h"
#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/onnx.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

namespace fs = std::filesystem;

const std::string kFolder = OHMWEAVE_REFERENCE_DATA;

/// onnxruntime computes these in whole numbers, we in float: what lies halfway between two codes may become
/// either.
bool is_quantized(const std::string& model) { return model.find("int8") != std::string::npos; }
std::string as_test_name(std::string text) {
  for (char& c : text) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return text;
}

/// A row of REFERENCES.tsv.
struct Row {
  std::string model, data, preprocessing;
  int64_t samples = 0;
  double top1 = 0;  // percent
  friend void PrintTo(const Row& r, std::ostream* out) { *out << r.model << " on " << r.data; }
};
std::vector<Row> rows() {
  std::vector<Row> out;
  std::ifstream file(kFolder + "/REFERENCES.tsv");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, '\t');) cells.push_back(cell);
    if (cells.size() < 6) continue;
    const std::string model = cells[0].substr(cells[0].find('/') + 1);
    out.push_back({model, cells[1], cells[2], std::stoll(cells[3]), std::stod(cells[4])});
  }
  if (out.empty()) out.push_back({"no reference data", "", "", 0, 0});
  return out;
}

/// The samples of a row of REFERENCES.tsv, and where the labels of arrays stand.
std::unique_ptr<DataSet> open_set(const std::string& name) {
  const std::string folder = kFolder + "/datasets/";
  if (name == "mnist_t10k") return open_data("mnist:" + folder + "mnist");
  if (name == "cifar10_lossless_mix_649")
    return open_data("cifar10:" + folder + "cifar10/test_lossless_mix.bin");
  if (name == "cifar10_jpeg2k") return open_data("cifar10:" + folder + "cifar10/test_jpeg2k.bin.gz");
  if (name == "cifar10_ic01_200")
    return open_data("cifar10:" + folder + "cifar10/test_mlperftiny_ic01_200_lossless.bin");
  const char* group = name.starts_with("sample") ? "imagenet_sample"
                      : name.starts_with("vww")  ? "mlperf_tiny"
                                                 : "gtsrb";
  return open_data(fmt::format("npy:{}{}/{}.npy", folder, group, name));
}
std::vector<int64_t> labels_of(const Row& row, const DataSet& data) {
  if (data.labels()) return *data.labels();
  const std::string folder = kFolder + "/datasets/";
  std::string file = "gtsrb/test_500_y.npy";
  if (row.data.starts_with("vww")) file = "mlperf_tiny/vww01_100_y.npy";
  if (row.data.starts_with("sample"))  // some have a class 0 for what is none of the thousand
    file = std::string("imagenet_sample/labels") +
           (row.model.find("mobilenet") < row.model.size() ? "_plus1.npy" : ".npy");
  const Tensor labels = read_npy(folder + file).to(Element::Int64);
  auto from = labels.data<int64_t>();
  return {from.begin(), from.end()};
}
std::vector<double> numbers(const std::string& list) {
  std::vector<double> out;
  std::istringstream stream(list);
  for (std::string n; std::getline(stream, n, ',');) out.push_back(std::stod(n));
  return out;
}
/// The preprocessing of a row; `shape` is that of the network's input if it says one.
Preprocessing parse(const std::string& options, Shape& shape) {
  Preprocessing out;
  std::istringstream words(options);
  for (std::string word, value; words >> word;) {
    if (word == "--bgr") out.bgr = true;
    if (word == "--bgr") continue;
    words >> value;
    if (word == "--div") out.div = std::stod(value);
    if (word == "--mean") out.mean = numbers(value);
    if (word == "--std") out.std = numbers(value);
    if (word == "--layout") out.nhwc = value == "NHWC";
    if (word != "--shape") continue;
    for (double n : numbers(value)) shape.push_back(static_cast<int64_t>(n));
  }
  return out;
}
std::string golden_of(const std::string& model) {
  return kFolder + "/golden/" + fs::path(model).replace_extension().string();
}
std::vector<int64_t> classes_of(const Tensor& scores) {
  std::vector<int64_t> out;
  const int64_t each = scores.size() / scores.dim(0);
  auto values = scores.data<float>();
  for (auto at = values.begin(); at != values.end(); at += each)
    out.push_back(std::max_element(at, at + each) - at);
  return out;
}

class Classifiers : public testing::TestWithParam<Row> {};

/// As many samples as take a moment, of the small networks all of them.
TEST_P(Classifiers, SeeWhatOnnxruntimeSees) {
  constexpr int64_t kWork = 1'500'000'000;  // multiply-accumulates
  const Row& row = GetParam();
  if (row.samples == 0) GTEST_SKIP() << "no reference data in " << kFolder;
  LoadOptions options;
  const Preprocessing how = parse(row.preprocessing, options.input_shape);
  const Graph graph = load(kFolder + "/models/" + row.model, options).graph;
  const auto data = open_set(row.data);
  ASSERT_EQ(data->size(), row.samples);
  const int64_t samples = std::min(row.samples, kWork / multiply_accumulates(graph));
  Reference reference(graph);
  const Tensor scores =
      reference.run(std::vector{prepare(*data, 0, samples, how, graph.value(graph.inputs[0]).shape)})[0];
  const std::vector<int64_t> classes = classes_of(scores);
  const Tensor expected = read_npy(golden_of(row.model) + "/pred_" + row.data + ".npy").to(Element::Int64);
  const std::vector<int64_t> labels = labels_of(row, *data);
  int64_t right = 0, others = 0;
  for (size_t k = 0; k < classes.size(); ++k) {
    others += classes[k] != expected.data<int64_t>()[k];
    EXPECT_TRUE(classes[k] == expected.data<int64_t>()[k] || is_quantized(row.model)) << "sample " << k;
    right += classes[k] == labels[k];
  }
  // Of quantized networks a code that lies between two falls to either side by the order of additions, which
  // differs from one set of instructions to the next.
  EXPECT_LE(others,
            is_quantized(row.model) ? std::max<int64_t>(samples / 50, 2) : std::max<int64_t>(samples / 100, 1));
  if (samples == row.samples && !is_quantized(row.model)) {
    EXPECT_NEAR(100.0 * static_cast<double>(right) / static_cast<double>(samples), row.top1, 5e-4);
  }
  const std::string logits = golden_of(row.model) + "/logits_" + row.data + ".npy";
  if (!fs::exists(logits) || is_quantized(row.model)) return;
  const Tensor recorded = read_npy(logits).slice(0, samples);
  EXPECT_LE(distance(scores.reshaped(recorded.shape()), recorded), 1e-4);
}
INSTANTIATE_TEST_SUITE_P(Rows, Classifiers, testing::ValuesIn(rows()),
                         [](const auto& row) { return as_test_name(row.param.model + "_" + row.param.data); });

/// A folder of recorded inputs and outputs.
struct Recording {
  std::string model, folder;
  friend void PrintTo(const Recording& r, std::ostream* out) { *out << r.folder; }
};
std::vector<Recording> recordings() {
  std::vector<Recording> out;
  if (fs::exists(kFolder + "/golden")) {
    for (const auto& entry : fs::recursive_directory_iterator(kFolder + "/golden")) {
      const fs::path& path = entry.path();
      if (!path.filename().string().starts_with("test_data_set_")) continue;
      const fs::path model = fs::relative(path.parent_path(), kFolder + "/golden");
      const bool alone = fs::exists(fs::path(kFolder) / "models" / model / "network.onnx");
      out.push_back({alone ? model.string() + "/network.onnx" : model.string() + ".onnx", path.string()});
    }
  }
  std::sort(out.begin(), out.end(), [](const Recording& a, const Recording& b) { return a.folder < b.folder; });
  if (out.empty()) out.push_back({"no reference data", ""});
  return out;
}
std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
/// The letters of a vocabulary {"a": 1, ...}.
std::map<char, int64_t> numbers_of_letters(const std::string& json) {
  std::map<char, int64_t> out;
  for (size_t at = json.find('"'); at != std::string::npos; at = json.find('"', at)) {
    char letter = json[++at];
    if (letter == '\\') letter = json[++at] == 'n' ? '\n' : json[at];
    at = json.find(':', at + 2) + 1;
    out[letter] = std::stoll(json.substr(at));
  }
  return out;
}

class Recordings : public testing::TestWithParam<Recording> {};

TEST_P(Recordings, AreReproduced) {
  const Recording& r = GetParam();
  if (r.folder.empty()) GTEST_SKIP() << "no reference data in " << kFolder;
  const std::vector<Tensor> inputs = read_recorded(r.folder, "input"),
                            outputs = read_recorded(r.folder, "output");
  ASSERT_FALSE(outputs.empty());
  LoadOptions options;
  options.input_shape = inputs[0].shape();
  std::optional<Graph> graph;
  const std::string failure = message_of([&] { graph = load(kFolder + "/models/" + r.model, options).graph; });
  ASSERT_TRUE(graph) << failure;
  // onnxruntime computes half-precision networks in half precision, 11 bits of it; we do in float.
  // Of quantized ones some codes are others, but none far.
  const double most = is_quantized(r.model)                       ? 6.0 / 256
                      : r.model.find("fp16") == std::string::npos ? 1e-4
                                                                  : 0x1p-11;
  std::vector<Tensor> results = Reference(*graph).run(inputs);
  ASSERT_EQ(results.size(), outputs.size());
  for (size_t k = 0; k < results.size(); ++k)
    EXPECT_LE(distance(results[k], outputs[k]), most) << "output " << k;
  fold_batch_norm(*graph);
  results = Reference(*graph).run(inputs);
  for (size_t k = 0; k < results.size(); ++k)
    EXPECT_LE(distance(results[k], outputs[k]), most) << "output " << k << " with batch norm folded";
}
INSTANTIATE_TEST_SUITE_P(Files, Recordings, testing::ValuesIn(recordings()), [](const auto& r) {
  return as_test_name(r.param.model + "_" + fs::path(r.param.folder).filename().string());
});

/// REFERENCES_OTHER.tsv: 100 chunks of 200 letters of Shakespeare, each from a zero state, all of them as
/// samples of one run (the file has [steps, samples]).
TEST(Letters, AreForeseenAsOnnxruntimeForesawThem) {
  const std::string folder = kFolder + "/models/charlstm_shakespeare/";
  if (!fs::exists(folder)) GTEST_SKIP() << "no reference data in " << kFolder;
  constexpr int64_t kSteps = 200, kChunks = 100, kLetters = 65;
  const std::string text = bytes_of(kFolder + "/datasets/text/tinyshakespeare.txt").substr(0, kSteps * kChunks);
  const std::map<char, int64_t> numbers = numbers_of_letters(bytes_of(folder + "vocab.json"));
  ASSERT_EQ(numbers.size(), static_cast<size_t>(kLetters));
  Tensor ids(Element::Int64, {kSteps, kChunks});
  auto letter = [&](int64_t step, int64_t chunk) {
    return numbers.at(text[static_cast<size_t>(chunk * kSteps + step)]);
  };
  for (int64_t k = 0; k < kSteps * kChunks; ++k)
    ids.mutable_data<int64_t>()[static_cast<size_t>(k)] = letter(k / kChunks, k % kChunks);
  LoadOptions options;
  options.input_shape = {kSteps, 1};
  const Graph graph = load(folder + "charlstm.onnx", options).graph;
  EXPECT_EQ(graph.batch_axes, std::vector<int>{1});
  const Tensor scores = Reference(graph).run(std::vector{ids})[0];
  ASSERT_EQ(scores.shape(), (Shape{kSteps, kChunks, kLetters}));
  double bits = 0;
  int64_t right = 0, all = 0;
  for (int64_t step = 0; step + 1 < kSteps; ++step) {
    for (int64_t chunk = 0; chunk < kChunks; ++chunk, ++all) {
      const float* s = scores.data<float>().data() + (step * kChunks + chunk) * kLetters;
      const int64_t next = letter(step + 1, chunk);
      double sum = 0;
      for (int64_t k = 0; k < kLetters; ++k) sum += std::exp(static_cast<double>(s[k]));
      bits += std::log2(sum) - s[next] / std::log(2.0);
      right += std::max_element(s, s + kLetters) - s == next;
    }
  }
  EXPECT_NEAR(bits / static_cast<double>(all), 2.0612, 5e-5);
  EXPECT_NEAR(100.0 * static_cast<double>(right) / static_cast<double>(all), 57.05, 5e-3);
}

/// Topologies of ImageNet networks with constant weights, and their results for the numbers 0, 1/n, 2/n, ...
/// (ONNX's "light" models).
class Topologies : public testing::TestWithParam<std::string> {};

TEST_P(Topologies, GiveTheirRecordedResults) {
  const std::string folder = kFolder + "/models/light/";
  if (!fs::exists(folder)) GTEST_SKIP() << "no reference data in " << kFolder;
  const Graph graph = load(folder + GetParam() + "/model.onnx").graph;
  Tensor input = read_npy(folder + "input_arange.npy").to(Element::Float32);
  const Shape& shape = graph.value(graph.inputs[0]).shape;
  ASSERT_LE(tensor::count(shape), input.size());
  std::vector<float> numbers(static_cast<size_t>(tensor::count(shape)));
  for (size_t k = 0; k < numbers.size(); ++k)
    numbers[k] = static_cast<float>(k) / static_cast<float>(numbers.size());
  const Tensor expected = stored_tensor(bytes_of(folder + GetParam() + "/output_0.pb"));
  const Tensor result = Reference(graph).run(std::vector{Tensor::of<float>(shape, numbers)})[0];
  EXPECT_LE(distance(result.reshaped(expected.shape()), expected), 1e-4);
}
INSTANTIATE_TEST_SUITE_P(Light, Topologies,
                         testing::Values("bvlc_alexnet", "inception_v1", "resnet50", "squeezenet"),
                         [](const auto& name) { return name.param; });

/// The story that a decoder of 260 thousand weights tells: every token the likeliest after those before it.
/// Tokens do not see those after them, so one pass over the whole story tells the choice at every place; passes
/// over its first tokens alone show that it is so.
TEST(Stories, AreToldAsPublished) {
  const std::string folder = kFolder + "/models/stories260k/";
  if (!fs::exists(folder)) GTEST_SKIP() << "no reference data in " << kFolder;
  const std::string json = bytes_of(folder + "golden_greedy.json");
  std::vector<int64_t> told;  // {"ids":[1,403,...],"text":...}
  const size_t begin = json.find('[') + 1;
  std::istringstream list(json.substr(begin, json.find(']') - begin));
  for (std::string id; std::getline(list, id, ',');) told.push_back(std::stoll(id));
  ASSERT_EQ(told.size(), 200U);
  const Graph graph = load(folder + "stories260k_T256.onnx").graph;
  Reference reference(graph);
  const auto choices = [&](size_t known) {  // after each of the first tokens
    Tensor ids(Element::Int64, {1, 256});
    std::copy_n(told.begin(), known, ids.mutable_data<int64_t>().begin());
    const std::vector<int64_t> all = classes_of(reference.run(std::vector{ids})[0].reshaped({256, 512}));
    return std::vector<int64_t>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(known));
  };
  const std::vector<int64_t> next = choices(told.size());
  for (size_t k = 1; k < told.size(); ++k) EXPECT_EQ(next[k - 1], told[k]) << "token " << k;
  for (size_t known : {1UL, 2UL, 57UL, 130UL})
    EXPECT_EQ(choices(known).back(), told[known]) << "after " << known;
}

/// Files of others for the networks we describe ourselves; their weights are in files that nobody has.
TEST(ShapesOnly, HaveTheSizesOfOurDescriptions) {
  const std::string folder = kFolder + "/models/shape_only/";
  if (!fs::exists(folder)) GTEST_SKIP() << "no reference data in " << kFolder;
  const Graph theirs = load(folder + "resnet18.onnx").graph, ours = load("resnet18").graph;
  EXPECT_EQ(multiply_accumulates(theirs), multiply_accumulates(ours));
}

}  // namespace
}  // namespace ohmweave::network
