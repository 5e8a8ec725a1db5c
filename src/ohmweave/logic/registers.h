// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/logic/graph.h"

namespace ohmweave::logic {

/// Where a value is: a register, the memory of a cell, or a slot of scratch memory.
struct ValuePlace {
  enum class Kind : uint8_t { Register, Cell, Scratch } kind = Kind::Register;
  int index = 0;
  bool operator==(const ValuePlace&) const = default;
};

/// One instruction over the rows of a register.
struct VectorInstruction {
  enum class Kind : uint8_t {
    Load,    // to = a
    Store,   // to = a; to is memory
    Invert,  // to = NOT a
    And,     // to = a AND b; b may be memory
    AndNot,  // to = NOT a AND b
    Or,      //
    Xor,     //
    Zeros,   // to = 0
    Ones,    // to = 1
  } kind = Kind::Load;
  ValuePlace to, a, b;
};

struct VectorCode {
  std::vector<VectorInstruction> instructions;
  int scratch = 0;  // slots
};

/// Puts the values of a graph into so many registers. A value may be kept inverted: then every gate of two
/// inputs is one instruction, whatever is inverted around it. What is needed last leaves its register first
/// (Belady).
VectorCode allocate_registers(const LogicGraph& graph, int registers);

}  // namespace ohmweave::logic
