// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ohmweave/array/array.h"
#include "ohmweave/circuit/component.h"
#include "ohmweave/network/graph.h"
#include "ohmweave/units/quantity.h"

/// A program is stages connected by stores. It is what mapping makes of a network and a machine, and the only
/// thing the functional and the timing execution read, so a value and its cost come from one story.
namespace ohmweave::program {

using units::Picoseconds;

template <class Tag>
struct Id {
  uint32_t index = UINT32_MAX;
  auto operator<=>(const Id&) const = default;
};
using ResourceId = Id<struct ResourceTag>;
using StoreId = Id<struct StoreTag>;
using StageId = Id<struct StageTag>;
using MeasureId = Id<struct MeasureTag>;
/// An interned loop name (image, batch, y, x, token, channel, iteration ...): Program::dims holds the words.
using Dim = Id<struct DimTag>;

constexpr int64_t kUnlimited = INT64_MAX / 4;

/// How lanes share the elements of a loop: firing i of Adjacent serves elements i*lanes .. i*lanes+lanes-1; of
/// Blocks, elements i, i+trips, i+2*trips ... (each lane has a block of its own).
enum class LaneOrder : uint8_t { Adjacent, Blocks };

/// One loop of a stage; `lanes` elements are served by one firing (copies, banks, planes).
struct Loop {
  Dim dim;
  int64_t extent = 1;
  int64_t lanes = 1;
  LaneOrder order = LaneOrder::Adjacent;
  int64_t trips() const { return extent / lanes + (extent % lanes != 0); }
  /// Elements that trip `trip` serves: `lanes`, or fewer where the extent runs out.
  int64_t elements(int64_t trip) const;
  bool operator==(const Loop&) const = default;
};

/// Element e of the reader's loop `of` needs elements floor((multiply*e+low)/divide) ..
/// floor((multiply*e+high)/divide) of one loop of the writer; what lies outside its extent is not waited for
/// (padding). `all`: every element.
struct Axis {
  Dim of;
  bool all = false;
  int64_t multiply = 1, low = 0, high = 0, divide = 1;
  bool operator==(const Axis& o) const {
    if (all || o.all) return all && o.all;
    return of == o.of && multiply == o.multiply && low == o.low && high == o.high && divide == o.divide;
  }
};
inline Axis all_of() { return {{}, true, 1, 0, 0, 1}; }
inline Axis same(Dim of) { return {of, false, 1, 0, 0, 1}; }
inline Axis sliding(Dim of, int64_t kernel, int64_t stride = 1, int64_t pad = 0, int64_t dilation = 1) {
  return {of, false, stride, -pad, (kernel - 1) * dilation - pad, 1};
}
/// The element `lag` before: a weight version, an iteration, a batch. Before the beginning there is nothing to
/// wait for.
inline Axis previous(Dim of, int64_t lag = 1) { return {of, false, 1, -lag, -lag, 1}; }

/// Which items of a store a firing needs: one axis per loop of the writer. A loop not named here means the
/// reader's loop of the same name, element for element, or everything if the reader has none.
struct Window {
  std::vector<std::pair<Dim, Axis>> axes;
  bool operator==(const Window&) const = default;
};

/// Something of the machine that can be busy.
struct Resource {
  std::string name;   // "conv1.adc"
  std::string part;   // path of its machine node, "chip.tile.ima.adc"; empty for clocks and the like
  int64_t units = 1;  // identical servers
  int64_t parts = 1;  // physical instances that one unit stands for
  bool operator==(const Resource&) const = default;
};

struct Nothing {
  bool operator==(const Nothing&) const = default;
};
struct Memory {
  ResourceId on;
  bool operator==(const Memory&) const = default;
};
/// Contents of arrays. Equality looks at the place only: a plan belongs to the machine, the text form leaves it
/// out.
struct Cells {
  std::string arrays;  // path of the machine node
  int64_t copies = 1;  // replicas; plan->arrays arrays each
  std::shared_ptr<const array::Plan> plan;
  bool operator==(const Cells& o) const { return arrays == o.arrays && copies == o.copies; }
};

/// A place for values. Its writer adds one item per firing; without a writer it is full from the start (static
/// weights).
struct Store {
  std::string name;
  std::optional<StageId> writer;
  int64_t capacity = kUnlimited;         // items
  units::Data item;                      // size of one item
  std::vector<network::ValueId> values;  // the network values it holds; none for ordering
  std::variant<Nothing, Memory, Cells> where;
  bool operator==(const Store&) const = default;
};

struct Read {
  StoreId store;
  Window window;
  /// This long after the firing's start, items outside the windows of later firings may be overwritten; none:
  /// when the firing finishes.
  std::optional<Picoseconds> held;
  bool operator==(const Read&) const = default;
};

/// What `count` actions of a step serve, where a firing has lanes.
enum class Serves : uint8_t {
  Element,  // one lane
  Outer,    // all lanes of the inner loops together, for each lane of the outermost (what copies share, per
            // sample)
  Firing,   // all lanes
};

/// One use of a resource in a firing.
struct Step {
  ResourceId on;
  circuit::Verb verb = circuit::Verb::Read;
  Picoseconds at = 0, lasts = 0;
  int64_t count = 0;  // actions, as often as `serves` says
  int64_t units = 1;  // servers it occupies
  Serves serves = Serves::Element;
  std::optional<MeasureId> repeat;  // multiplies lasts and count
  bool operator==(const Step&) const = default;
};

/// A whole number per firing of the `outer_loops` outermost loops of a stage that only data can tell (zero
/// skipping, convergence, early exit), at most `most`. `known`: when mapping can tell.
struct Measure {
  std::string name;
  StageId stage;
  int outer_loops = 0;  // 0: one number; all of the stage's loops: one per firing
  int64_t most = 1;
  std::vector<int64_t> known;  // one per trip of those loops together, in order
  bool operator==(const Measure&) const = default;
};

/// What the values of a stage are. None: it only takes time (clocks, loads).
struct None {
  bool operator==(const None&) const = default;
};
/// A network node computed exactly by a digital unit, and the nodes computed behind it, each of the one before.
struct Evaluate {
  std::vector<network::NodeId> nodes;
  bool operator==(const Evaluate&) const = default;
};
/// A product with its held operand, and the nodes computed behind it (activation). Views between stores and
/// nodes are no operation of their own: whoever reads a value looks through them.
struct Product {
  network::NodeId node = 0;
  StoreId held;
  std::vector<network::NodeId> after;
  bool operator==(const Product&) const = default;
};
/// Values change place, not value.
struct Move {
  bool operator==(const Move&) const = default;
};
using Operation = std::variant<None, Evaluate, Product, Move>;

/// The same work repeated over a loop nest, in order; each repetition is a firing.
struct Stage {
  std::string name;
  std::vector<Loop> loops;
  std::vector<Step> steps;
  std::vector<Read> reads;
  std::vector<StoreId> writes;
  Operation operation;
  int bite = 1;  // outer loops the functional execution takes one trip of at a time

