// SPDX-License-Identifier: Apache-2.0
// What people read: that it is all there, fits a terminal, and that colour changes nothing but colour.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/report/compare.h"
#include "ohmweave/report/report.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::shared_ptr<const machine::Machine> machine_of(const std::string& configuration) {
  return std::make_shared<const machine::Machine>(machine::load(configuration));
}
Report report_of(const std::string& network, const std::string& configuration) {
  return estimate(network::load(network), machine_of(configuration), 4);
}
Values some_values(bool labelled) {
  Values v;
  v.samples = 1000, v.agreement = 0.9995, v.distance = 0.0123;
  if (labelled) {
    v.metric = MetricKind::Top1;
    v.figures = {{"top1", "top-1", Figure::Kind::Fraction, 0.9876, 0.9871},
                 {"top5", "top-5", Figure::Kind::Fraction, 1, 1}};
    v.classes = {{"cat", 4, 4}, {"dog", 4, 1}};
  }
  v.data = "digits (test)", v.calibration = "digits (training)";
  return v;
}
std::string without_colour(std::string text) {
  for (size_t at = text.find('\033'); at != std::string::npos; at = text.find('\033', at))
    text.erase(at, text.find('m', at) - at + 1);
  return text;
}
/// With one blank wherever there are several.
std::string squeezed(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c != ' ' || !out.ends_with(' ')) out += c;
  }
  return out;
}

TEST(Text, SaysWhatRanAndWhatItCost) {
  Report r = report_of("lenet5", "isaac:chips=2");
  r.values = some_values(true);
  const std::string text = to_text(r, false);
  for (const char* part : {"Network    lenet5",
                           "61.71 k parameters",
                           "isaac: ISAAC",
                           "2 chips",
                           "Changed    chips=2",
                           "1000 samples of digits (test)",
                           "98.76 %",
                           "98.71 %",
                           "99.95 %",
                           "1.23 %",
                           "least right: dog 1 of 4",
                           "calibrated on digits (training)",
                           "latency",
                           "throughput",
                           "average power",
                           "131.6 W peak",
                           "82.58 TOPS",
                           "627.4 GOPS/W",
                           "chip.tile.ima.adc",
                           "chip.hyper_transport (constant)",
                           "isaac16, Table I",
                           "total",
                           "waited for",
                           "busiest part"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Text, FitsATerminal) {
  for (const char* network : {"lenet5", "resnet50", "vgg-e"}) {
    const Report r = report_of(network, "isaac");
    std::istringstream lines(to_text(r, false));
    bool listed = false;  // warnings and what is not modelled are sentences, not tables
    for (std::string line; std::getline(lines, line);) {
      listed |= line.rfind("Not modelled", 0) == 0 || line.rfind("Warnings", 0) == 0;
      if (!listed) {
        EXPECT_LE(width(line), 120) << line;
      }
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
}

TEST(Text, ColourIsAllThatColourChanges) {
  Report r = report_of("resnet18", "isaac:chip.tile.ima.adc.bits=7");
  r.values = some_values(true);
  for (auto [plain, coloured] :
       {std::pair(to_text(r, false), to_text(r, true)),
        std::pair(compare_text({r, r}, false), compare_text({r, r}, true)),
        std::pair(mapping_text(*r.mapping, *r.machine, false), mapping_text(*r.mapping, *r.machine, true))}) {
    EXPECT_THAT(plain, Not(HasSubstr("\033")));
    EXPECT_THAT(coloured, HasSubstr("\033[1m"));
    EXPECT_EQ(without_colour(coloured), plain);
  }
}

TEST(Text, WithoutLabelsNoAccuracy) {
  Report r = report_of("lenet5", "isaac");
  r.values = some_values(false);
  const std::string text = to_text(r, false);
  EXPECT_THAT(text, HasSubstr("no labels"));
  EXPECT_THAT(text, Not(HasSubstr("top-1")));
  EXPECT_THAT(text, HasSubstr("same class as exact"));
}

TEST(Text, TheExactReferenceCostsNothing) {
  Report r;
  r.network = "net";
  r.values = some_values(true);
  const std::string text = to_text(r, false);
  EXPECT_THAT(text, HasSubstr("the exact reference"));
  EXPECT_THAT(text, HasSubstr("98.71 %"));
  EXPECT_THAT(text, Not(HasSubstr("Costs")));
}

TEST(Text, WhatDoesNotFitSaysWhatWould) {
  const Report r = report_of("vgg-d", "isaac:chips=1");
  EXPECT_THAT(to_text(r, false), HasSubstr("none: " + r.mapping->misfit));
  EXPECT_THAT(mapping_text(*r.mapping, *r.machine, false), HasSubstr("It does not fit: "));
}

TEST(Text, AMachineAloneIsATableOfItsParts) {
  Report r;
  r.machine = machine_of("isaac");
  r.design = "isaac";
  const std::string text = to_text(r, false);
  for (const char* part :
       {"41.29 TOPS", "65.81 W", "85.42 mm^2", "16 mW", "1/4", "hyper_transport", "0.00006 mm^2"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(Text, ComparesWithTheFirst) {
  const Report one = report_of("lenet5", "isaac:chips=1"), two = report_of("lenet5", "isaac:chips=2");
  const std::string text = compare_text({one, two}, false);
  EXPECT_THAT(text, HasSubstr("isaac:chips=2"));
  EXPECT_THAT(squeezed(text), HasSubstr("area 85.42 mm^2 170.8 mm^2 2x"));
  Report exact;
  exact.network = "lenet5";
  exact.values = some_values(true);
  EXPECT_THAT(squeezed(compare_text({one, exact}, false)), HasSubstr("top-1 - 98.76 %"));
  EXPECT_EQ(compare_text({}, false), "");
}

TEST(MappingText, HasALineForEveryLayerThatIsWork) {
  const Report r = report_of("vgg-a", "isaac");
  const std::string text = mapping_text(*r.mapping, *r.machine, false);
  EXPECT_THAT(text, HasSubstr("8 chips"));
  int lines = 0;
  for (const mapping::Layer& l : r.mapping->layers) {
    const bool named = squeezed(text).find("\n " + l.name + " ") != std::string::npos;
    lines += named;
    if (l.name.size() <= 8 && l.where != mapping::Where::Free) {
      EXPECT_TRUE(named) << l.name;
    }
  }
  EXPECT_GE(lines, 11);
  EXPECT_THAT(text, HasSubstr("only 27 of 128 rows"));
}

}  // namespace
}  // namespace ohmweave::report
