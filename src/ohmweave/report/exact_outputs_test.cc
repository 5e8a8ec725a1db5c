// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/exact_outputs.h"

#include <thread>

#include <gtest/gtest.h>

namespace ohmweave::report {
namespace {

using tensor::Tensor;

/// y = max(x, 0) of samples of three numbers.
network::Graph relu() {
  network::Graph g;
  g.name = "net";
  network::Value value;
  value.name = "in";
  value.shape = {1, 3};
  g.inputs = {g.add_value(value)};
  g.outputs = {network::add_node(g, network::Op::Relu, "relu", {g.inputs[0]})};
  return g;
}
std::vector<Tensor> batch(float first, int64_t samples) {
  Tensor t(tensor::Element::Float32, {samples, 3});
  float next = first;
  for (float& x : t.mutable_data<float>()) x = next++;
  return {t};
}
float first_of(const std::vector<Tensor>& outputs) { return outputs.at(0).data<float>()[0]; }

TEST(ExactOutputs, AreComputedOnceForAllWhoAsk) {
  ExactOutputs exact(relu());
  const Executor first = exact.from_the_first();
  EXPECT_EQ(first_of(first(batch(5, 2))), 5);
  EXPECT_EQ(first_of(first(batch(8, 2))), 8);
  const Executor again = exact.from_the_first();  // other numbers, so that one sees that they are not looked at
  EXPECT_EQ(first_of(again(batch(50, 2))), 5);
  EXPECT_EQ(first_of(again(batch(80, 1))), 80) << "a shorter batch is another one";
  EXPECT_EQ(first_of(again(batch(9, 1))), 9);
}

TEST(ExactOutputs, ServeAnyNumberOfThreads) {
  ExactOutputs exact(relu());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const Executor own = exact.from_the_first();
      for (int k = 0; k < 100; ++k)
        EXPECT_EQ(first_of(own(batch(static_cast<float>(k), 4))), static_cast<float>(k));
    });
  }
  for (std::thread& t : threads) t.join();
}

}  // namespace
}  // namespace ohmweave::report
