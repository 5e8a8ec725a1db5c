// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/units/text.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ohmweave/base/random.h"

namespace ohmweave::units {
namespace {

void expect_reads(std::string_view text, double si, const Dimension& dimension) {
  ParseError error;
  std::optional<Measure> m = parse_measure(text, &error);
  ASSERT_TRUE(m) << text << ": " << error.message;
  EXPECT_NEAR(m->si, si, std::abs(si) * 4e-16) << text;
  EXPECT_EQ(m->dimension, dimension) << text;
}

TEST(Parse, EveryPrefixOfEveryUnit) {
  const std::pair<const char*, double> prefixes[] = {
      {"", 1},     {"P", 1e15}, {"T", 1e12},  {"G", 1e9},   {"M", 1e6},   {"k", 1e3},      {"m", 1e-3},
      {"u", 1e-6}, {"n", 1e-9}, {"p", 1e-12}, {"f", 1e-15}, {"a", 1e-18}, {"\u00b5", 1e-6}};
  const std::tuple<const char*, Dimension, double> units[] = {
      {"m", {1, 0, 0, 0, 0, 0}, 1},    {"g", {0, 1, 0, 0, 0, 0}, 1e-3},    {"s", {0, 0, 1, 0, 0, 0}, 1},
      {"A", {0, 0, 0, 1, 0, 0}, 1},    {"K", {0, 0, 0, 0, 1, 0}, 1},       {"Hz", {0, 0, -1, 0, 0, 0}, 1},
      {"J", {2, 1, -2, 0, 0, 0}, 1},   {"W", {2, 1, -3, 0, 0, 0}, 1},      {"V", {2, 1, -3, -1, 0, 0}, 1},
      {"S", {-2, -1, 3, 2, 0, 0}, 1},  {"F", {-2, -1, 4, 2, 0, 0}, 1},     {"C", {0, 0, 1, 1, 0, 0}, 1},
      {"B", {0, 0, 0, 0, 0, 1}, 8},    {"bit", {0, 0, 0, 0, 0, 1}, 1},     {"ohm", {2, 1, -3, -2, 0, 0}, 1},
      {"OPS", {0, 0, -1, 0, 0, 0}, 1}, {"\u03a9", {2, 1, -3, -2, 0, 0}, 1}};
  for (const auto& [prefix, scale] : prefixes) {
    for (const auto& [unit, dimension, factor] : units) {
      expect_reads(fmt::format("2.5 {}{}", prefix, unit), 2.5 * scale * factor, dimension);
    }
  }
}

TEST(Parse, BinaryPrefixesBelongToData) {
  expect_reads("64 KiB", 64 * 1024 * 8, {0, 0, 0, 0, 0, 1});
  expect_reads("2 Mibit", 2 * 1048576, {0, 0, 0, 0, 0, 1});
  expect_reads("1 GiB/s", 8.0 * 1073741824, {0, 0, -1, 0, 0, 1});
  EXPECT_FALSE(parse_measure("1 Kim"));
  EXPECT_FALSE(parse_measure("1 MiHz"));
}

TEST(Parse, CompoundUnits) {
  expect_reads("41.3 mm^2", 41.3e-6, {2, 0, 0, 0, 0, 0});
  expect_reads("41.3 mm2", 41.3e-6, {2, 0, 0, 0, 0, 0});
  expect_reads("2.02 pJ/B", 2.02e-12 / 8, {2, 1, -2, 0, 0, -1});
  expect_reads("627.5 GOPS/W", 627.5e9, {-2, -1, 2, 0, 0, 0});
  expect_reads("478.95 GOPS/(mm^2)", 478.95e15, {-2, 0, -1, 0, 0, 0});
  expect_reads("0.74 MB/mm2", 0.74 * 8e12, {-2, 0, 0, 0, 0, 1});
  expect_reads("3 1/s", 3, {0, 0, -1, 0, 0, 0});
  expect_reads("3 s^-1", 3, {0, 0, -1, 0, 0, 0});
  expect_reads("2 V*A*s", 2, {2, 1, -2, 0, 0, 0});
  expect_reads("2 V A", 2, {2, 1, -3, 0, 0, 0});
  expect_reads("90 min", 5400, {0, 0, 1, 0, 0, 0});
  expect_reads("10 day", 864000, {0, 0, 1, 0, 0, 0});
}

TEST(Parse, NumbersWithoutDimension) {
  expect_reads("0.25", 0.25, {});
  expect_reads("-1e6", -1e6, {});
  expect_reads("58 %", 0.58, {});
  expect_reads("41.29 TOP", 41.29e12, {});
}

TEST(Parse, TellsWhatIsWrongAndWhere) {
  ParseError error;
  EXPECT_FALSE(parse_measure("fast", &error));
  EXPECT_EQ(error.message, "'fast' does not begin with a number");
  EXPECT_FALSE(parse_measure("1.2 GHZ", &error));
  EXPECT_EQ(error.message, "'GHZ' is no unit; did you mean 'GHz'?");
  EXPECT_EQ(error.offset, 4U);
  EXPECT_EQ(error.length, 3U);
  EXPECT_FALSE(parse_measure("1 furlong", &error));
  EXPECT_EQ(error.message, "'furlong' is no unit");
  EXPECT_FALSE(parse_measure("1e999 s", &error));
  EXPECT_EQ(error.message, "'1e999 s' is too large or too small");
  EXPECT_FALSE(parse_measure("1e300 TB", &error) && parse_measure("1e307 TB", &error));
  EXPECT_FALSE(parse<Time>("3 m", &error));
  EXPECT_EQ(error.offset, 2U);
  EXPECT_EQ(parse<Time>("3 ms"), Time::from_si(3e-3));
}

TEST(Parse, RefusesWhatOnlyLooksLikeAUnit) {
  for (const char* text : {"", " ", "4 16", "4 1", "1 m^", "1 m^-", "1 (m", "1 m)", "1 m//s", "1 /", "1 m*",
                           "inf", "nan", "0x10", "+3", "1,5 V", "1 m^12", "1 V!", "1 \xff"}) {
    EXPECT_FALSE(parse_measure(text)) << text;
  }
  EXPECT_FALSE(parse_unit(std::string(10000, '(')));
}

TEST(Print, ForPeople) {
  EXPECT_EQ(print(Frequency::from_si(1.28e9)), "1.28 GHz");
  EXPECT_EQ(print(Area::from_si(85.4e-6)), "85.4 mm^2");
  EXPECT_EQ(print(Area::from_si(1200e-12)), "1200 um^2");
  EXPECT_EQ(print(Power::from_si(65.8)), "65.8 W");
  EXPECT_EQ(print(Energy::from_si(1.6667e-12)), "1.667 pJ");
  EXPECT_EQ(print(Time::from_si(0.99999999)), "1 s");
  EXPECT_EQ(print(Time{}), "0 s");
  EXPECT_EQ(print(Data::from_si(64 * 1024 * 8)), "64 KiB");
  EXPECT_EQ(print(Data::from_si(3)), "3 bit");
  EXPECT_EQ(print(DataRate::from_si(6.4e9 * 8)), "6.4 GB/s");
  EXPECT_EQ(print(Voltage::from_si(-0.5)), "-500 mV");
  EXPECT_EQ(print(Current::from_si(4e19)), "40000 PA");
  EXPECT_EQ(print(Current::from_si(-2.5e300)), "-2.5e+300 A");
  EXPECT_EQ(print(478.95e15, {-2, 0, -1, 0, 0, 0}, 5), "478.95 GOPS/mm^2");
  EXPECT_EQ(print(627.5e9, {-2, -1, 2, 0, 0, 0}), "627.5 GOPS/W");
  EXPECT_EQ(print(CellArea::from_squares(4)), "4 F^2");
  EXPECT_EQ(print_count(1.547e10), "15.47 G");
  EXPECT_EQ(print_count(16), "16");
}

TEST(Write, IsReadBackExactly) {
  const Dimension dimensions[] = {{},
                                  {1, 0, 0, 0, 0, 0},
                                  {2, 0, 0, 0, 0, 0},
                                  {0, 0, 1, 0, 0, 0},
                                  {0, 0, -1, 0, 0, 0},
                                  {2, 1, -2, 0, 0, 0},
                                  {2, 1, -3, 0, 0, 0},
                                  {2, 1, -3, -2, 0, 0},
                                  {0, 0, 0, 0, 0, 1},
                                  {0, 0, -1, 0, 0, 1},
                                  {2, 1, -2, 0, 0, -1},
                                  {-2, 0, -1, 0, 0, 0},
                                  {3, -1, 2, 1, -2, 1}};
  base::RandomStream random(1, 2, 3);
  for (const Dimension& d : dimensions) {
    for (int k = 0; k < 2000; ++k) {
      const double si = (random.uniform() - 0.3) * std::pow(10.0, random.uniform(-20, 17));
      const double value = k % 3 == 0 ? std::round(si * 1000) / 1000 : si;
      const std::string text = write(value, d);
      std::optional<Measure> back = parse_measure(text);
      ASSERT_TRUE(back) << text;
      EXPECT_EQ(back->si, value) << text;
      EXPECT_EQ(back->dimension, d) << text;
    }
  }
  EXPECT_EQ(write(Frequency::from_si(1.2e9)), "1.2 GHz");
  EXPECT_EQ(write(Data::from_si(64 * 1024 * 8)), "64 KiB");
}

TEST(UnitName, KnowsTheCommonOnesAndSpellsTheRest) {
  EXPECT_EQ(unit_name({2, 1, -2, 0, 0, 0}), "J");
  EXPECT_EQ(unit_name({-2, 0, -1, 0, 0, 0}), "OPS/m^2");
  EXPECT_EQ(unit_name({1, 0, 0, 0, 2, 0}), "m^1*K^2");
}

TEST(CellAreaText, IsMeasuredInSquaresOfTheHalfPitch) {
  EXPECT_EQ(parse_cell_area("4 F^2"), CellArea::from_squares(4));
  EXPECT_EQ(parse_cell_area("6F2"), CellArea::from_squares(6));
  ParseError error;
  EXPECT_FALSE(parse_cell_area("4 nm^2", &error));
  EXPECT_EQ(error.message, "'4 nm^2' is no cell area, which is measured in F^2");
  EXPECT_FALSE(parse_cell_area("F^2"));
}

}  // namespace
}  // namespace ohmweave::units
