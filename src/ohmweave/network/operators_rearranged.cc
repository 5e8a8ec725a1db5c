// SPDX-License-Identifier: Apache-2.0
// Channels that become places and places that become channels: a transposition of more axes.
#include <fmt/format.h>

#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;
using Integers = std::vector<int64_t>;

std::vector<ValueId> rearrange(Lift& lift, const Integers& apart, const Integers& order,
                               const Integers& together) {
  const ValueId blocks =
      lift.add(Op::Reshape, ".blocks", {lift.node.inputs[0], lift.constant(".apart", integers_tensor(apart))});
  const ValueId moved = lift.add(Op::Transpose, ".moved", {blocks}, {{"perm", order}});
  return lift.finish_as(Op::Reshape, {moved, lift.constant(".together", integers_tensor(together))});
}
int64_t block_of(Lift& lift) {
  const int64_t block = lift.take("blocksize", int64_t{0});
  const Shape& x = lift.shape(0);
  if (x.size() != 4 || block < 1 || block > (int64_t{1} << 20))
    lift.fail(fmt::format("blocks of {} in an operand of shape {}", block, tensor::print(x)));
  return block;
}
[[noreturn]] void misfit(const Lift& lift, int64_t block) {
  lift.fail(fmt::format("blocks of {} do not fit an operand of shape {}", block, tensor::print(lift.shape(0))));
}

std::vector<ValueId> lift_depth_to_space(Lift& lift) {
  const int64_t b = block_of(lift);
  const Shape x = lift.shape(0);
  const std::string mode = lift.take("mode", std::string("DCR"));
  if (mode != "DCR" && mode != "CRD") lift.fail(fmt::format("mode '{}' is not known", mode));
  if (x[1] % (b * b) != 0) misfit(lift, b);
  const int64_t c = x[1] / (b * b);
  const Integers together{0, c, x[2] * b, x[3] * b};
  if (mode == "DCR") return rearrange(lift, {0, b, b, c, x[2], x[3]}, {0, 3, 4, 1, 5, 2}, together);
  return rearrange(lift, {0, c, b, b, x[2], x[3]}, {0, 1, 4, 2, 5, 3}, together);
}
std::vector<ValueId> lift_space_to_depth(Lift& lift) {
  const int64_t b = block_of(lift);
  const Shape x = lift.shape(0);
  if (x[2] % b != 0 || x[3] % b != 0) misfit(lift, b);
  return rearrange(lift, {0, x[1], x[2] / b, b, x[3] / b, b}, {0, 3, 5, 1, 2, 4},
                   {0, x[1] * b * b, x[2] / b, x[3] / b});
}

}  // namespace

std::vector<Operator> rearranged_forms() {
  return {{.op = Op::Identity, .name = "DepthToSpace", .lift = lift_depth_to_space},
          {.op = Op::Identity, .name = "SpaceToDepth", .lift = lift_space_to_depth}};
}

}  // namespace ohmweave::network
