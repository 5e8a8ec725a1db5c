// SPDX-License-Identifier: Apache-2.0
// The networks of networks/ have the sizes that their sources publish.
#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/base/files.h"
#include "ohmweave/base/paths.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/text.h"

namespace ohmweave::network {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Published {
  const char* name;
  int64_t least_parameters, most_parameters;
  double least_macs, most_macs;
};
/// 12 layers of 768 features over 128 tokens: projections, perceptron, products of tokens.
constexpr double kEncoder = 12 * (128.0 * (4 * 768 * 768 + 2 * 768 * 3072) + 2.0 * 128 * 128 * 768);
constexpr double kLlama =
    32 * (128.0 * (4 * 4096 * 4096 + 3.0 * 4096 * 11008) + 2.0 * 128 * 128 * 4096) + 128.0 * 4096 * 32000;
/// 64 tokens on both sides, an inner width of four times d, attention once per encoder and twice per decoder
/// layer.
constexpr double kTranslation(double d) {
  return 6 * (64 * (4 + 8) * d * d + 2 * 64 * 64 * d) + 6 * (64 * (8 + 8) * d * d + 4 * 64 * 64 * d) +
         64 * d * 37000;
}
/// Figure 1 of Ronneberger et al. 2015: extents and channels of the results, level by level, on the way down
/// and up; two convolutions of 3 x 3 at each. Up-convolutions put a kernel of 2 x 2 around every position.
constexpr double kUNet =
    9 * (570.0 * 570 * 64 + 568.0 * 568 * 64 * 64 + 282.0 * 282 * 64 * 128 + 280.0 * 280 * 128 * 128 +
         138.0 * 138 * 128 * 256 + 136.0 * 136 * 256 * 256 + 66.0 * 66 * 256 * 512 + 64.0 * 64 * 512 * 512 +
         30.0 * 30 * 512 * 1024 + 28.0 * 28 * 1024 * 1024 + 54.0 * 54 * 1024 * 512 + 52.0 * 52 * 512 * 512 +
         102.0 * 102 * 512 * 256 + 100.0 * 100 * 256 * 256 + 198.0 * 198 * 256 * 128 + 196.0 * 196 * 128 * 128 +
         390.0 * 390 * 128 * 64 + 388.0 * 388 * 64 * 64) +
    4 * (28.0 * 28 * 1024 * 512 + 52.0 * 52 * 512 * 256 + 100.0 * 100 * 256 * 128 + 196.0 * 196 * 128 * 64) +
    388.0 * 388 * 64 * 2;
/// Kernels of 4 x 4 between 64 pixels of 3 channels and 4 of 512: every position of the coarser side.
constexpr double kDcgan = 16 * (1024.0 * 3 * 64 + 256.0 * 64 * 128 + 64.0 * 128 * 256 + 16.0 * 256 * 512);
/// 35 steps of two layers of 650, 4 gates of products with what comes and with the state, and scores.
constexpr double kLanguageModel = 35 * (2 * 4 * 650.0 * (650 + 650) + 650.0 * 10000);
/// Where a source prints fewer digits, the range is what rounds to them.
const Published kPublished[] = {
    // torchvision's documentation of its weights: parameters, and "GFLOPS" (which counts multiply-accumulates)
    {"alexnet", 61100840, 61100840, 0.7135e9, 0.7145e9},
    {"vgg-a", 132863336, 132863336, 7.6085e9, 7.6095e9},
    {"vgg-b", 133047848, 133047848, 11.3075e9, 11.3085e9},
    {"vgg-d", 138357544, 138357544, 15.465e9, 15.475e9},
    {"vgg-e", 143667240, 143667240, 19.6315e9, 19.6325e9},
    {"resnet18", 11689512, 11689512, 1.8135e9, 1.8145e9},
    {"resnet50", 25557032, 25557032, 4.0885e9, 4.0895e9},
    {"squeezenet-1.0", 1248424, 1248424, 0.815e9, 0.825e9},
    {"squeezenet-1.1", 1235496, 1235496, 0.345e9, 0.355e9},
    {"googlenet", 6624904, 6624904, 1.495e9, 1.505e9},
    {"mobilenet-v2", 3504872, 3504872, 0.295e9, 0.305e9},
    {"mnasnet-1.0", 4383312, 4383312, 0.305e9, 0.315e9},
    {"densenet-121", 7978856, 7978856, 2.825e9, 2.835e9},
    {"vit-b-16", 86567656, 86567656, 17.555e9, 17.565e9},
    // Keras: 4,253,864 with 2 statistics per channel of a batch normalisation; the paper's table 1: 569 M
    {"mobilenet-v1", 4253864 - 21888, 4253864 - 21888, 568.5e6, 569.5e6},
    // Hugging Face's weights. No multiply-accumulates are published: 12 layers of 128 tokens, in closed form.
    {"bert-base", 109482240, 109482240, kEncoder + 768 * 768, kEncoder + 768 * 768},
    {"gpt-2", 124439808, 124439808, kEncoder + 128.0 * 768 * 50257, kEncoder + 128.0 * 768 * 50257},
    {"llama-7b", 6738415616, 6738415616, kLlama, kLlama},
    // Vaswani et al. 2017, table 3: 65 and 213 million; with 37,000 words, as section 5.1 says
    {"transformer-base", 63000000, 65500000, kTranslation(512), kTranslation(512)},
    {"transformer-big", 212500000, 214500000, kTranslation(1024), kTranslation(1024)},
    // Ronneberger et al. 2015: figure 1, with a bias per channel (no sum is printed; 31.0 M is what others
    // give)
    {"u-net", 31030658, 31030658, kUNet, kUNet},
    // PyTorch's example of DCGAN; multiply-accumulates in closed form
    {"dcgan-generator", 3576704, 3576704, kDcgan + 16 * 100 * 512, kDcgan + 16 * 100 * 512},
    {"dcgan-discriminator", 2765568, 2765568, kDcgan + 16 * 512, kDcgan + 16 * 512},
    // Zaremba et al. 2014, medium: the table, 2 layers with two biases per gate, and scores; 20 M in Zoph and
    // Le
    // 2017, table 2
    {"lstm-language-model", 6500000 + 2 * (4 * 650 * 1300 + 8 * 650) + 6510000, 19780400, kLanguageModel,
     kLanguageModel},
    // Chi et al. 2016, table III: weights of the topologies
    {"mlp-s", 519500, 519500, 519500, 519500},
    {"mlp-m", 1411500, 1411500, 1411500, 1411500},
    {"mlp-l", 3181000, 3181000, 3181000, 3181000},
    {"cnn-1", 51225, 51225, 24 * 24 * 5 * 25 + 51100, 24 * 24 * 5 * 25 + 51100},
    {"cnn-2", 146890, 146890, 22 * 22 * 10 * 49 + 146400, 22 * 22 * 10 * 49 + 146400},
    // ISAAC's benchmarks, summed over its table II
    {"vgg-c", 133550000, 133650000, 11.765e9, 11.775e9},
    {"msra-a", 177950000, 178050000, 19.055e9, 19.065e9},
    {"msra-b", 183250000, 183350000, 23.215e9, 23.225e9},
    {"msra-c", 330550000, 330650000, 53.455e9, 53.465e9},
    {"deepface", 118850000, 118950000, 0.5175e9, 0.5185e9},
    {"isaac-dnn", 829440000, 829440000, 829440000, 829440000},
    // He et al. 2016 (option B), and LeCun et al. 1998 as read today
    {"resnet20", 272474, 272474, 40.5e6, 41.5e6},
    {"lenet5", 61706, 61706, 416520, 416520},
};

TEST(NamedNetworks, HaveThePublishedSizes) {
  for (const Published& p : kPublished) {
    Graph g = read_text(base::data_folder() + "/networks/" + p.name + ".yaml");
    validate(g);
    EXPECT_EQ(g.name, p.name);
    EXPECT_THAT(parameter_count(g), AllOf(testing::Ge(p.least_parameters), testing::Le(p.most_parameters)))
        << p.name;
    EXPECT_THAT(static_cast<double>(multiply_accumulates(g)),
                AllOf(testing::Ge(p.least_macs), testing::Le(p.most_macs)))
        << p.name;
    Graph again = g;
    infer_shapes(again);
    for (size_t k = 0; k < g.values.size(); ++k) EXPECT_EQ(again.values[k].shape, g.values[k].shape);
  }
}

std::string in_groups(int64_t n) {
  std::string digits = std::to_string(n);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

TEST(NamedNetworks, AreListedWithTheirTotals) {
  const std::string page = base::read_file(base::data_folder() + "/networks/README.md");
  for (const NamedNetwork& known : named_networks()) {
    if (std::filesystem::path(known.path).extension() != ".yaml") continue;
    const Graph g = read_text(known.path);
    EXPECT_THAT(page,
                HasSubstr("| `" + known.name + "` | " + known.description + " | " +
                          in_groups(parameter_count(g)) + " | " + in_groups(multiply_accumulates(g)) + " |\n"));
  }
}

TEST(NamedNetworks, AreAllTestedAndDescribed) {
  for (const auto& entry : std::filesystem::directory_iterator(base::data_folder() + "/networks")) {
    if (entry.path().extension() != ".yaml") continue;
    std::string stem = entry.path().stem().string();
    EXPECT_TRUE(std::any_of(std::begin(kPublished), std::end(kPublished), [&](const Published& p) {
      return p.name == stem;
    })) << stem;
    std::string text = base::read_file(entry.path().string());
    EXPECT_EQ(text.substr(0, 2), "# ") << stem;
    EXPECT_LT(text.find('\n'), 100U) << stem << ": the first line is the description in lists";
  }
}

}  // namespace
}  // namespace ohmweave::network
