// SPDX-License-Identifier: Apache-2.0
// Trains the small networks that Ohmweave ships, on the digits that Ohmweave draws, and writes one as an ONNX
// file. The file's name says which:
//   train_digits networks/digits-cnn.onnx
// Stochastic gradient descent with momentum. The result depends on nothing but this source: samples and first
// weights are seeded, and sums are in a fixed order for any number of threads.
#include <algorithm>
#include <filesystem>
#include <numeric>

#include "architectures.h"
#include "export_onnx.h"
#include "layers.h"
#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/files.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/network/data.h"

namespace ohmweave::train_digits {
namespace {

constexpr int64_t kPixels = 28 * 28, kBatch = 64, kParts = 8, kTrain = 60000, kTest = 10000;
constexpr uint64_t kSeed = 1;

struct Samples {
  tensor::Tensor pixels;  // 0 to 1
  std::vector<int64_t> labels;

  explicit Samples(const network::DataSet& set) : labels(*set.labels()) {
    network::Preprocessing scaled;
    scaled.div = 255;
    pixels = network::prepare(set, 0, set.size(), scaled, {1, 1, 28, 28});
  }
  std::span<const float> operator[](int64_t k) const {
    return pixels.data<float>().subspan(static_cast<size_t>(k * kPixels), static_cast<size_t>(kPixels));
  }
};

double accuracy(const Network& network, const Samples& samples) {
  auto n = static_cast<int64_t>(samples.labels.size());
  std::vector<char> right(samples.labels.size());
  base::parallel_for(n, [&](int64_t k) {
    right[static_cast<size_t>(k)] = network.classify(samples[k]) == samples.labels[static_cast<size_t>(k)];
  });
  return static_cast<double>(std::count(right.begin(), right.end(), 1)) / static_cast<double>(n);
}

class Trainer {
 public:
  Trainer(Network& network, const Samples& samples)
      : network_(network), samples_(samples), velocity_(network.parameters().size()), gradients_(kParts) {}

  /// One pass over all samples in a random order; the mean loss.
  double epoch(int number, float rate) {
    std::vector<int64_t> order(samples_.labels.size());
    std::iota(order.begin(), order.end(), 0);
    base::RandomStream random(kSeed, static_cast<uint64_t>(number), base::key_of("order"));
    for (size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[random.below(k)]);
    double loss = 0;
    for (size_t at = 0; at + kBatch <= order.size(); at += kBatch)
      loss += step(std::span(order).subspan(at, kBatch), rate);
    return loss / static_cast<double>(order.size());
  }

 private:
  double step(std::span<const int64_t> batch, float rate) {
    std::vector<double> losses(kParts, 0.0);
    base::parallel_for(kParts, [&](int64_t part) {
      auto& gradient = gradients_[static_cast<size_t>(part)];
      gradient.assign(velocity_.size(), 0);
      for (int64_t k = part * kBatch / kParts; k < (part + 1) * kBatch / kParts; ++k) {
        int64_t sample = batch[static_cast<size_t>(k)];
        losses[static_cast<size_t>(part)] +=
            network_.train(samples_[sample], samples_.labels[static_cast<size_t>(sample)], gradient);
      }
    });
    constexpr float kMomentum = 0.9F, kDecay = 1e-4F;
    std::span<float> parameters = network_.parameters();
    for (size_t k = 0; k < parameters.size(); ++k) {
      float g = 0;
      for (const auto& gradient : gradients_) g += gradient[k];
      velocity_[k] = kMomentum * velocity_[k] - rate * (g / kBatch + kDecay * parameters[k]);
      parameters[k] += velocity_[k];
    }
    return std::accumulate(losses.begin(), losses.end(), 0.0);
  }

  Network& network_;
  const Samples& samples_;
  std::vector<float> velocity_;
  std::vector<std::vector<float>> gradients_;
};

void run(const std::string& path) {
  const std::string name = std::filesystem::path(path).stem().string();
  std::vector<std::string> known;
  for (const Architecture& a : architectures()) known.push_back(a.name);
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) base::fail(path, "there is no such network" + base::did_you_mean(name, known));
  const Architecture& architecture = architectures()[static_cast<size_t>(found - known.begin())];
  base::OutputFile file(path);
  Samples train(*network::make_digits(kTrain, true)), test(*network::make_digits(kTest, false));
  Network network = build(architecture);
  network.initialize(kSeed);
  Trainer trainer(network, train);
  for (int epoch = 0; epoch < architecture.epochs; ++epoch) {
    float left = 1 - static_cast<float>(epoch) / static_cast<float>(architecture.epochs);
    double loss = trainer.epoch(epoch, architecture.rate * left * left);
    fmt::print("epoch {:2}: loss {:.4f}, test accuracy {:.2f} %\n", epoch + 1, loss,
               100 * accuracy(network, test));
    std::fflush(stdout);
  }
  file.write(export_onnx(architecture, network));
  file.commit();
}

}  // namespace
}  // namespace ohmweave::train_digits

int main(int count, char** words) {
  if (count != 2) {
    fmt::print(stderr, "usage: train_digits FOLDER/NETWORK.onnx\n");
    return 2;
  }
  try {
    ohmweave::train_digits::run(words[1]);
  } catch (const ohmweave::base::Failure& e) {
    fmt::print(stderr, "{}", e.what());
    return 2;
  }
  return 0;
}
