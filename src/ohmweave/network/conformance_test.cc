// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/conformance.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/onnx.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::HasSubstr;

void put(const TemporaryFolder& folder, const std::string& name, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(folder.path() + "/" + name).parent_path());
  folder.put(name, bytes);
}
/// A case of one node x -> y with recorded numbers.
void put_case(TemporaryFolder& folder, const std::string& op, const std::vector<float>& y) {
  OnnxModel m(13);
  m.input("x", {"2"}).output("y", {"2"}).node(OnnxNode(op, {"x"}, {"y"}));
  put(folder, op + "/model.onnx", m.bytes());
  put(folder, op + "/test_data_set_0/input_0.pb",
      onnx_tensor("x", {2}, onnx_type::kFloat, std::vector<float>{-1, 2}).bytes());
  put(folder, op + "/test_data_set_0/output_0.pb", onnx_tensor("y", {2}, onnx_type::kFloat, y).bytes());
}

TEST(ConformanceCases, PassFailOrAreNotSupported) {
  TemporaryFolder folder;
  put_case(folder, "Relu", {0, 2});
  put_case(folder, "Neg", {1, -2.001F});
  put_case(folder, "NoSuchOperator", {0, 0});
  const std::vector<ConformanceCase> cases = find_conformance_cases(folder.path(), "");
  ASSERT_EQ(cases.size(), 3U);
  EXPECT_EQ(cases[0].name, "Neg");
  const ConformanceResult neg = run_conformance_case(cases[0]), none = run_conformance_case(cases[1]);
  EXPECT_EQ(neg.verdict, Verdict::Fail);
  EXPECT_THAT(neg.reason, HasSubstr("output 0 is 0.0005 of the largest away, 0.0001 allowed"));
  EXPECT_EQ(none.verdict, Verdict::Unsupported);
  EXPECT_THAT(none.reason, HasSubstr("the operator NoSuchOperator is not supported"));
  EXPECT_EQ(run_conformance_case(cases[2]).verdict, Verdict::Pass) << run_conformance_case(cases[2]).reason;
}

TEST(ConformanceCases, FindTheirModelElsewhere) {
  TemporaryFolder data, models;
  OnnxModel m(13);
  m.input("x", {"2"}).output("y", {"2"}).node(OnnxNode("Relu", {"x"}, {"y"}));
  put(models, "family/net.onnx", m.bytes());
  put(data, "family/net/test_data_set_0/input_0.pb",
      onnx_tensor("x", {2}, onnx_type::kFloat, std::vector<float>{-1, 2}).bytes());
  EXPECT_THAT(run_conformance_case(find_conformance_cases(data.path(), "")[0]).reason,
              HasSubstr("there is no model"));
  EXPECT_EQ(run_conformance_case(find_conformance_cases(data.path(), models.path())[0]).verdict, Verdict::Pass);
  EXPECT_THAT(message_of([&] { find_conformance_cases(models.path(), ""); }), HasSubstr("holds no test case"));
  EXPECT_THAT(message_of([&] { find_conformance_cases("/no/such", ""); }),
              HasSubstr("there is no such folder"));
}

/// docs/onnx.md has the list of the operator table.
TEST(OnnxPage, ListsTheOperators) {
  const std::string path = OHMWEAVE_DOCS "/onnx.md", begin = "<!-- operators -->\n", end = "<!-- end -->";
  std::stringstream page;
  page << std::ifstream(path).rdbuf();
  const std::string old = page.str();
  std::string fresh = old, list = "\n| | operators |\n|---|---|\n", row, letter;
  auto finish_row = [&] { list += row.empty() ? "" : "| " + letter + " | " + row + " |\n"; };
  for (const std::string& name : operators_of_files()) {
    const std::string first =
        name.find('.') == std::string::npos ? name.substr(0, 1) : name.substr(0, name.rfind('.'));
    if (first != letter) finish_row(), row.clear(), letter = first;
    row += (row.empty() ? "`" : ", `") + name.substr(name.rfind('.') + 1) + "`";
  }
  finish_row();
  const size_t from = fresh.find(begin), to = fresh.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos) << path;
  fresh.replace(from + begin.size(), to - from - begin.size(), list + "\n");
  if (std::getenv("OHMWEAVE_UPDATE_DOCS") != nullptr) std::ofstream(path) << fresh;
  EXPECT_TRUE(fresh == old) << path
                            << " differs from the operator table; run this test with OHMWEAVE_UPDATE_DOCS=1";
}

}  // namespace
}  // namespace ohmweave::network
