// SPDX-License-Identifier: Apache-2.0
#include "layers.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/base/random.h"

namespace ohmweave::train_digits {
namespace {

class Convolution : public Layer {
 public:
  Convolution(Extent in, int64_t channels, int64_t kernel)
      : in_(in), out_{channels, in.side - kernel + 1}, kernel_(kernel) {}
  int64_t outputs() const override { return out_.count(); }
  int64_t weights() const override { return out_.channels * fan_in(); }
  int64_t biases() const override { return out_.channels; }
  int64_t fan_in() const override { return in_.channels * kernel_ * kernel_; }

  void forward(const float* parameters, const float* in, float* out) const override {
    for (int64_t o = 0; o < out_.channels; ++o)
      std::fill_n(out + o * plane(), plane(), parameters[weights() + o]);
    for_each_tap([&](int64_t weight, int64_t in_at, int64_t out_at) {
      float w = parameters[weight];
      for (int64_t x = 0; x < out_.side; ++x) out[out_at + x] += w * in[in_at + x];
    });
  }

  void backward(const float* parameters, const float* in, const float*, const float* out_gradient,
                float* in_gradient, float* parameter_gradient) const override {
    for (int64_t o = 0; o < out_.channels; ++o) {
      for (int64_t k = 0; k < plane(); ++k) parameter_gradient[weights() + o] += out_gradient[o * plane() + k];
    }
    for_each_tap([&](int64_t weight, int64_t in_at, int64_t out_at) {
      float sum = 0;
      for (int64_t x = 0; x < out_.side; ++x) sum += out_gradient[out_at + x] * in[in_at + x];
      parameter_gradient[weight] += sum;
    });
    if (in_gradient == nullptr) return;
    std::fill_n(in_gradient, in_.count(), 0.0F);
    for_each_tap([&](int64_t weight, int64_t in_at, int64_t out_at) {
      float w = parameters[weight];
      for (int64_t x = 0; x < out_.side; ++x) in_gradient[in_at + x] += w * out_gradient[out_at + x];
    });
  }

 private:
  int64_t plane() const { return out_.side * out_.side; }
  /// Calls body(weight, first input, first output) for each weight and row of outputs.
  template <class Body>
  void for_each_tap(Body body) const {
    int64_t weight = 0;
    for (int64_t o = 0; o < out_.channels; ++o) {
      for (int64_t i = 0; i < in_.channels; ++i) {
        for (int64_t ky = 0; ky < kernel_; ++ky) {
          for (int64_t kx = 0; kx < kernel_; ++kx, ++weight) {
            for (int64_t y = 0; y < out_.side; ++y)
              body(weight, (i * in_.side + y + ky) * in_.side + kx, (o * out_.side + y) * out_.side);
          }
        }
      }
    }
  }

  Extent in_, out_;
  int64_t kernel_;
};

class MaxPool : public Layer {
 public:
  explicit MaxPool(Extent in) : in_(in), out_{in.channels, in.side / 2} {}
  int64_t outputs() const override { return out_.count(); }
  void forward(const float*, const float* in, float* out) const override {
    for (int64_t k = 0; k < outputs(); ++k) out[k] = in[winner(in, k)];
  }
  void backward(const float*, const float* in, const float*, const float* out_gradient, float* in_gradient,
                float*) const override {
    std::fill_n(in_gradient, in_.count(), 0.0F);
    for (int64_t k = 0; k < outputs(); ++k) in_gradient[winner(in, k)] = out_gradient[k];
  }

 private:
  int64_t winner(const float* in, int64_t k) const {
    int64_t row = k / out_.side, x = k % out_.side;  // rows of all channels
    int64_t corner = 2 * row * in_.side + 2 * x, best = corner;
    for (int64_t at : {corner + 1, corner + in_.side, corner + in_.side + 1}) {
      if (in[at] > in[best]) best = at;
    }
    return best;
  }

  Extent in_, out_;
};

class Relu : public Layer {
 public:
  explicit Relu(int64_t count) : count_(count) {}
  int64_t outputs() const override { return count_; }
  void forward(const float*, const float* in, float* out) const override {
    for (int64_t k = 0; k < count_; ++k) out[k] = std::max(in[k], 0.0F);
  }
  void backward(const float*, const float*, const float* out, const float* out_gradient, float* in_gradient,
                float*) const override {
    for (int64_t k = 0; k < count_; ++k) in_gradient[k] = out[k] > 0 ? out_gradient[k] : 0;
  }

 private:
  int64_t count_;
};

class Sign : public Layer {
 public:
  explicit Sign(int64_t count) : count_(count) {}
  int64_t outputs() const override { return count_; }
  void forward(const float*, const float* in, float* out) const override {
    for (int64_t k = 0; k < count_; ++k) out[k] = static_cast<float>((in[k] > 0) - (in[k] < 0));
  }
  void backward(const float*, const float* in, const float*, const float* out_gradient, float* in_gradient,
                float*) const override {
    for (int64_t k = 0; k < count_; ++k) in_gradient[k] = std::abs(in[k]) <= 1 ? out_gradient[k] : 0;
  }

 private:
  int64_t count_;
};

class Binarized : public Layer {
 public:
  explicit Binarized(std::unique_ptr<Layer> layer) : layer_(std::move(layer)) {}
  int64_t outputs() const override { return layer_->outputs(); }
  int64_t weights() const override { return layer_->weights(); }
  int64_t biases() const override { return layer_->biases(); }
  int64_t fan_in() const override { return layer_->fan_in(); }
  void forward(const float* parameters, const float* in, float* out) const override {
    layer_->forward(two_weights(parameters).data(), in, out);
  }
  void backward(const float* parameters, const float* in, const float* out, const float* out_gradient,
                float* in_gradient, float* parameter_gradient) const override {
    layer_->backward(two_weights(parameters).data(), in, out, out_gradient, in_gradient, parameter_gradient);
  }

