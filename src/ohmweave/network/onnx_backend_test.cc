// SPDX-License-Identifier: Apache-2.0
// ONNX's own conformance tests (onnx/backend/test): models of a node or two with inputs and outputs.
#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/network/conformance.h"

namespace ohmweave::network {
namespace {

const std::string kRoot = OHMWEAVE_REFERENCE_DATA "/onnx_backend";

/// A part of the cases, so that each test is short.
class Conformance : public testing::TestWithParam<size_t> {};

TEST_P(Conformance, OfOperators) {
  if (!std::filesystem::exists(kRoot)) GTEST_SKIP() << "no reference data in " << kRoot;
  const std::vector<ConformanceCase> cases = find_conformance_cases(kRoot, "");
  for (size_t k = GetParam(); k < cases.size(); k += 8) {
    const ConformanceResult r = run_conformance_case(cases[k]);
    EXPECT_EQ(r.verdict, Verdict::Pass) << cases[k].name << ": " << r.reason;
  }
}
INSTANTIATE_TEST_SUITE_P(Parts, Conformance, testing::Range<size_t>(0, 8));

}  // namespace
}  // namespace ohmweave::network
