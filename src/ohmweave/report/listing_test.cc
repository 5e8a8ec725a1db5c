// SPDX-License-Identifier: Apache-2.0
// Listings keep what docs/listing.md says of them, move what the program counts, and are read back as written.
#include "ohmweave/report/listing.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/network.h"
#include "ohmweave/program/counts.h"

namespace ohmweave::report {
namespace {

using circuit::Verb;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

struct Compiled {
  machine::Machine machine;
  mapping::Mapping mapping;
  Listing listing;
};
Compiled compiled(const std::string& network, const std::vector<config::Override>& changes = {}) {
  Compiled out;
  out.machine = machine::load("isaac", changes);
  network::LoadOptions options;
  options.allow_unsupported = true;
  out.mapping = mapping::compile(network::load(network, options).graph, out.machine, {});
  out.listing = make_listing(out.mapping, out.machine);
  return out;
}

/// Bytes or actions of all commands of a kind for one inference.
int64_t total(const Listing& l, Command::Word word) {
  int64_t out = 0;
  for (const Command& c : l.fetches) out += c.word == word ? c.amount : 0;
  for (const ListedStage& s : l.stages) {
    for (const Command& c : s.commands) out += c.word == word ? s.total(c) : 0;
  }
  return out;
}
/// What the program counts for it, of one part of the machine.
int64_t counted(const program::Program& p, const std::string& part, Verb verb) {
  const program::Counts counts = program::count_actions(p);
  int64_t out = 0;
  for (uint32_t k = 0; k < p.resources.size(); ++k)
    out += p.resources[k].part == part ? counts.at({k}, verb) : 0;
  return out;
}

class Listings : public testing::TestWithParam<const char*> {};

TEST_P(Listings, KeepTheRulesAndMoveWhatTheProgramCounts) {
  const Compiled c = compiled(GetParam());
  EXPECT_THAT(violations(c.listing), IsEmpty());
  const program::Program& p = c.mapping.program;
  EXPECT_EQ(total(c.listing, Command::Word::Load), counted(p, "chip.tile.edram", Verb::Read));
  EXPECT_EQ(total(c.listing, Command::Word::Store), counted(p, "chip.tile.edram", Verb::Write));
  EXPECT_EQ(total(c.listing, Command::Word::Compute), counted(p, "chip.tile.ima.crossbar", Verb::Read));
  int64_t inputs = 0, programmed = 0;
  for (network::ValueId v : c.mapping.network.inputs)
    inputs += tensor::count(c.mapping.network.value(v).shape) * 2;  // of 16 bits
  EXPECT_EQ(total(c.listing, Command::Word::Fetch), inputs);
  for (const Setting& s : c.listing.configuration) {
    if (s.word == Setting::Word::Prog) programmed += s.arrays.size;
  }
  EXPECT_EQ(programmed, c.mapping.arrays_used);
  EXPECT_EQ(c.listing.stages.size(), p.stages.size());
}

TEST_P(Listings, AreReadBackAsWritten) {
  const Listing l = compiled(GetParam()).listing;
  const std::string text = print(l);
  EXPECT_TRUE(parse_listing(text, "listing") == l);
  EXPECT_EQ(print(parse_listing(text, "listing")), text);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 40 + 20 * static_cast<int64_t>(l.stages.size()));
}

INSTANTIATE_TEST_SUITE_P(Networks, Listings,
                         testing::Values("lenet5", "mlp-s", "cnn-2", "vgg-d", "resnet18", "squeezenet-1.0",
                                         "digits-cnn"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

// 784-500-250-10 on 128 x 128 arrays of 16 weights a row: 7 x 32, 4 x 16 and 2 x 1 arrays.
TEST(Listing, PerceptronByHand) {
  const Listing l = compiled("mlp-s").listing;
  std::vector<Extent> programmed;
  for (const Setting& s : l.configuration) {
    if (s.word == Setting::Word::Prog) programmed.push_back(s.arrays);
    if (s.word == Setting::Word::BypassSenseAmplifier) EXPECT_EQ(s.value, 0) << "every sum is converted";
  }
  EXPECT_THAT(programmed, testing::ElementsAre(Extent{0, 224}, Extent{288, 64}, Extent{384, 2}))
      << "layers begin at tiles of 96 arrays";
  ASSERT_EQ(l.fetches.size(), 1U);
  EXPECT_EQ(l.fetches[0].amount, 2 * 784);
  EXPECT_EQ(l.outside, 2 * 784 + 2 * 10);
  EXPECT_THAT(print(l), HasSubstr("store array [384 +2] to buf"));
}

TEST(Listing, ArraysThatAreMemoryStayMemory) {
  const Listing l = compiled("mlp-s", {{"mapping.morph", "{data: 2 KiB, through: [chip.tile.edram]}"}}).listing;
  int64_t memory = 0;
  for (const Setting& s : l.configuration) memory += s.word == Setting::Word::Mem ? s.arrays.size : 0;
  EXPECT_EQ(memory, l.arrays - 290);
  EXPECT_THAT(violations(l), IsEmpty());
}

TEST(Listing, ChecksFindWhatIsWrong) {
  const Listing good = compiled("lenet5").listing;
  auto broken = [&](auto change) {
    Listing l = good;
    change(l);
    return violations(l).size();
  };
  EXPECT_GT(broken([](Listing& l) { l.places.back().at.first = l.memories[0].bytes; }), 0U);
  EXPECT_GT(broken([](Listing& l) { l.places[0].items += 1; }), 0U);
  EXPECT_GT(broken([](Listing& l) { l.configuration[0].arrays.first = l.arrays; }), 0U);
  EXPECT_GT(broken([](Listing& l) { l.configuration[1].arrays = l.configuration[0].arrays; }), 0U);
  EXPECT_GT(broken([](Listing& l) { l.fetches.clear(); }), 0U);
  EXPECT_GT(broken([](Listing& l) { l.stages[0].commands[0].arrays.size += 1; }), 0U);
  EXPECT_GT(broken([](Listing& l) { l.outside -= 1; }), 0U);
  EXPECT_GT(broken([](Listing& l) {
              l.places.push_back(l.places.back());
              l.places.back().store = "another";
            }),
            0U);
}

TEST(Listing, ErrorsOfTextsHavePlaces) {
  const std::string good = print(compiled("mlp-s").listing);
  auto message = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    try {
      parse_listing(text, "mine.txt");
    } catch (const base::Failure& failure) {
      return std::string(failure.what());
    }
    return std::string();
  };
  EXPECT_THAT(message("ohmweave-listing/1", "ohmweave-listing/9"), HasSubstr("mine.txt:1:"));
  EXPECT_THAT(message("arrays 16128", "arrays -3"), HasSubstr("mine.txt:3:8: error: expected a whole number"));
  EXPECT_THAT(message("  load ", "  lode "), HasSubstr("expected a command"));
  EXPECT_THAT(message(" each", " every"), HasSubstr("expected 'once'"));
  EXPECT_THAT(message("\nrun\n", "\n"), HasSubstr("expected a command of the configuration"));
  EXPECT_THAT(message("prog [0 +224]", "prog [0 224]"), HasSubstr("expected a whole number"));
  EXPECT_EQ(message("configure\n", "; a comment\nconfigure\n"), "");
}

}  // namespace
}  // namespace ohmweave::report
