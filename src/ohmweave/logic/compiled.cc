// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/compiled.h"

#include <algorithm>
#include <array>

#include "ohmweave/base/parallel.h"
#include "ohmweave/logic/graph.h"
#include "ohmweave/logic/registers.h"

#if defined(__x86_64__)
#define XBYAK_NO_OP_NAMES
#include <xbyak/xbyak.h>

namespace ohmweave::logic {
namespace {

constexpr int kRegisters = 15;  // and one of ones
constexpr int kBytes = 32;

/// void(uint64_t* bits, uint64_t* scratch, int64_t times): one pass of the code works on 256 rows.
class Assembled : public Xbyak::CodeGenerator {
 public:
  Assembled(const VectorCode& code, int words) : CodeGenerator(4096, Xbyak::AutoGrow), stride_(8 * words) {
    vpcmpeqb(ones_, ones_, ones_);
    Xbyak::Label pass;
    L(pass);
    for (const VectorInstruction& instruction : code.instructions) emit(instruction);
    add(rdi, kBytes);
    sub(rdx, 1);
    jnz(pass, T_NEAR);
    vzeroupper();
    ret();
    readyRE();
  }

 private:
  Xbyak::Address memory(ValuePlace place) const {
    return place.kind == ValuePlace::Kind::Cell ? ptr[rdi + place.index * stride_]
                                                : ptr[rsi + place.index * kBytes];
  }
  static Xbyak::Ymm reg(ValuePlace place) { return Xbyak::Ymm(place.index); }

  void emit(const VectorInstruction& i) {
    using Kind = VectorInstruction::Kind;
    const bool from_memory = i.b.kind != ValuePlace::Kind::Register;
    const Xbyak::Ymm second = reg(i.b);
    const Xbyak::Address address = memory(i.b);
    const Xbyak::Operand& b = from_memory ? static_cast<const Xbyak::Operand&>(address) : second;
    switch (i.kind) {
      case Kind::Load:
        return vmovdqa(reg(i.to), memory(i.a));
      case Kind::Store:
        return vmovdqa(memory(i.to), reg(i.a));
      case Kind::Invert:
        return vpxor(reg(i.to), reg(i.a), ones_);
      case Kind::And:
        return vpand(reg(i.to), reg(i.a), b);
      case Kind::AndNot:
        return vpandn(reg(i.to), reg(i.a), b);
      case Kind::Or:
        return vpor(reg(i.to), reg(i.a), b);
      case Kind::Xor:
        return vpxor(reg(i.to), reg(i.a), b);
      case Kind::Zeros:
        return vpxor(reg(i.to), reg(i.to), reg(i.to));
      case Kind::Ones:
        return vmovdqa(reg(i.to), ones_);
    }
  }

  const Xbyak::Ymm ones_{kRegisters};
  int stride_;
};

}  // namespace

/// Addresses depend on how many rows an array simulates together, so there is code for each of these numbers.
struct CompiledLogic::Code {
  static constexpr std::array<int, 3> kWords = {8, 16, 32};
  VectorCode vectors;
  std::array<std::unique_ptr<Assembled>, 3> assembled;

  explicit Code(const LogicProgram& program) : vectors(allocate_registers(LogicGraph(program), kRegisters)) {
    for (size_t k = 0; k < kWords.size(); ++k) assembled[k] = std::make_unique<Assembled>(vectors, kWords[k]);
  }
  void run(const LogicBlock& block) const {
    struct alignas(kBytes) Slot {
      uint64_t words[kBytes / 8];
    };
    std::vector<Slot> scratch(static_cast<size_t>(vectors.scratch) + 1);
    const size_t which = std::ranges::find(kWords, block.words) - kWords.begin();
    assembled[which]->getCode<void (*)(uint64_t*, uint64_t*, int64_t)>()(block.bits, scratch[0].words,
                                                                         block.words / (kBytes / 8));
  }
};

CompiledLogic::CompiledLogic(LogicProgram program) : program_(std::move(program)) {
  const bool searches = std::ranges::any_of(program_.operations, [](const LogicOperation& operation) {
    return operation.gate == Gate::Search || operation.gate == Gate::All;
  });
  if (searches || !__builtin_cpu_supports("avx2")) return;
  try {
    code_ = std::make_unique<Code>(program_);
  } catch (const Xbyak::Error&) {
    // Memory that may be written and then executed is forbidden here: the interpreter does it.
  }
}

int64_t CompiledLogic::instructions() const {
  return native() ? static_cast<int64_t>(code_->vectors.instructions.size()) : 0;
}

#else

namespace ohmweave::logic {

struct CompiledLogic::Code {
  void run(const LogicBlock&) const {}
};
CompiledLogic::CompiledLogic(LogicProgram program) : program_(std::move(program)) {}
int64_t CompiledLogic::instructions() const { return 0; }

#endif

CompiledLogic::~CompiledLogic() = default;
CompiledLogic::CompiledLogic(CompiledLogic&&) noexcept = default;
CompiledLogic& CompiledLogic::operator=(CompiledLogic&&) noexcept = default;

void CompiledLogic::run(LogicArray& array) const {
  if (!native() || !array.everything_selected()) return array.run(program_);
  array.for_each_block(program_, [&](LogicBlock& block) { code_->run(block); });
}

}  // namespace ohmweave::logic
