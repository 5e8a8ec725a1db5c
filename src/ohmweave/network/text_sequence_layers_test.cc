// SPDX-License-Identifier: Apache-2.0
// Layers of sequences, against sums written out plainly.
#include <cmath>
#include <complex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/network.h"
#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/text.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;
using tensor::Tensor;
using testing::HasSubstr;

Graph read(const std::string& text) {
  return read_text(std::make_shared<const base::Source>(base::Source{"net.yaml", text}));
}
/// A network of layers that read 4 tokens of 6 features.
Graph read_layers(const std::string& layers) { return read("name: net\ninput: [4, 6]\nlayers:\n" + layers); }
std::string layers_message(const std::string& layers) {
  return message_of([&] { read_layers(layers); });
}

using Row = std::vector<double>;
using Rows = std::vector<Row>;

Rows rows_of(const Tensor& t) {
  const auto width = static_cast<size_t>(t.shape().back());
  Rows out;
  for (size_t k = 0; k < static_cast<size_t>(t.size()); ++k) {
    if (k % width == 0) out.emplace_back();
    out.back().push_back(static_cast<double>(t.data<float>()[k]));
  }
  return out;
}
Rows constant(const Graph& g, const std::string& name) {
  for (const Value& v : g.values) {
    if (v.name == name) return rows_of(*v.constant);
  }
  ADD_FAILURE() << name;
  return {};
}
Tensor tokens(int64_t count, int64_t width) {
  std::vector<float> values;
  for (int64_t k = 0; k < count * width; ++k) values.push_back(static_cast<float>(std::sin(1.7 * k) + 0.1));
  return Tensor::of<float>({1, count, width}, values);
}
Rows times(const Rows& a, const Rows& b) {
  Rows out(a.size(), Row(b[0].size(), 0));
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t k = 0; k < b.size(); ++k) {
      for (size_t j = 0; j < b[0].size(); ++j) out[i][j] += a[i][k] * b[k][j];
    }
  }
  return out;
}
void expect_near(const Tensor& ours, const Rows& expected) {
  const Rows rows = rows_of(ours);
  ASSERT_EQ(rows.size(), expected.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].size(), expected[i].size());
    for (size_t j = 0; j < rows[i].size(); ++j) EXPECT_NEAR(rows[i][j], expected[i][j], 1e-4) << i << " " << j;
  }
}

struct Form {
  size_t heads, shared;  // heads of queries that share keys and values
  bool causal, rotary;
};

/// Pairs (k, k + half) of a head's features are complex numbers that token t turns by t base^(-k / half).
void turn(Row& features, size_t first, size_t each, size_t token) {
  const size_t half = each / 2;
  for (size_t k = 0; k < half; ++k) {
    const double angle =
        static_cast<double>(token) * std::pow(10000.0, -static_cast<double>(k) / static_cast<double>(half));
    const auto turned =
        std::complex<double>(features[first + k], features[first + k + half]) * std::polar(1.0, angle);
    features[first + k] = turned.real();
    features[first + k + half] = turned.imag();
  }
}

Rows attend(const Graph& g, const Rows& x, const Rows& memory, const Form& form) {
  Rows q = times(x, constant(g, "a.query.weight")), k = times(memory, constant(g, "a.key.weight")),
       v = times(memory, constant(g, "a.value.weight"));
  const size_t each = q[0].size() / form.heads;
  for (size_t h = 0; form.rotary && h < form.heads; ++h) {
    for (size_t t = 0; t < q.size(); ++t) turn(q[t], h * each, each, t);
    for (size_t t = 0; h < form.heads / form.shared && t < k.size(); ++t) turn(k[t], h * each, each, t);
  }
  Rows mixed(x.size(), Row(q[0].size(), 0));
  for (size_t h = 0; h < form.heads; ++h) {
    const size_t of_q = h * each, of_k = h / form.shared * each;
    for (size_t i = 0; i < x.size(); ++i) {
      Row weights;
      double sum = 0;
      for (size_t j = 0; j < memory.size(); ++j) {
        double score = 0;
        for (size_t f = 0; f < each; ++f) score += q[i][of_q + f] * k[j][of_k + f];
        weights.push_back(form.causal && j > i ? 0 : std::exp(score / std::sqrt(static_cast<double>(each))));
        sum += weights.back();
      }
      for (size_t j = 0; j < memory.size(); ++j) {
        for (size_t f = 0; f < each; ++f) mixed[i][of_q + f] += weights[j] / sum * v[j][of_k + f];
      }
    }
  }
  return times(mixed, constant(g, "a.weight"));
}

