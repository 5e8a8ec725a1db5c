// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "ohmweave/circuit/component.h"
#include "ohmweave/circuit/sum_histogram.h"
#include "ohmweave/circuit/transfer.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

/// What makes whole numbers of the sums of columns: converters with codes, and counters of spikes. One object
/// for the values and for what they cost.
class ColumnConverter : public Component {
 public:
  using Component::Component;
  /// Actions a second.
  virtual units::Frequency rate() const = 0;
  /// Actions of one conversion of sums up to `largest`, at most: a conversion, or its spikes.
  virtual int64_t actions(double /*largest*/) const { return 1; }
  /// Whether its range is chosen by what sums were on data.
  virtual bool calibrated() const { return false; }
  /// Where the codes lie for columns whose sums are in [least, largest], in steps of a cell; `seen`: what
  /// their sums were on data, for those that are calibrated.
  virtual ConverterRange placed(double least, double largest, const SumHistogram* seen = nullptr) const = 0;
  /// What one converter makes of sums up to `largest` in such a range, with its own errors.
  virtual Transfer read(const ConverterRange& range, double largest, const Instance& which) const = 0;
  /// Whether all of them make the same of a sum, every time.
  virtual bool ideal() const = 0;
  /// Whether every converter brings back every whole sum in [0, largest] exactly, every time.
  virtual bool exact_up_to(int64_t largest) const = 0;
  /// What it is called where it is too narrow, and what happens then to sums up to `largest`, in words.
  virtual std::string_view name() const = 0;
  virtual std::string loss(int64_t largest) const = 0;
};

}  // namespace ohmweave::circuit
