// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ohmweave/logic/array.h"

namespace ohmweave::logic {

/// A program as straight-line machine code: gates become single instructions over 256 rows, intermediate
/// results stay in registers, and cells get only what they hold in the end. Leaves the same bits as
/// LogicArray::run. Where that cannot be (another processor, a program that searches, memory that must not be
/// executed) it is interpreted.
class CompiledLogic {
 public:
  explicit CompiledLogic(LogicProgram program);
  ~CompiledLogic();
  CompiledLogic(CompiledLogic&&) noexcept;
  CompiledLogic& operator=(CompiledLogic&&) noexcept;

  const LogicProgram& program() const { return program_; }
  /// Whether it became machine code, and of how many vector instructions for 256 rows.
  bool native() const { return code_ != nullptr; }
  int64_t instructions() const;
  void run(LogicArray& array) const;

 private:
  struct Code;
  LogicProgram program_;
  std::unique_ptr<Code> code_;
};

}  // namespace ohmweave::logic
