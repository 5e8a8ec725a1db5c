// SPDX-License-Identifier: Apache-2.0
// Layers of sequences, [tokens, features] per sample. They become ordinary nodes: an attention is products,
// reshapes and a softmax, so that everything that knows those knows it.
#include <cmath>
#include <limits>

#include "ohmweave/network/operators.h"
#include "ohmweave/network/text_layer_kinds.h"

namespace ohmweave::network {

enum class PositionKind { Learned, Sinusoidal };

}  // namespace ohmweave::network

namespace ohmweave::config {

template <>
struct Words<network::PositionKind> {
  static constexpr std::pair<std::string_view, network::PositionKind> values[] = {
      {"learned", network::PositionKind::Learned}, {"sinusoidal", network::PositionKind::Sinusoidal}};
};

}  // namespace ohmweave::config

namespace ohmweave::network {
namespace {

using config::defaulted;
using config::required;
using tensor::Shape;
using tensor::Tensor;

/// x W, or x W + b, along the last axis.
ValueId project(LayerSite& site, ValueId x, int64_t features, bool bias, const std::string& suffix) {
  const int64_t width = site.shape(x).back();
  const ValueId weight = site.constant(suffix + ".weight", {width, features});
  ValueId y = site.node(Op::MatMul, {x, weight}, {}, bias ? suffix + ".product" : suffix);
  if (!bias) return y;
  return site.node(Op::Add, {y, site.constant(suffix + ".bias", {features})}, {}, suffix);
}

struct Linear : Placement {
  int64_t features = 0;
  bool bias = true;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(required("features", &Linear::features, "results per token").within(1, kMostUnits),
                   defaulted("bias", &Linear::bias, "whether something is added to each result")),
        placed<Linear>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    (void)site.sequence();
    return project(site, site.input(), features, bias, "");
  }
};

/// The table that an embedding looks up.
ValueId table_of(LayerSite& site, const std::vector<ValueId>& embedding) {
  const Graph& graph = site.graph();
  std::optional<NodeId> maker = embedding.size() == 1 ? graph.producer(embedding[0]) : std::nullopt;
  const Node* lookup = maker ? &graph.nodes[*maker] : nullptr;
  if (lookup == nullptr || lookup->op != Op::Gather || !graph.value(lookup->inputs[0]).is_constant)
    throw DoesNotFit("takes the table of one embedding");
  return lookup->inputs[0];
}

ValueId look_up(LayerSite& site, ValueId table) {
  if (site.graph().value(site.input()).element != tensor::Element::Int64)
    throw DoesNotFit("looks up whole numbers: an input such as {tokens: 128}");
  return site.node(Op::Gather, {table, site.input()}, {{"axis", int64_t{0}}});
}

struct Embedding : Placement {
  int64_t entries = 0, features = 0;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(required("entries", &Embedding::entries, "rows of the table").within(1, kMostUnits),
                   required("features", &Embedding::features, "numbers in a row").within(1, kMostUnits)),
        placed<Embedding>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    return look_up(site, site.constant(".weight", {entries, features}));
  }
};

struct SameEmbedding : Placement {
  Names others;
  static constexpr std::string_view kOthers = "of";
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(required("of", &SameEmbedding::others, "the embedding that has the table")),
        placed<SameEmbedding>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>& of) const {
    return look_up(site, table_of(site, of));
  }
};

/// Press and Wolf (2017), "Using the output embedding to improve language models": the table of an embedding,
/// transposed.
struct Unembedding : Placement {
  Names others;
  static constexpr std::string_view kOthers = "of";
  static constexpr auto fields() {
    return std::tuple_cat(std::tuple(required("of", &Unembedding::others, "the embedding that has the table")),
                          placed<Unembedding>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>& of) const {
    const ValueId table = table_of(site, of);
    const Shape rows = site.shape(table);
    const ValueId weight = site.constant(".weight", {rows[1], rows[0]});
    site.graph().values[weight].tied = table;
    return site.node(Op::MatMul, {site.input(), weight});
  }
};

/// Vaswani et al. (2017), section 3.5, or a table that is trained like any weight.
struct Positions : Placement {
  PositionKind what = PositionKind::Learned;
  std::optional<int64_t> rows;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(
            defaulted("kind", &Positions::what, "a trained table, or sines and cosines (Vaswani et al. 2017)"),
            defaulted("rows", &Positions::rows,
                      "rows of the trained table, of which the first are used; without it as many as tokens")
                .within(1, kMostUnits)),
        placed<Positions>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    const Shape& in = site.sequence();
    return site.node(Op::Add,
                     {site.input(), what == PositionKind::Learned ? learned(site, in) : waves(site, in)});
  }