 private:
  std::vector<float> two_weights(const float* parameters) const {
    return binarized_parameters(*layer_, std::span(parameters, static_cast<size_t>(layer_->parameters())));
  }

  std::unique_ptr<Layer> layer_;
};

class Dense : public Layer {
 public:
  Dense(int64_t in, int64_t out) : in_(in), out_(out) {}
  int64_t outputs() const override { return out_; }
  int64_t weights() const override { return in_ * out_; }
  int64_t biases() const override { return out_; }
  int64_t fan_in() const override { return in_; }
  void forward(const float* parameters, const float* in, float* out) const override {
    for (int64_t o = 0; o < out_; ++o) {
      float sum = parameters[weights() + o];
      for (int64_t i = 0; i < in_; ++i) sum += parameters[o * in_ + i] * in[i];
      out[o] = sum;
    }
  }
  void backward(const float* parameters, const float* in, const float*, const float* out_gradient,
                float* in_gradient, float* parameter_gradient) const override {
    for (int64_t o = 0; o < out_; ++o) {
      float g = out_gradient[o];
      parameter_gradient[weights() + o] += g;
      for (int64_t i = 0; i < in_; ++i) parameter_gradient[o * in_ + i] += g * in[i];
    }
    if (in_gradient == nullptr) return;
    std::fill_n(in_gradient, in_, 0.0F);
    for (int64_t o = 0; o < out_; ++o) {
      for (int64_t i = 0; i < in_; ++i) in_gradient[i] += out_gradient[o] * parameters[o * in_ + i];
    }
  }

 private:
  int64_t in_, out_;
};

}  // namespace

std::unique_ptr<Layer> convolution(Extent in, int64_t channels, int64_t kernel) {
  return std::make_unique<Convolution>(in, channels, kernel);
}
std::unique_ptr<Layer> max_pool(Extent in) { return std::make_unique<MaxPool>(in); }
std::unique_ptr<Layer> relu(int64_t count) { return std::make_unique<Relu>(count); }
std::unique_ptr<Layer> sign(int64_t count) { return std::make_unique<Sign>(count); }
std::unique_ptr<Layer> dense(int64_t in, int64_t out) { return std::make_unique<Dense>(in, out); }
std::unique_ptr<Layer> binarized(std::unique_ptr<Layer> layer) {
  return std::make_unique<Binarized>(std::move(layer));
}

std::vector<float> binarized_parameters(const Layer& layer, std::span<const float> parameters) {
  const auto s = static_cast<float>(1 / std::sqrt(static_cast<double>(layer.fan_in())));
  std::vector<float> out(parameters.begin(), parameters.end());
  for (int64_t k = 0; k < layer.weights(); ++k) {
    float& w = out[static_cast<size_t>(k)];
    w = w < 0 ? -s : s;
  }
  return out;
}

Network::Network(std::vector<std::unique_ptr<Layer>> layers) : layers_(std::move(layers)) {
  int64_t total = 0;
  for (const auto& layer : layers_) {
    begin_.push_back(total);
    total += layer->parameters();
  }
  parameters_.resize(static_cast<size_t>(total));
}

void Network::initialize(uint64_t seed) {
  for (size_t k = 0; k < layers_.size(); ++k) {
    base::RandomStream random(seed, k, base::key_of("first weights"));
    double deviation = std::sqrt(2.0 / static_cast<double>(layers_[k]->fan_in()));
    for (int64_t w = 0; w < layers_[k]->weights(); ++w)
      parameters_[static_cast<size_t>(begin_[k] + w)] = static_cast<float>(deviation * random.normal());
  }
}

std::vector<std::vector<float>> Network::run(std::span<const float> sample) const {
  std::vector<std::vector<float>> values{{sample.begin(), sample.end()}};
  for (size_t k = 0; k < layers_.size(); ++k) {
    std::vector<float> out(static_cast<size_t>(layers_[k]->outputs()));
    layers_[k]->forward(parameters_.data() + begin_[k], values[k].data(), out.data());
    values.push_back(std::move(out));
  }
  return values;
}

double Network::train(std::span<const float> sample, int64_t label, std::span<float> gradient) const {
  std::vector<std::vector<float>> values = run(sample);
  std::vector<float> back = values.back();
  float most = *std::max_element(back.begin(), back.end()), sum = 0;
  for (float& v : back) sum += v = std::exp(v - most);
  for (float& v : back) v /= sum;
  double loss = -std::log(std::max(static_cast<double>(back[static_cast<size_t>(label)]), 1e-30));
  back[static_cast<size_t>(label)] -= 1;
  for (size_t k = layers_.size(); k-- > 0;) {
    std::vector<float> before(k > 0 ? values[k].size() : 0);
    layers_[k]->backward(parameters_.data() + begin_[k], values[k].data(), values[k + 1].data(), back.data(),
                         k > 0 ? before.data() : nullptr, gradient.data() + begin_[k]);
    back = std::move(before);
  }
  return loss;
}

int64_t Network::classify(std::span<const float> sample) const {
  std::vector<float> scores = run(sample).back();
  return std::max_element(scores.begin(), scores.end()) - scores.begin();
}

std::span<const float> Network::parameters(size_t index) const {
  return std::span(parameters_)
      .subspan(static_cast<size_t>(begin_[index]), static_cast<size_t>(layers_[index]->parameters()));
}

}  // namespace ohmweave::train_digits
