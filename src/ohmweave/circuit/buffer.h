// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

/// What the cells of a buffer are.
enum class MemoryType { Edram, Sram, Reram, Dram };

struct BufferSpec : CostSpec {
  MemoryType memory = MemoryType::Sram;
  units::Data capacity;
  int64_t banks = 1;
  units::Data width;
  units::DataRate bandwidth;
  units::Time access, recovery;

  static constexpr auto fields() {
    using S = BufferSpec;
    return component_fields<S>(
        config::required("memory", &S::memory, "what its cells are"),
        config::required("capacity", &S::capacity, "size of one buffer, all banks").above(0),
        config::defaulted("banks", &S::banks, "parts that can be accessed at the same time").within(1, 65536),
        config::required("width", &S::width, "what one access of a bank reads or writes").above(0),
        config::required("bandwidth", &S::bandwidth, "bytes a second in and out together, all banks").above(0),
        config::defaulted("access", &S::access,
                          "time from a request until its first data, as for opening a row and a column")
            .at_least(0),
        config::defaulted("recovery", &S::recovery, "time after the last data until the cells are written")
            .at_least(0));
  }
};

/// A memory for activations.
class Buffer : public Component {
 public:
  explicit Buffer(const BufferSpec& spec);
  MemoryType memory() const { return memory_; }
  units::Data capacity() const { return capacity_; }
  int64_t banks() const { return banks_; }
  units::Data width() const { return width_; }
  units::DataRate bandwidth() const { return bandwidth_; }
  /// SRAM and eDRAM are made of the transistors beside them; other cells have generations of their own.
  bool shrinks() const override { return memory_ == MemoryType::Sram || memory_ == MemoryType::Edram; }

 private:
  MemoryType memory_;
  units::Data capacity_;
  int64_t banks_;
  units::Data width_;
  units::DataRate bandwidth_;
};

}  // namespace ohmweave::circuit

template <>
struct ohmweave::config::Words<ohmweave::circuit::MemoryType> {
  using enum ohmweave::circuit::MemoryType;
  static constexpr std::pair<std::string_view, ohmweave::circuit::MemoryType> values[] = {
      {"edram", Edram}, {"sram", Sram}, {"reram", Reram}, {"dram", Dram}};
};
