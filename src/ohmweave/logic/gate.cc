// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/gate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {
namespace {

/// Output, an input at 1 and an input at 0: inputs of one value move alike.
using States = std::array<double, 3>;
enum : size_t { kOutput, kOne, kZero };

std::string inputs_at_one(int count) {
  return count == 1 ? "one input at 1" : fmt::format("{} inputs at 1", count);
}

class Integrator {
 public:
  Integrator(const LogicGateCircuit& circuit, double volts, int ones)
      : circuit_(circuit), volts_(volts), ones_(ones), zeros_(circuit.inputs - ones) {
    states_ = {circuit.sets() ? 1.0 : 0.0, 0.0, 1.0};
  }

  GateRun run(double seconds, bool stop) {
    GateRun out;
    out.ones = ones_;
    out.delay = std::numeric_limits<double>::infinity();
    const double end = circuit_.sets() ? 0 : 1;
    double now = 0;
    out.samples.push_back(sample(now));
    while (now < seconds) {
      const double step = std::min(step_of(states_), seconds - now);
      const double power = source_power(states_);
      advance(step);
      now += step;
      out.energy += step * (power + source_power(states_)) / 2;
      if (!out.switched && std::abs(states_[kOutput] - end) < 1e-9) {
        out.switched = true;
        out.delay = now;
        if (stop) seconds = now;
      }
      out.samples.push_back(sample(now));
    }
    out.output_state = states_[kOutput];
    if (ones_ > 0) out.input_shift = states_[kOne];
    if (zeros_ > 0) out.input_shift = std::max(out.input_shift, 1 - states_[kZero]);
    return out;
  }

 private:
  double output_share(const States& s) const {
    const double conductance =
        ones_ / circuit_.cell.resistance(s[kOne]) + zeros_ / circuit_.cell.resistance(s[kZero]);
    const double output = circuit_.cell.resistance(s[kOutput]);
    return output / (output + 1 / conductance);
  }
  double amperes(const States& s) const {
    return volts_ * output_share(s) / circuit_.cell.resistance(s[kOutput]);
  }
  double source_power(const States& s) const { return volts_ * amperes(s); }

  States rates(const States& s) const {
    const double direction = circuit_.sets() ? -1 : 1, share = output_share(s);
    const double on_inputs = -direction * volts_ * (1 - share);
    return {circuit_.cell.rate(s[kOutput], direction * volts_ * share),
            ones_ > 0 ? circuit_.cell.rate(s[kOne], on_inputs) : 0,
            zeros_ > 0 ? circuit_.cell.rate(s[kZero], on_inputs) : 0};
  }

  /// So long that no resistance changes by more than a hundredth, and no state leaves its range.
  double step_of(const States& s) const {
    const States r = rates(s);
    const double span = circuit_.cell.off() - circuit_.cell.on();
    double step = std::numeric_limits<double>::infinity();
    for (size_t k = 0; k < s.size(); ++k) {
      if (r[k] == 0) continue;
      const double resistance = circuit_.cell.resistance(s[k]);
      const double scale = circuit_.cell.spec().resistance == device::StateResistance::Linear
                               ? resistance / span
                               : 1 / std::log(circuit_.cell.off() / circuit_.cell.on());
      const double left = r[k] > 0 ? 1 - s[k] : s[k];
      step = std::min(step, std::min(0.01 * scale, left) / std::abs(r[k]));
    }
    return step;
  }

  /// One step of the classical Runge-Kutta method.
  void advance(double step) {
    const auto moved = [&](const States& by, double time) {
      States out;
      for (size_t k = 0; k < out.size(); ++k) out[k] = std::clamp(states_[k] + time * by[k], 0.0, 1.0);
      return out;
    };
    const States a = rates(states_), b = rates(moved(a, step / 2)), c = rates(moved(b, step / 2)),
                 d = rates(moved(c, step));
    for (size_t k = 0; k < states_.size(); ++k) {
      const double to = states_[k] + step * (a[k] + 2 * b[k] + 2 * c[k] + d[k]) / 6;
      states_[k] = to > 1 - 1e-10 ? 1 : to < 1e-13 ? 0 : to;
    }
  }

  GateSample sample(double now) const {
    return {now, volts_ * output_share(states_), circuit_.cell.resistance(states_[kOutput]), amperes(states_)};
  }

  const LogicGateCircuit& circuit_;
  double volts_;
  int ones_, zeros_;
  States states_;
};

}  // namespace

int LogicGateCircuit::switches_from() const {
  switch (gate) {
    case Gate::Nand:
      return inputs;
    case Gate::Min3:
      return 2;
    default:
      return 1;
  }
}

double LogicGateCircuit::input_resistance(int ones) const {
  return 1 / (ones / cell.on() + (inputs - ones) / cell.off());
}

