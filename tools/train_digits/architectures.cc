// SPDX-License-Identifier: Apache-2.0
#include "architectures.h"

namespace ohmweave::train_digits {

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> all{
      {"digits-cnn",
       "LeNet-like CNN trained on Ohmweave's own digits (28x28 pixels, 0 to 255)",
       {{Kind::Convolution, "conv1", 8},
        {Kind::Relu, "relu1"},
        {Kind::MaxPool, "pool1"},
        {Kind::Convolution, "conv2", 16},
        {Kind::Relu, "relu2"},
        {Kind::MaxPool, "pool2"},
        {Kind::Dense, "dense1", 64},
        {Kind::Relu, "relu3"},
        {Kind::Dense, "scores", 10}}},
      {"digits-linear",
       "Softmax regression: one dense layer trained on Ohmweave's own digits (28x28 pixels, 0 to 255)",
       {{Kind::Dense, "scores", 10}}},
      {"digits-mlp",
       "MLP of two dense layers trained on Ohmweave's own digits (28x28 pixels, 0 to 255)",
       {{Kind::Dense, "dense1", 100}, {Kind::Relu, "relu1"}, {Kind::Dense, "scores", 10}}},
      {"digits-bnn",
       "Binarized CNN trained on Ohmweave's own digits (28x28 pixels, 0 to 255): two weights a layer, signs "
       "between layers",
       {{Kind::Convolution, "conv1", 8},
        {Kind::Sign, "sign1"},
        {Kind::MaxPool, "pool1"},
        {Kind::Convolution, "conv2", 16},
        {Kind::Sign, "sign2"},
        {Kind::MaxPool, "pool2"},
        {Kind::Dense, "dense1", 64},
        {Kind::Sign, "sign3"},
        {Kind::Dense, "scores", 10}},
       true}};
  return all;
}

std::vector<Extent> extents(const Architecture& architecture) {
  std::vector<Extent> out{{1, 28}};
  for (const Step& step : architecture.steps) {
    const Extent in = out.back();
    switch (step.kind) {
      case Kind::Convolution:
        out.push_back({step.outputs, in.side - 4});
        break;
      case Kind::MaxPool:
        out.push_back({in.channels, in.side / 2});
        break;
      case Kind::Dense:
        out.push_back({step.outputs, 1});
        break;
      case Kind::Relu:
      case Kind::Sign:
        out.push_back(in);
        break;
    }
  }
  return out;
}

Network build(const Architecture& architecture) {
  std::vector<std::unique_ptr<Layer>> layers;
  const std::vector<Extent> sizes = extents(architecture);
  for (size_t k = 0; k < architecture.steps.size(); ++k) {
    const Step& step = architecture.steps[k];
    const Extent in = sizes[k];
    switch (step.kind) {
      case Kind::Convolution:
        layers.push_back(convolution(in, step.outputs, 5));
        break;
      case Kind::MaxPool:
        layers.push_back(max_pool(in));
        break;
      case Kind::Dense:
        layers.push_back(dense(in.count(), step.outputs));
        break;
      case Kind::Relu:
        layers.push_back(relu(in.count()));
        break;
      case Kind::Sign:
        layers.push_back(sign(in.count()));
        break;
    }
    if (architecture.binarized && layers.back()->weights() > 0)
      layers.back() = binarized(std::move(layers.back()));
  }
  return Network(std::move(layers));
}

}  // namespace ohmweave::train_digits
