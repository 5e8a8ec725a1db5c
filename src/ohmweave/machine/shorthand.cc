// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/machine/shorthand.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/array/kinds.h"
#include "ohmweave/device/device.h"

namespace ohmweave::machine {
namespace {

struct Found {
  std::string path;  // of an array
  const config::Node* array = nullptr;
};

void find_arrays(const config::Node& node, const std::string& path, std::vector<Found>& found) {
  const config::Node* kind = node.find("kind");
  if (kind != nullptr && array::find_kind(kind->text) != nullptr) found.push_back({path, &node});
  for (const config::Member& m : node.members)
    find_arrays(m.value, path.empty() ? m.key : path + "." + m.key, found);
}

/// The cell of another device: what the design says of its technology goes, how it is used stays.
config::Override with_device(const Found& found, const std::string& device) {
  std::string cell = "{use: " + (device.ends_with(".yaml") ? device : "devices/" + device);
  if (const config::Node* bits = found.array->find("cell")->find("bits"))
    cell += ", bits: " + config::text_of(*bits);
  return {found.path + ".cell", cell + "}"};
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

std::vector<config::Override> expand(const config::Override& change, const config::Node& design) {
  const auto& known = shorthands();
  if (std::none_of(known.begin(), known.end(), [&](const Shorthand& s) { return s.key == change.path; }))
    return {change};
  std::vector<Found> arrays;
  find_arrays(design, "", arrays);
  if (change.path == "device" && !change.value.ends_with(".yaml"))
    device::load_device(change.value);  // or a hint
  std::vector<config::Override> out;
  for (const Found& found : arrays) {
    if (change.path == "wire_resistance") {
      out.push_back({found.path + ".wires", "{resistance: " + change.value + "}"});
    } else if (found.array->find("cell") != nullptr) {
      out.push_back(change.path == "device"
                        ? with_device(found, change.value)
                        : config::Override{found.path + ".cell." + change.path, change.value});
    }
  }
  if (out.empty()) base::fail(change.path, "the design has no array with cells to change");
  return out;
}

}  // namespace ohmweave::machine
