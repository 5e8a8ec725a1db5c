// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace ohmweave::logic::testing {

/// Expects `tables` between the marks "<!-- counts -->" and "<!-- end -->" of a page of docs/models. Where
/// OHMWEAVE_UPDATE_DOCS is set, it writes them there. Tests alone know where the pages are.
inline void expect_counts(const std::string& page, const std::string& tables) {
  const std::string path = OHMWEAVE_DOCS "/models/" + page, begin = "<!-- counts -->\n", end = "<!-- end -->";
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string old = text.str();
  std::string fresh = old;
  const size_t from = fresh.find(begin), to = fresh.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos) << path;
  fresh.replace(from + begin.size(), to - from - begin.size(), tables);
  if (std::getenv("OHMWEAVE_UPDATE_DOCS") != nullptr) std::ofstream(path) << fresh;
  EXPECT_TRUE(fresh == old) << path << " differs from the programs; run this test with OHMWEAVE_UPDATE_DOCS=1";
}

}  // namespace ohmweave::logic::testing
