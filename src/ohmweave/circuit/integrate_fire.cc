// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/integrate_fire.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "ohmweave/circuit/converter_circuits.h"

namespace ohmweave::circuit {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kHeadroom = 1.5;  // of charges over the largest sum, for cells that conduct too much

/// Time from charge `from` to `to` at a constant current that would bring `charge` in a read, in reads:
/// dq/dt = charge - leak q.
double time_between(double from, double to, double charge, double leak) {
  if (leak == 0) return (to - from) / charge;
  return charge <= leak * to ? kInfinity : std::log((charge - leak * from) / (charge - leak * to)) / leak;
}

}  // namespace

IntegrateFire::IntegrateFire(const IntegrateFireSpec& spec)
    : ColumnConverter("integrate_fire", spec),
      bits_(spec.bits),
      rate_(spec.rate),
      threshold_(spec.threshold),
      initial_charge_(spec.initial_charge.value_or(0)),
      threshold_variation_(spec.threshold_variation.value_or(0)),
      leak_(spec.leak.value_or(0)),
      reset_loss_(spec.reset_loss.value_or(0)),
      noise_(spec.noise.value_or(0)) {
  add_action(Verb::Convert, rate_, "spike");
}

double IntegrateFire::threshold(double largest) const {
  return threshold_ ? *threshold_ : std::max(1.0, std::ceil(largest / static_cast<double>(most_spikes())));
}

int64_t IntegrateFire::actions(double largest) const {
  const double spikes = std::floor(largest / threshold(largest) + initial_charge_);
  return std::min(static_cast<int64_t>(spikes), most_spikes());
}

bool IntegrateFire::ideal() const {
  return threshold_variation_ == 0 && leak_ == 0 && reset_loss_ == 0 && noise_ == 0;
}

bool IntegrateFire::exact_up_to(int64_t largest) const {
  return ideal() && threshold(static_cast<double>(largest)) == 1 && most_spikes() >= largest;
}

std::string IntegrateFire::loss(int64_t largest) const {
  const double charge = threshold(static_cast<double>(largest));
  return fmt::format("of which {} bits count {} spikes of a charge of {:.6g} each", bits_,
                     actions(static_cast<double>(largest)), charge);
}

double IntegrateFire::charge_of(int64_t spikes, double threshold) const {
  const auto n = static_cast<double>(spikes);
  const double share = 1 - (n - 1) * reset_loss_;  // of the read that integrates
  if (share <= 0) return kInfinity;
  if (leak_ == 0) return (n - initial_charge_) * threshold / share;
  if (initial_charge_ == 0) return leak_ * threshold / -std::expm1(-leak_ * share / n);
  double low = leak_ * threshold, high = low + n * threshold / share + threshold;
  auto time = [&](double charge) {
    return time_between(initial_charge_ * threshold, threshold, charge, leak_) +
           (n - 1) * time_between(0, threshold, charge, leak_);
  };
  while (time(high) > share) high *= 2;
  for (int k = 0; k < 100 && high - low > 1e-14 * high; ++k) {
    const double middle = (low + high) / 2;
    (time(middle) > share ? low : high) = middle;
  }
  return high;
}

Transfer IntegrateFire::transfer(double largest, const Instance& which) const {
  const double nominal = threshold(largest);
  Transfer t{0, nominal, most_spikes(), {}, {}, noise_ * nominal};
  const double own = threshold_variation_ == 0
                         ? nominal
                         : nominal * std::max(1e-3, 1 + threshold_variation_ *
                                                            stream_of(which, "integrate and fire").normal());
  if (own == nominal && leak_ == 0 && reset_loss_ == 0 && initial_charge_ == 0.5) return t;
  for (int64_t spikes = 1; spikes <= t.most; ++spikes) {
    const double charge = charge_of(spikes, own);
    if (!(charge <= kHeadroom * largest) && spikes > 1) break;
    if (charge == kInfinity) break;
    t.thresholds.push_back(charge);
  }
  return t;
}

}  // namespace ohmweave::circuit
