// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/units/quantity.h"

#include <type_traits>

#include <gtest/gtest.h>

namespace ohmweave::units {
namespace {

// What must not compile is in tests/compile_fail; here is what must, checked by the compiler.
static_assert(std::is_same_v<decltype(Voltage{} * Current{}), Power>);
static_assert(std::is_same_v<decltype(Power{} * Time{}), Energy>);
static_assert(std::is_same_v<decltype(Voltage{} / Current{}), Resistance>);
static_assert(std::is_same_v<decltype(1.0 / Resistance{}), Conductance>);
static_assert(std::is_same_v<decltype(1.0 / Time{}), Frequency>);
static_assert(std::is_same_v<decltype(Charge{} / Voltage{}), Capacitance>);
static_assert(std::is_same_v<decltype(Data{} / Time{}), DataRate>);
static_assert(std::is_same_v<decltype(Energy{} / Data{}), EnergyPerData>);
static_assert(std::is_same_v<decltype(Energy{} / Energy{}), double>);
static_assert(std::is_same_v<decltype(Time{} * Frequency{}), double>);
static_assert(sizeof(Energy) == sizeof(double) && std::is_trivially_copyable_v<Energy>);
static_assert(!std::is_convertible_v<double, Energy> && !std::is_convertible_v<Energy, double>);

TEST(Quantity, ComputesInSi) {
  constexpr Energy e = Power::from_si(2) * Time::from_si(3);
  EXPECT_EQ(e.si(), 6);
  EXPECT_EQ((e + e).si(), 12);
  EXPECT_EQ((e - e / 3).si(), 4);
  EXPECT_EQ((-e).si(), -6);
  EXPECT_EQ((0.5 * e).si(), 3);
  EXPECT_EQ(e / (e * 2), 0.5);
  Energy sum;
  sum += e;
  sum -= Energy::from_si(1);
  EXPECT_EQ(sum.si(), 5);
  EXPECT_LT(sum, e);
  EXPECT_EQ(e, Energy::from_si(6));
}

TEST(CellArea, NeedsATechnologyToBecomeAnArea) {
  EXPECT_DOUBLE_EQ(CellArea::from_squares(4).at(Length::from_si(32e-9)).si(), 4 * 32e-9 * 32e-9);
}

TEST(Picoseconds, AreRoundedUpButForRepresentationErrors) {
  EXPECT_EQ(to_picoseconds(Time::from_si(100e-9)), 100000);
  EXPECT_EQ(to_picoseconds(Time::from_si(1.1e-9)), 1100);
  EXPECT_EQ(to_picoseconds(Time::from_si(1e-12 / 3)), 1);
  EXPECT_EQ(to_picoseconds(1.0 / Frequency::from_si(1.28e9)), 782);  // 781.25 ps
  EXPECT_EQ(to_picoseconds(Time{}), 0);
  EXPECT_EQ(to_time(to_picoseconds(Time::from_si(3e-6))), Time::from_si(3000000 * kPicosecond));
  for (int64_t ns = 1; ns < 100000; ns += 7) {
    EXPECT_EQ(to_picoseconds(Time::from_si(static_cast<double>(ns) * 1e-9)), ns * 1000);
  }
}

}  // namespace
}  // namespace ohmweave::units