  int64_t firings() const;   // product of the loops' trips
  int64_t elements() const;  // product of the loops' extents
  /// Firings in one trip of the outermost loop; all of them if there is no loop.
  int64_t firings_per_trip() const;
  /// Trips of the outermost loop; 1 if there is no loop.
  int64_t trips() const { return loops.empty() ? 1 : loops.front().trips(); }
  /// max(at + lasts) over the steps, without measures.
  Picoseconds latency() const;
  bool operator==(const Stage&) const = default;
};

struct Program {
  std::string name;  // "vgg-d on isaac"
  std::vector<std::string> dims;
  std::vector<Resource> resources;
  std::vector<Store> stores;
  std::vector<Stage> stages;
  std::vector<Measure> measures;

  Dim dim(const std::string& word);  // interns
  ResourceId add(Resource resource);
  StoreId add(Store store);
  /// Adds a stage and makes it the writer of what it writes; those stores must have no writer yet.
  StageId add(Stage stage);
  MeasureId add(Measure measure);
  /// `later` waits for `earlier` through a store without bytes, named "earlier>later"; default window: loops of
  /// the same name.
  StoreId order(StageId later, StageId earlier, Window window = {});

  const Resource& operator[](ResourceId id) const { return resources[id.index]; }
  const Store& operator[](StoreId id) const { return stores[id.index]; }
  const Stage& operator[](StageId id) const { return stages[id.index]; }
  const Measure& operator[](MeasureId id) const { return measures[id.index]; }
  Resource& operator[](ResourceId id) { return resources[id.index]; }
  Store& operator[](StoreId id) { return stores[id.index]; }
  Stage& operator[](StageId id) { return stages[id.index]; }
  Measure& operator[](MeasureId id) { return measures[id.index]; }

  bool operator==(const Program&) const = default;
};

}  // namespace ohmweave::program