GateWindow LogicGateCircuit::window() const {
  const double output_threshold = sets() ? cell.set_threshold() : cell.reset_threshold();
  const double input_threshold = sets() ? cell.reset_threshold() : cell.set_threshold();
  const auto share = [&](double output, int ones) { return output / (output + input_resistance(ones)); };
  const int least = switches_from();
  const double initial = sets() ? cell.off() : cell.on();
  GateWindow out;
  // The output has the smallest share of the voltage where its resistance is low: when a reset begins, when a
  // set ends.
  out.limits.push_back({true, output_threshold / share(cell.on(), least),
                        fmt::format("the output does not switch with {}", inputs_at_one(least))});
  out.limits.push_back(
      {false, output_threshold / share(initial, least - 1),
       fmt::format("the output switches with {}", least == 1 ? "all inputs at 0" : inputs_at_one(least - 1))});
  // Inputs have their largest share beside an output of low resistance: those at 0, of which a gate that resets
  // has the most where all are, or the single one at 1 of a gate that sets.
  out.limits.push_back({false, input_threshold / (1 - share(cell.on(), sets() ? 1 : 0)),
                        sets() ? "an input at 1 becomes 0" : "an input at 0 becomes 1"});
  out.least = out.limits[0];
  out.most = out.limits[1].volts <= out.limits[2].volts ? out.limits[1] : out.limits[2];
  return out;
}

GateRun integrate(const LogicGateCircuit& circuit, double volts, int ones, double seconds, bool stop) {
  OHMWEAVE_CHECK(ones >= 0 && ones <= circuit.inputs, "inputs of a gate");
  return Integrator(circuit, volts, ones).run(seconds, stop);
}

std::string gate_spice(const LogicGateCircuit& circuit, double volts, int ones, double seconds,
                       const std::string& title) {
  const device::VteamSpec& s = circuit.cell.spec();
  const double per_nanosecond = 1e-9 / s.length.si();
  std::string out =
      fmt::format("{}\n* times are nanoseconds, states shares of the way, energy is in fJ\n", title);
  const auto memristor = [&](std::string_view name, std::string_view from, std::string_view to, double state) {
    const std::string x = fmt::format("V(x{})", name), way = fmt::format("min(max({}, 0), 1)", x);
    const std::string resistance =
        s.resistance == device::StateResistance::Linear
            ? fmt::format("({} + {} * {})", circuit.cell.on(), circuit.cell.off() - circuit.cell.on(), way)
            : fmt::format("({} * pow({}, {}))", circuit.cell.on(), circuit.cell.off() / circuit.cell.on(), way);
    const std::string v = fmt::format("V({},{})", from, to);
    out += fmt::format("B{} {} {} I = {} / {}\n", name, from, to, v, resistance);
    // Towards high resistance where the voltage from first to second node is positive.
    out += fmt::format("Bx{} 0 x{} I = {} > {} && {} < 1 ? {} * pow({} / {} - 1, {}) : ", name, name, v,
                       s.v_off.si(), x, s.k_off.si() * per_nanosecond, v, s.v_off.si(), s.alpha_off);
    out += fmt::format("{} < {} && {} > 0 ? {} * pow({} / {} - 1, {}) : 0\n", v, s.v_on.si(), x,
                       s.k_on.si() * per_nanosecond, v, s.v_on.si(), s.alpha_on);
    out += fmt::format("Cx{} x{} 0 1 IC={}\n", name, name, state);
  };
  out += fmt::format("Vsource source 0 {}\n", volts);
  // A gate that resets: current enters the output at its first node and an input at its second; one that sets:
  // the other way round.
  const bool sets = circuit.sets();
  if (sets)
    memristor("o", "0", "middle", 1);
  else
    memristor("o", "middle", "0", 0);
  for (int k = 0; k < circuit.inputs; ++k) {
    const std::string name = fmt::format("i{}", k);
    if (sets)
      memristor(name, "source", "middle", k < ones ? 0 : 1);
    else
      memristor(name, "middle", "source", k < ones ? 0 : 1);
  }
  const double end = seconds * 1e9;
  out += "Benergy 0 energy I = -V(source) * I(Vsource) * 1e6\nCenergy energy 0 1 IC=0\n";
  out += fmt::format(".options reltol=1e-6 abstol=1e-15 vntol=1e-9\n.tran {} {} 0 {} uic\n.control\nrun\n",
                     end / 2000, end, end / 5000);
  out +=
      fmt::format("meas tran delay when v(xo)={}\nmeas tran energy find v(energy) at={}\nquit\n.endc\n.end\n",
                  sets ? 0.001 : 0.999, end);
  return out;
}

}  // namespace ohmweave::logic
