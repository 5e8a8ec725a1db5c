// SPDX-License-Identifier: Apache-2.0
// Walks everything that is shipped: each design must build, and each number must say where it comes from.
#include <filesystem>

#include <gmock/gmock.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/config/annotations.h"
#include "ohmweave/machine/design.h"
#include "ohmweave/machine/machine.h"

namespace ohmweave::machine {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Field;

std::string untold(const config::Node& file) {
  base::Diagnostics d;
  config::check_provenance(file, d);
  return d.render();
}

TEST(Shipped, DesignsBuildAndEveryNumberHasASource) {
  std::vector<NamedDesign> designs = named_designs();
  EXPECT_THAT(designs, Contains(Field(&NamedDesign::name, "isaac")));
  for (const NamedDesign& design : designs) {
    EXPECT_EQ(untold(config::load(design.path)), "") << design.path;
    Machine machine = load(design.name);
    EXPECT_EQ(machine.name, design.name) << "the folder is called like the design";
    EXPECT_EQ(machine.title, design.title);
    EXPECT_EQ(load(design.path).root->area(), machine.root->area());
  }
}

TEST(Shipped, LibraryEntriesHaveSourcesAndComponentsCanBeMade) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(base::data_folder()) / "library")) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    config::Node file = config::load(entry.path().string());
    EXPECT_EQ(untold(file), "") << entry.path();
    if (file.find("format")->text == "ohmweave-claims/1") continue;
    EXPECT_EQ(file.find("name")->text, entry.path().stem().string());
    const config::Node* kind = file.find("kind");
    if (kind == nullptr) continue;
    config::Node component = config::without_annotations(file);
    for (const char* head : {"format", "name", "sources"}) component.erase(head);
    base::Diagnostics d;
    ASSERT_NE(circuit::find_kind(kind->text), nullptr) << entry.path();
    EXPECT_NE(circuit::find_kind(kind->text)->make(component, d), nullptr) << d.render();
  }
  EXPECT_GE(files, 6);
}

// What `show` prints of a design is a design again, the same one.
TEST(Shipped, ResolvedDesignsBuildTheSameMachine) {
  for (const NamedDesign& design : named_designs()) {
    Machine machine = load(design.name);
    auto text =
        std::make_shared<base::Source>(base::Source{"resolved.yaml", config::write_yaml(machine.design)});
    Machine again = build(config::parse_yaml(text), design.name);
    EXPECT_EQ(again.nodes().size(), machine.nodes().size());
    EXPECT_EQ(again.root->area(), machine.root->area());
    EXPECT_EQ(again.root->peak_power(), machine.root->peak_power());
    EXPECT_EQ(again.peak_operations_per_second(), machine.peak_operations_per_second());
  }
}

}  // namespace
}  // namespace ohmweave::machine