 private:
  ValueId learned(LayerSite& site, const Shape& in) const {
    const int64_t tokens = in[1], all = rows.value_or(tokens), width = in[2];
    if (all < tokens) throw DoesNotFit(fmt::format("{} rows are too few for {} tokens", all, tokens));
    const ValueId table = site.constant(".weight", {all, width});
    return all == tokens ? table : site.slice(table, {0}, {tokens}, {0}, ".used");
  }
  ValueId waves(LayerSite& site, const Shape& in) const {
    if (rows) throw DoesNotFit("sines and cosines have no rows: they go as far as the sequence");
    Tensor table(tensor::Element::Float32, {in[1], in[2]});
    auto to = table.mutable_data<float>();
    for (int64_t t = 0; t < in[1]; ++t) {
      for (int64_t k = 0; k < in[2]; ++k) {
        const double angle = static_cast<double>(t) *
                             std::pow(10000.0, -static_cast<double>(k / 2 * 2) / static_cast<double>(in[2]));
        to[static_cast<size_t>(t * in[2] + k)] =
            static_cast<float>(k % 2 == 0 ? std::sin(angle) : std::cos(angle));
      }
    }
    return site.table(".waves", std::move(table));
  }
};

struct LayerNorm : Placement {
  double epsilon = 1e-5;
  bool bias = true;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(defaulted("epsilon", &LayerNorm::epsilon, "added to the variance").within(0, 1),
                   defaulted("bias", &LayerNorm::bias, "whether something is added to each feature")),
        placed<LayerNorm>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    const int64_t width = site.sequence()[2];
    std::vector<ValueId> inputs{site.input(), site.constant(".scale", {width})};
    if (bias) inputs.push_back(site.constant(".shift", {width}));
    return site.node(Op::LayerNormalization, inputs, {{"axis", int64_t{-1}}, {"epsilon", epsilon}});
  }
};

/// Zhang and Sennrich (2019), "Root mean square layer normalization".
struct RmsNorm : Placement {
  double epsilon = 1e-5;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(defaulted("epsilon", &RmsNorm::epsilon, "added to the mean square").within(0, 1)),
        placed<RmsNorm>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    const ValueId x = site.input();
    const int64_t width = site.sequence()[2];
    ValueId mean =
        site.node(Op::ReduceMean, {site.node(Op::Mul, {x, x}, {}, ".square"), site.integers(".axes", {2})},
                  {{"keepdims", int64_t{1}}}, ".mean");
    ValueId safe =
        site.node(Op::Add, {mean, site.number(".epsilon", static_cast<float>(epsilon))}, {}, ".safe");
    ValueId unit = site.node(Op::Div, {x, site.node(Op::Sqrt, {safe}, {}, ".root")}, {}, ".unit");
    return site.node(Op::Mul, {unit, site.constant(".scale", {width})});
  }
};

struct Silu : Placement {
  static constexpr auto fields() { return placed<Silu>(); }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    return site.node(Op::Mul, {site.input(), site.node(Op::Sigmoid, {site.input()}, {}, ".sigmoid")});
  }
};

struct Gelu : Placement {
  static constexpr auto fields() { return placed<Gelu>(); }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    const ValueId x = site.input();
    ValueId scaled =
        site.node(Op::Mul, {x, site.number(".root_half", static_cast<float>(std::sqrt(0.5)))}, {}, ".scaled");
    ValueId erf = site.node(Op::Erf, {scaled}, {}, ".erf");
    ValueId part = site.node(Op::Add, {erf, site.number(".one", 1)}, {}, ".part");
    return site.node(Op::Mul, {site.node(Op::Mul, {x, part}, {}, ".double"), site.number(".half", 0.5F)});
  }
};

struct Scale : Placement {
  double by = 1;
  static constexpr auto fields() {
    return std::tuple_cat(std::tuple(required("by", &Scale::by, "the factor")), placed<Scale>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    return site.node(Op::Mul, {site.input(), site.number(".by", static_cast<float>(by))});
  }
};

struct ClassToken : Placement {
  static constexpr auto fields() { return placed<ClassToken>(); }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    const int64_t width = site.sequence()[2];
    return site.node(Op::Concat, {site.constant(".weight", {1, 1, width}), site.input()},
                     {{"axis", int64_t{1}}});
  }
};

struct OneToken : Placement {
  int64_t at = 0;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(required("at", &OneToken::at, "its place; negative ones count from the end")
                       .within(-kMostUnits, kMostUnits)),
        placed<OneToken>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    const int64_t tokens = site.sequence()[1], place = at < 0 ? at + tokens : at;
    if (place < 0 || place >= tokens) throw DoesNotFit(fmt::format("there is no token {} of {}", at, tokens));
    const ValueId index =
        add_constant(site.graph(), fmt::format("{}.at", site.name()), Tensor::of<int64_t>({}, Integers{place}));
    return site.node(Op::Gather, {site.input(), index}, {{"axis", int64_t{1}}});
  }
};

