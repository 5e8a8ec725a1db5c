// SPDX-License-Identifier: Apache-2.0
// What operators with broadcasting share.
#pragma once

#include "ohmweave/network/operators.h"

namespace ohmweave::network {

/// All operands of one type, which is the result's, stretched to one shape.
Types infer_broadcast(const Operation& o);
/// An operator of two operands. Before opset 7 the second was stretched only where an attribute said so.
Operator binary(Op op, const char* name, Types (*infer)(const Operation&),
                Results (*evaluate)(const Operation&, const Types&), std::vector<Parameter> attributes = {});

}  // namespace ohmweave::network
