// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ohmweave::report {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;

const ordered_json& ours() {
  static const ordered_json json = ordered_json::parse(R"({
    "costs": {"rate": 8, "on": true, "nothing": null, "text": "16 mW", "words": "no number"},
    "machine": {"chip": {"area": 1}, "chip.tile": {"area": 2}, "chip.tile.ima.adc": {"area": 3}},
    "layers": [{"name": "conv1", "bytes": 5}, {"name": "conv2", "bytes": 7}, {"bytes": 1}]})");
  return json;
}
const ordered_json& other() {
  static const ordered_json json = ordered_json::parse(R"({"costs": {"rate": 2}})");
  return json;
}

struct Read {
  Expression expression;
  std::string errors;
};
Read read(const std::string& text) {
  base::Diagnostics d;
  auto source = std::make_shared<base::Source>(base::Source{"claims.yaml", text});
  config::Node node = config::scalar(text, {source, 1, 1, static_cast<uint32_t>(text.size())});
  Read out{Expression::parse(node, d), {}};
  out.errors = d.render();
  return out;
}
double value(const std::string& text) {
  Read r = read(text);
  EXPECT_EQ(r.errors, "") << text;
  return r.expression.evaluate(ours(), &other());
}
std::string failure(const std::string& text, const ordered_json* against = nullptr) {
  Read r = read(text);
  if (!r.errors.empty()) return r.errors;
  try {
    r.expression.evaluate(ours(), against);
  } catch (const base::Failure& f) {
    return f.what();
  }
  return "no failure";
}

TEST(Expression, CalculatesAsArithmeticDoes) {
  EXPECT_EQ(value("1 + 2 * 3"), 7);
  EXPECT_EQ(value("(1 + 2) * 3"), 9);
  EXPECT_EQ(value("8 - 2 - 1"), 5);  // from the left
  EXPECT_EQ(value("8 / 2 / 2"), 2);
  EXPECT_EQ(value("-2 * -3"), 6);
  EXPECT_EQ(value("2 - -3"), 5);
  EXPECT_DOUBLE_EQ(value("100e-9"), 1e-7);
  EXPECT_EQ(value("1/4"), 0.25);
}

TEST(Expression, WalksAReport) {
  EXPECT_EQ(value("costs.rate"), 8);
  EXPECT_EQ(value("costs.rate / against.costs.rate"), 4);
  EXPECT_EQ(value("costs.on + 1"), 2);
  EXPECT_DOUBLE_EQ(value("costs.text"), 0.016);
  EXPECT_EQ(value("layers.conv2.bytes"), 7);
}

TEST(Expression, KeysMayHaveDots) {  // the longest key that fits
  EXPECT_EQ(value("machine.chip.area"), 1);
  EXPECT_EQ(value("machine.chip.tile.area"), 2);
  EXPECT_EQ(value("machine.chip.tile.ima.adc.area"), 3);
  EXPECT_EQ(value("machine.'chip.tile'.area"), 2);
}

TEST(Expression, TakesOneOfMany) {
  EXPECT_EQ(value("max(layers.*.bytes)"), 7);
  EXPECT_EQ(value("min(layers.*.bytes)"), 1);
  EXPECT_EQ(value("sum(layers.*.bytes)"), 13);
  EXPECT_EQ(value("max(1, layers.conv1.bytes, 2 + 2)"), 5);
  EXPECT_EQ(value("sum(machine.*.area) * 2"), 12);
}

TEST(Expression, KnowsWhetherItCompares) {
  EXPECT_TRUE(read("1 / (2 + against.costs.rate)").expression.compares());
  EXPECT_FALSE(read("costs.rate").expression.compares());
}

TEST(Expression, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(failure("1 +"), HasSubstr("ends too early"));
  EXPECT_THAT(failure("1 2"), HasSubstr("claims.yaml:1:3: error: '2' is out of place"));
  EXPECT_THAT(failure("(1 + 2"), HasSubstr("')' is missing"));
  EXPECT_THAT(failure("mix(1)"), HasSubstr("unknown function 'mix'; did you mean 'min'?"));
  EXPECT_THAT(failure("'abc"), HasSubstr("quote does not end"));
  EXPECT_THAT(failure("1 & 2"), HasSubstr("'&' is out of place"));
  EXPECT_THAT(failure(""), HasSubstr("ends too early"));
  EXPECT_THAT(failure(std::string(200, '(') + "1" + std::string(200, ')')), HasSubstr("too deeply nested"));
  EXPECT_THAT(failure("2 * costs.rat"),
              HasSubstr("claims.yaml:1:5: error: 'costs' has no 'rat'; did you mean 'rate'?"));
  EXPECT_THAT(failure("costs.nothing"), HasSubstr("absent (null)"));
  EXPECT_THAT(failure("costs.words"), HasSubstr("not a number"));
  EXPECT_THAT(failure("costs"), HasSubstr("no single value"));
  EXPECT_THAT(failure("layers.*.bytes"), HasSubstr("is 3 values; take min, max or sum"));
  EXPECT_THAT(failure("against.costs.rate"), HasSubstr("nothing to compare with"));
  EXPECT_THAT(failure("layers.conv3.bytes"), HasSubstr("conv1"));
}

}  // namespace
}  // namespace ohmweave::report
