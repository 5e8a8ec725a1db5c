// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"

/// The commands that a controller gives to run a compiled network, in the words of PRIME's Table I: the
/// datapath is configured once, then data move. docs/listing.md has the grammar.
namespace ohmweave::report {

/// [first, first + size): arrays, or bytes.
struct Extent {
  int64_t first = 0, size = 0;
  int64_t end() const { return first + size; }
  bool operator==(const Extent&) const = default;
};

struct ListedMemory {
  int64_t bytes = 0;  // all instances beside the arrays of their owner, addressed as one
  std::string part, name;
  bool operator==(const ListedMemory&) const = default;
};

/// Where a store stands in a memory: as many items as its readers' windows need, used in a ring.
struct Place {
  int64_t memory = 0;
  Extent at;
  int64_t items = 0, item_bytes = 0;
  std::string store;
  bool operator==(const Place&) const = default;
};

/// A command of the configuration.
struct Setting {
  enum class Word { Prog, Comp, Mem, BypassSigmoid, BypassSenseAmplifier, InputSource };
  Word word = Word::Prog;
  Extent arrays;
  int64_t value = 0;  // Bypass: 1, it is; InputSource: 0, a buffer; 1, the layer before
  std::string layer;  // Prog: whose weights
  bool operator==(const Setting&) const = default;
};

struct BufferRange {
  int64_t memory = 0;
  Extent at;
  bool operator==(const BufferRange&) const = default;
};

/// A command of the run.
struct Command {
  enum class Word { Fetch, Load, Compute, Apply, Store, Commit };
  Word word = Word::Load;
  std::vector<BufferRange> buffers;  // Fetch and Store: destinations; Load and Commit: sources
  Extent outside;                    // Fetch, Commit: bytes of the memory outside
  Extent arrays;                     // Load, Compute, Store of arrays
  std::string unit;                  // of a digital unit instead: its path, or "host"
  int64_t amount = 0;                // bytes; Compute and Apply: actions
  bool each = false;                 // for each element of a firing; else once for all of them
  bool operator==(const Command&) const = default;
};

/// A loop around commands; `lanes` elements in one firing.
struct ListedLoop {
  std::string dim;
  int64_t extent = 1, lanes = 1;
  bool operator==(const ListedLoop&) const = default;
};
struct ListedStage {
  std::string name;
  std::vector<ListedLoop> loops;
  std::vector<Command> commands;
  int64_t firings() const;
  int64_t elements() const;
  /// Of a command in all firings.
  int64_t total(const Command& command) const {
    return command.amount * (command.each ? elements() : firings());
  }
  bool operator==(const ListedStage&) const = default;
};

struct Listing {
  std::string program;
  int64_t arrays = 0;  // of all chips
  // Copies of the network that work on samples of their own, and from one to the next so many arrays: commands
  // are those of the first.
  int64_t networks = 1, network_arrays = 0;
  int64_t outside = 0;  // bytes of inputs and outputs of one sample
  std::vector<ListedMemory> memories;
  std::vector<Place> places;
  std::vector<Setting> configuration;
  std::vector<Command> fetches;  // before the stages
  std::vector<ListedStage> stages;
  bool operator==(const Listing&) const = default;
};

/// The commands of a network compiled for one sample (mapping::Options::samples = 1) that fits its machine.
Listing make_listing(const mapping::Mapping& mapping, const machine::Machine& machine);

std::string print(const Listing& listing);
/// Reads what print() wrote. Throws base::Failure with the line of the first error.
Listing parse_listing(std::string_view text, const std::string& name);

/// What is wrong with a listing: a range outside of its memory or of the machine, ranges of two stores or two
/// layers that overlap, a store smaller than its items, a command on a range that no store has, on arrays that
/// were not programmed, or on values that nothing has written. Empty for what make_listing() makes, except for
/// memories that are too small for the network, of which mapping warns.
std::vector<std::string> violations(const Listing& listing);

}  // namespace ohmweave::report