struct ToSequence : Placement {
  static constexpr auto fields() { return placed<ToSequence>(); }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    (void)site.spatial_axes();
    const ValueId shape = site.integers(".shape", {0, site.shape()[1], -1});
    ValueId lines = site.node(Op::Reshape, {site.input(), shape}, {}, ".lines");
    return site.node(Op::Transpose, {lines}, {{"perm", Integers{0, 2, 1}}});
  }
};

/// Vaswani et al. (2017), section 3.2: softmax(Q K^T / sqrt(d)) V of every head, between projections. With
/// fewer heads of keys and values than of queries, neighbouring heads share them (Ainslie et al. 2023). Rotary
/// positions turn the two halves of a head's features against each other (Su et al. 2021; the halves as in
/// Llama).
struct Attention : Placement {
  int64_t heads = 1;
  std::optional<int64_t> kv_heads, head_features;
  bool causal = false, bias = true;
  std::optional<double> rotary;
  Names others;
  static constexpr std::string_view kOthers = "memory";
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(required("heads", &Attention::heads, "heads").within(1, kMostUnits),
                   defaulted("kv_heads", &Attention::kv_heads,
                             "heads of keys and values, which queries share; without it as many as heads")
                       .within(1, kMostUnits),
                   defaulted("head_features", &Attention::head_features,
                             "features of a head; without it those of the input, divided among the heads")
                       .within(1, kMostUnits),
                   defaulted("causal", &Attention::causal, "whether tokens see only those before them"),
                   defaulted("rotary", &Attention::rotary, "base of rotary positions (10000); without it none")
                       .above(1),
                   defaulted("memory", &Attention::others,
                             "the layer that keys and values are made of; without it the one that is read"),
                   defaulted("bias", &Attention::bias, "whether the four projections have one")),
        placed<Attention>());
  }

  ValueId build(LayerSite& site, const std::vector<ValueId>& memories) const {
    if (memories.size() > 1) throw DoesNotFit("keys and values come from one layer");
    const ValueId x = site.input(), memory = memories.empty() ? x : memories[0];
    const Shape in = site.sequence(), seen = site.sequence(memory);
    const int64_t groups = kv_heads.value_or(heads);
    if (heads % groups != 0) throw DoesNotFit(fmt::format("{} heads cannot share {}", heads, groups));
    if (!head_features && in[2] % heads != 0)
      throw DoesNotFit(fmt::format("{} features cannot be divided among {} heads", in[2], heads));
    const int64_t each = head_features.value_or(in[2] / heads), shared = heads / groups;
    const bool together = shared > 1;  // one more axis: the queries that share keys and values

    ValueId q =
        head(site, project(site, x, heads * each, bias, ".query"), groups, shared, each, ".query", true);
    ValueId k = head(site, project(site, memory, groups * each, bias, ".key"), groups, 1, each, ".key", true);
    ValueId v =
        head(site, project(site, memory, groups * each, bias, ".value"), groups, 1, each, ".value", false);
    auto turn = [&](ValueId value, const Integers& four, const Integers& five, const std::string& suffix) {
      return site.node(Op::Transpose, {value}, {{"perm", together ? five : four}}, suffix + ".turned");
    };
    q = turn(q, {0, 2, 1, 3}, {0, 2, 3, 1, 4}, ".query");
    k = turn(k, {0, 2, 3, 1}, {0, 2, 3, 4, 1}, ".key");
    v = turn(v, {0, 2, 1, 3}, {0, 2, 3, 1, 4}, ".value");
    ValueId scores = site.node(Op::MatMul, {q, k}, {}, ".products");
    scores = site.node(
        Op::Mul, {scores, site.number(".factor", static_cast<float>(1 / std::sqrt(static_cast<double>(each))))},
        {}, ".scores");
    if (causal) scores = mask(site, scores, in[1], seen[1]);
    const auto last = static_cast<int64_t>(site.shape(scores).size()) - 1;
    ValueId weights = site.node(Op::Softmax, {scores}, {{"axis", last}}, ".softmax");
    ValueId mixed = site.node(Op::MatMul, {weights, v}, {}, ".mixed");
    mixed = turn(mixed, {0, 2, 1, 3}, {0, 3, 1, 2, 4}, ".mixed");
    mixed =
        site.node(Op::Reshape, {mixed, site.integers(".joined.shape", {0, 0, heads * each})}, {}, ".joined");
    return project(site, mixed, in[2], bias, "");
  }

 private:
  /// [1, tokens, features] as [1, tokens, heads, features of a head], or with an axis of those that share.
  ValueId head(LayerSite& site, ValueId x, int64_t groups, int64_t shared, int64_t each,
               const std::string& suffix, bool turns) const {
    Integers shape{0, 0, groups, each};
    if (heads > kv_heads.value_or(heads)) shape.insert(shape.begin() + 3, shared);
    x = site.node(Op::Reshape, {x, site.integers(suffix + ".shape", shape)}, {}, suffix + ".heads");
    return turns && rotary ? rotate(site, x, suffix + ".rotary") : x;
  }

  /// x cos + swap(x) sin, where swap exchanges the halves of the features.
  ValueId rotate(LayerSite& site, ValueId x, const std::string& suffix) const {
    const Shape shape = site.shape(x);
    const int64_t tokens = shape[1], each = shape.back(), half = each / 2;
    if (each % 2 != 0)
      throw DoesNotFit(fmt::format("rotary positions need an even number of features, not {}", each));
    Shape table(shape.size() - 1, 1);
    table[0] = tokens;
    table.back() = each;
    Tensor cosines(tensor::Element::Float32, table), sines(tensor::Element::Float32, table);
    auto c = cosines.mutable_data<float>(), s = sines.mutable_data<float>();
    for (int64_t t = 0; t < tokens; ++t) {
      for (int64_t k = 0; k < each; ++k) {
        const double angle = static_cast<double>(t) * std::pow(*rotary, -2.0 * static_cast<double>(k % half) /
                                                                            static_cast<double>(each));
        c[static_cast<size_t>(t * each + k)] = static_cast<float>(std::cos(angle));
        s[static_cast<size_t>(t * each + k)] =
            static_cast<float>(k < half ? -std::sin(angle) : std::sin(angle));
      }
    }
    const auto axis = static_cast<int64_t>(shape.size()) - 1;
    ValueId first = site.slice(x, {0}, {half}, {axis}, suffix + ".first");
    ValueId second = site.slice(x, {half}, {each}, {axis}, suffix + ".second");
    ValueId swapped = site.node(Op::Concat, {second, first}, {{"axis", axis}}, suffix + ".swapped");
    ValueId along =
        site.node(Op::Mul, {x, site.table(suffix + ".cosines", std::move(cosines))}, {}, suffix + ".along");
    ValueId across =
        site.node(Op::Mul, {swapped, site.table(suffix + ".sines", std::move(sines))}, {}, suffix + ".across");
    return site.node(Op::Add, {along, across}, {}, suffix);
  }

  /// Tokens see those up to their own; where the memory is longer, the last of both stand together.
  ValueId mask(LayerSite& site, ValueId scores, int64_t tokens, int64_t seen) const {
    if (seen < tokens) throw DoesNotFit(fmt::format("{} tokens cannot each see one more of {}", tokens, seen));
    Tensor visible(tensor::Element::Bool, {tokens, seen});
    auto to = visible.mutable_data<bool>();
    for (int64_t t = 0; t < tokens; ++t) {
      for (int64_t k = 0; k < seen; ++k) to[static_cast<size_t>(t * seen + k)] = k <= t + seen - tokens;
    }
    return site.node(Op::Where,
                     {site.table(".visible", std::move(visible)), scores,
                      site.number(".never", std::numeric_limits<float>::lowest())},
                     {}, ".masked");
  }
};

}  // namespace

