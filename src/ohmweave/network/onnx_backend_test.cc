// SPDX-License-Identifier: Apache-2.0
// ONNX's own conformance tests (onnx/backend/test): models of a node or two with inputs and outputs.
#include <algorithm>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "ohmweave/network/conformance.h"
#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/onnx.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

const std::string kRoot = OHMWEAVE_REFERENCE_DATA "/onnx_backend";

/// Operators that are still to come. One that is here by now has to leave the list.
const std::set<std::string> kMissing = {"ConvInteger",   "DequantizeLinear", "DynamicQuantizeLinear",
                                        "MatMulInteger", "QLinearConv",      "QLinearMatMul",
                                        "QuantizeLinear"};

/// A part of the cases, so that each test is short.
class Conformance : public testing::TestWithParam<size_t> {};

TEST_P(Conformance, OfOperators) {
  if (!std::filesystem::exists(kRoot)) GTEST_SKIP() << "no reference data in " << kRoot;
  const std::vector<ConformanceCase> cases = find_conformance_cases(kRoot, "");
  for (size_t k = GetParam(); k < cases.size(); k += 8) {
    const ConformanceResult r = run_conformance_case(cases[k]);
    const bool to_come = std::any_of(kMissing.begin(), kMissing.end(), [&](const std::string& op) {
      return r.reason.find("the operator " + op + " ") != std::string::npos;
    });
    EXPECT_TRUE(r.verdict == Verdict::Pass || (r.verdict == Verdict::Unsupported && to_come))
        << cases[k].name << ": " << r.reason;
  }
}
INSTANTIATE_TEST_SUITE_P(Parts, Conformance, testing::Range<size_t>(0, 8));

TEST(Missing, AreStillMissing) {
  for (const std::string& op : kMissing) {
    OnnxModel model(18);
    model.input("x", {"1"}).node(OnnxNode(op, {"x"}, {"y"})).output("y");
    EXPECT_NE(message_of([&] { model.load(); }).find("not supported"), std::string::npos) << op;
  }
}

}  // namespace
}  // namespace ohmweave::network
