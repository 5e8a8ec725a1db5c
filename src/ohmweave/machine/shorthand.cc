// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/machine/shorthand.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "ohmweave/array/kinds.h"
#include "ohmweave/device/device.h"

namespace ohmweave::machine {
namespace {

struct Found {
  std::string path;  // of an array
  config::Node* array = nullptr;
};

void find_arrays(config::Node& node, const std::string& path, std::vector<Found>& found) {
  const config::Node* kind = node.find("kind");
  if (kind != nullptr && array::find_kind(kind->text) != nullptr) found.push_back({path, &node});
  for (config::Member& m : node.members) find_arrays(m.value, path.empty() ? m.key : path + "." + m.key, found);
}

/// The cells of arrays become those of a device, whose sources join the design's.
void use_device(const std::string& name, std::span<const Found> arrays, config::Node& design) {
  const device::Device device = device::load_device(name);
  for (const Found& found : arrays) device::use_device(*found.array->find("cell"), device);
  const config::Node* more = device.file.find("sources");
  if (more == nullptr) return;
  if (design.find("sources") == nullptr) design.set("sources", config::mapping());
  for (const config::Member& m : more->members) design.find("sources")->set(m.key, m.value, m.key_span);
}

}  // namespace

const std::vector<Shorthand>& shorthands() {
  static const std::vector<Shorthand> all{
      {"device", "NAME|FILE", "the device of all cells: a name of 'ohmweave list devices' or a device file"},
      {"wire_resistance", "RESISTANCE", "of wordlines and bitlines, from one cell to the next"},
      {"time", "TIME", "from programming the cells to reading them"},
      {"temperature", "TEMPERATURE", "of the cells"}};
  return all;
}

void apply(const config::Override& change, config::Node& design) {
  const auto& known = shorthands();
  if (std::none_of(known.begin(), known.end(), [&](const Shorthand& s) { return s.key == change.path; }))
    return config::apply(design, {change});
  const bool of_cells = change.path != "wire_resistance";
  std::vector<Found> arrays;
  find_arrays(design, "", arrays);
  std::erase_if(arrays, [](const Found& f) { return f.array->find("cell") == nullptr; });
  if (arrays.empty()) base::fail(change.path, "the design has no array with cells to change");
  if (change.path == "device") return use_device(change.value, arrays, design);
  std::vector<config::Override> all;
  for (const Found& found : arrays)
    all.push_back(of_cells ? config::Override{found.path + ".cell." + change.path, change.value}
                           : config::Override{found.path + ".wires", "{resistance: " + change.value + "}"});
  config::apply(design, all);
}

}  // namespace ohmweave::machine