TEST(Attention, IsWhatTheSumSays) {
  for (const Form& form : {Form{1, 1, false, false},
                           {3, 1, false, false},
                           {3, 1, true, false},
                           {3, 1, true, true},
                           {3, 3, false, false},
                           {3, 3, true, true}}) {
    Graph g =
        read_layers("  - attention: {heads: " + std::to_string(form.heads) +
                    ", kv_heads: " + std::to_string(form.heads / form.shared) + ", bias: false, name: a" +
                    (form.causal ? ", causal: true" : "") + (form.rotary ? ", rotary: 10000" : "") + "}\n");
    validate(g);
    fill_weights(g, 3);
    const Tensor x = tokens(4, 6);
    expect_near(Reference(g).run(std::vector{x})[0], attend(g, rows_of(x), rows_of(x), form));
    std::optional<Graph> two = with_batch(g, 2);
    ASSERT_TRUE(two);
    const Tensor both = Reference(*two).run(std::vector{tensor::concatenate(std::vector{x, x})})[0];
    expect_near(both.slice(1, 2), attend(g, rows_of(x), rows_of(x), form));
  }
}

TEST(Attention, SeesAMemory) {
  Graph g = read(
      "name: x\ninputs: {x: [4, 6], m: [5, 8]}\nlayers:\n  - attention: {heads: 2, memory: m, bias: false, "
      "name: a, from: x}\n");
  fill_weights(g, 3);
  const Tensor x = tokens(4, 6), m = tokens(5, 8);
  expect_near(Reference(g).run(std::vector{x, m})[0], attend(g, rows_of(x), rows_of(m), {2, 1, false, false}));
}

TEST(Attention, CountsItsParameters) {
  EXPECT_EQ(parameter_count(read_layers("  - attention: {heads: 3, causal: true, rotary: 10000}\n")),
            4 * (36 + 6));
  EXPECT_EQ(parameter_count(read_layers("  - attention: {heads: 3, kv_heads: 1}\n")),
            2 * (36 + 6) + 2 * (12 + 2));
  Graph g = read_layers("  - attention: {heads: 3}\n");
  EXPECT_EQ(multiply_accumulates(g), 4 * (4 * 36) + 2 * 4 * 4 * 6);
}

TEST(Attention, SaysWhatDoesNotFit) {
  EXPECT_THAT(layers_message("  - attention: 4\n"), HasSubstr("6 features cannot be divided among 4 heads"));
  EXPECT_THAT(layers_message("  - attention: {heads: 3, kv_heads: 2}\n"), HasSubstr("3 heads cannot share 2"));
  EXPECT_THAT(layers_message("  - attention: {heads: 2, rotary: 10000}\n"),
              HasSubstr("an even number of features"));
  EXPECT_THAT(
      layers_message("  - attention: {heads: 2, memory: imput}\n"),
      HasSubstr("net.yaml:4:35: error: no layer before this one is called 'imput'; did you mean 'input'?"));
  EXPECT_THAT(layers_message("  - attention: {heads: 2, memory: [input, input]}\n"),
              HasSubstr("from one layer"));
  EXPECT_THAT(layers_message("  - attention: {heads: 2, rotary: 1}\n"), HasSubstr("out of range"));
  EXPECT_THAT(layers_message("  - flatten\n  - attention: 2\n"),
              HasSubstr("takes a sequence (tokens, features)"));
}

TEST(Sequences, AreEmbeddedAndScoredByOneTable) {
  Graph g = read(
      "name: x\ninput: {tokens: 3}\nlayers:\n  - embedding: {entries: 5, features: 2, name: e}\n"
      "  - unembedding: e\n");
  EXPECT_EQ(parameter_count(g), 10);
  EXPECT_EQ(multiply_accumulates(g), 3 * 2 * 5);
  fill_weights(g, 1);
  const Rows table = constant(g, "e.weight");
  Rows transposed(2, Row(5));
  for (size_t i = 0; i < 5; ++i) transposed[0][i] = table[i][0], transposed[1][i] = table[i][1];
  const Tensor ids = Tensor::of<int64_t>({1, 3}, std::vector<int64_t>{4, 0, 2});
  expect_near(Reference(g).run(std::vector{ids})[0], times({table[4], table[0], table[2]}, transposed));
  EXPECT_THAT(
      message_of([] { read("name: x\ninput: [3]\nlayers: [{embedding: {entries: 5, features: 2}}]\n"); }),
      HasSubstr("looks up whole numbers"));
  EXPECT_THAT(layers_message("  - unembedding: input\n"), HasSubstr("takes the table of one embedding"));
}

