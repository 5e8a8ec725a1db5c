// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/trials.h"

#include <gmock/gmock.h>

#include "ohmweave/report/report.h"

namespace ohmweave::report {
namespace {

// Tables of Student's distribution (Abramowitz and Stegun, table 26.10).
TEST(Trials, StudentsT) {
  for (const auto& [n, t] : {std::pair{1, 12.706},
                             {2, 4.303},
                             {3, 3.182},
                             {4, 2.776},
                             {5, 2.571},
                             {9, 2.262},
                             {29, 2.045},
                             {120, 1.980}})
    EXPECT_NEAR(students_t(n), t, 0.004) << n;
}

TEST(Trials, AreSummarized) {
  std::vector<Report> reports(4);
  std::vector<const Report*> all;
  const double right[] = {0.9, 0.8, 0.95, 0.75}, off[] = {0.1, 0.3, 0.2, 0.2};
  for (size_t k = 0; k < reports.size(); ++k) {
    reports[k].values.emplace();
    reports[k].values->figures = {{"top1", "top-1", Figure::Kind::Fraction, right[k], 1}};
    reports[k].values->distance = off[k];
    reports[k].values->seed = 7 + k;
    all.push_back(&reports[k]);
  }
  const Trials trials = summarize(all);
  EXPECT_THAT(trials.seeds, testing::ElementsAre(7, 8, 9, 10));
  ASSERT_EQ(trials.figures.size(), 2U);
  const TrialFigure &top1 = trials.figures[0], &error = trials.figures[1];
  EXPECT_EQ(top1.key, "top1");
  EXPECT_DOUBLE_EQ(top1.mean, 0.85);
  EXPECT_NEAR(top1.deviation, 0.0912871, 1e-6);  // sqrt((0.0025 + 0.0025 + 0.01 + 0.01) / 3)
  EXPECT_NEAR(top1.high - top1.low, 2 * 3.182 * 0.0912871 / 2, 1e-3);
  EXPECT_EQ(top1.worst, 0.75);
  EXPECT_EQ(top1.worst_seed, 10U);
  EXPECT_EQ(error.worst, 0.3) << "the largest error is the worst";
  EXPECT_EQ(error.worst_seed, 8U);
}

}  // namespace
}  // namespace ohmweave::report
