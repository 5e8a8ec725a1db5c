// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ohmweave/network/graph.h"
#include "ohmweave/tensor/floating_point.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::execution {

/// The values of one batch: codes where the machine stores a value, reals where only exact operators look at
/// it. Machines of floating-point numbers have no codes: every real is one of theirs. Views between stored
/// values and their readers are computed on demand.
class Values {
 public:
  Values(const network::Graph& graph, const std::optional<tensor::FloatingPoint>& floating)
      : graph_(graph), floating_(floating) {}

  void put(network::ValueId v, tensor::Tensor reals);
  /// The same value in the codes that put() would make of it.
  void put_codes(network::ValueId v, tensor::Tensor codes) { codes_[v] = std::move(codes); }
  void drop(network::ValueId v);

  tensor::Tensor reals(network::ValueId v) const;
  /// The codes of a product's operand, in the format the graph gives it.
  tensor::Tensor codes(network::ValueId v) const;

  /// Puts what a node makes of elements, each by itself, of stored codes; `made` is what it is stored as. It
  /// goes piece by piece, so that no reals leave the cache. Does nothing and says so where the node is no such.
  bool evaluate_elements(network::NodeId n, network::ValueId made);

 private:
  /// The codes that a value is stored in, or that a view of some takes of them and of nothing else.
  std::optional<tensor::Tensor> stored_codes(network::ValueId v) const;
  std::optional<std::vector<tensor::Tensor>> element_operands(const network::Node& node) const;
  tensor::Tensor view(network::ValueId v, std::vector<tensor::Tensor> inputs) const;

  const network::Graph& graph_;
  const std::optional<tensor::FloatingPoint>& floating_;
  std::map<network::ValueId, tensor::Tensor> codes_, reals_;
};

}  // namespace ohmweave::execution