TEST(Sequences, KnowTheirPositions) {
  Graph g = read("name: x\ninput: [3, 4]\nlayers: [{positions: sinusoidal}]\n");
  EXPECT_EQ(parameter_count(g), 0);
  const Tensor zeros = Tensor::of<float>({1, 3, 4}, std::vector<float>(12, 0));
  Rows waves;
  for (double t = 0; t < 3; ++t)
    waves.push_back({std::sin(t), std::cos(t), std::sin(t / 100), std::cos(t / 100)});
  expect_near(Reference(g).run(std::vector{zeros})[0], waves);
  EXPECT_EQ(parameter_count(read_layers("  - positions: {rows: 9}\n")), 54);
  EXPECT_EQ(parameter_count(read_layers("  - positions\n")), 24);
  EXPECT_THAT(layers_message("  - positions: {rows: 3}\n"), HasSubstr("3 rows are too few for 4 tokens"));
  EXPECT_THAT(layers_message("  - positions: {kind: sinusoidal, rows: 3}\n"), HasSubstr("have no rows"));
  EXPECT_THAT(layers_message("  - positions: lerned\n"), HasSubstr("did you mean 'learned'?"));
}

TEST(Sequences, AreNormalised) {
  Graph g = read_layers("  - rms_norm: {epsilon: 0}\n");
  EXPECT_EQ(parameter_count(g), 6);
  fill_weights(g, 1);
  const Tensor x = tokens(4, 6);
  Rows expected = rows_of(x);
  const Rows scale = constant(g, "rms_norm1.scale");
  for (Row& row : expected) {
    double squares = 0;
    for (double v : row) squares += v * v;
    for (size_t k = 0; k < row.size(); ++k) row[k] *= scale[0][k] / std::sqrt(squares / 6);
  }
  expect_near(Reference(g).run(std::vector{x})[0], expected);
  EXPECT_EQ(parameter_count(read_layers("  - layer_norm\n")), 12);
  EXPECT_EQ(parameter_count(read_layers("  - layer_norm: {bias: false}\n")), 6);
  EXPECT_THAT(layers_message("  - layer_norm: {epsilon: 2}\n"), HasSubstr("out of range"));
}

TEST(Sequences, HaveFunctions) {
  const Tensor x = tokens(4, 6);
  auto check = [&](const std::string& layer, double (*f)(double)) {
    Rows expected = rows_of(x);
    for (Row& row : expected) {
      for (double& v : row) v = f(v);
    }
    expect_near(Reference(read_layers("  - " + layer + "\n")).run(std::vector{x})[0], expected);
  };
  check("gelu", [](double v) { return v * 0.5 * std::erfc(-v / std::sqrt(2.0)); });
  check("silu", [](double v) { return v / (1 + std::exp(-v)); });
  check("scale: 2.5", [](double v) { return 2.5 * v; });
}

TEST(Sequences, ComeFromPicturesAndEndInTokens) {
  Graph g = read("name: x\ninput: [2, 2, 3]\nlayers: [to_sequence, class_token, {token: -1}]\n");
  fill_weights(g, 1);
  std::vector<float> values(12);
  for (size_t k = 0; k < 12; ++k) values[k] = static_cast<float>(k);
  expect_near(Reference(g).run(std::vector{Tensor::of<float>({1, 2, 2, 3}, values)})[0], {{5, 11}});
  EXPECT_EQ(parameter_count(g), 2);
  EXPECT_EQ(g.value(g.nodes[2].outputs[0]).shape, (Shape{1, 7, 2}));
  EXPECT_EQ(parameter_count(read_layers("  - linear: 1\n")), 7);
  EXPECT_THAT(layers_message("  - token: 4\n"), HasSubstr("there is no token 4 of 4"));
  EXPECT_THAT(layers_message("  - to_sequence: {channels: 1}\n"), HasSubstr("unknown key 'channels'"));
  EXPECT_THAT(message_of([] { read("name: x\ninput: [2, 2, 3]\nlayers: [{linear: 4}]\n"); }),
              HasSubstr("write '- to_sequence' before it"));
}

TEST(Crop, KeepsTheCentre) {
  Graph g = read(
      "name: x\ninput: [1, 6, 5]\nlayers:\n  - max_pool: {kernel: 3, stride: 1, name: small}\n"
      "  - crop: {like: small, from: input}\n");
  std::vector<float> values(30);
  for (size_t k = 0; k < 30; ++k) values[k] = static_cast<float>(k);
  expect_near(Reference(g).run(std::vector{Tensor::of<float>({1, 1, 6, 5}, values)})[0],
              {{6, 7, 8}, {11, 12, 13}, {16, 17, 18}, {21, 22, 23}});
  EXPECT_THAT(message_of([] {
                read("name: x\ninput: [1, 6]\nlayers: [{max_pool: {kernel: 2}}, {crop: {like: input}}]\n");
              }),
              HasSubstr("1x1x3 has no part of 1x1x6"));
}

}  // namespace
}  // namespace ohmweave::network