std::vector<LayerKind> sequence_layer_kinds() {
  return {
      kind<Gelu>("gelu", "x times the probability of a normal number below x."),
      kind<Silu>("silu", "x / (1 + exp(-x))."),
      kind<Scale>("scale", "Product with a number.", "by"),
      kind<Embedding>("embedding", "The rows of a trained table that the tokens say."),
      kind<SameEmbedding>("same_embedding", "The rows of the table of an embedding before.", "of"),
      kind<Unembedding>("unembedding",
                        "Scores of all entries of an embedding, by its own table: the weights are tied.", "of"),
      kind<Positions>("positions", "Sum with numbers that tell places of a sequence apart.", "kind"),
      kind<Linear>("linear", "The same dense layer for each token of a sequence.", "features"),
      kind<Attention>("attention", "Tokens look at each other, or at those of a memory (multi-head attention).",
                      "heads"),
      lstm_kind(),
      kind<LayerNorm>("layer_norm", "Normalisation of each token by its own mean and variance."),
      kind<RmsNorm>("rms_norm", "Division of each token by the root of its mean square."),
      kind<ToSequence>("to_sequence", "The positions of a picture as tokens, their channels as features."),
      kind<ClassToken>("class_token", "A trained token before the others."),
      kind<OneToken>("token", "One token of a sequence.", "at"),
  };
}

}  // namespace ohmweave::network
