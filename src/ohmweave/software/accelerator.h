// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/network.h"
#include "ohmweave/report/listing.h"
#include "ohmweave/report/report.h"

/// A machine as a program sees it: the software interface of PRIME (section IV) for every design, over what the
/// command line uses. docs/software_interface.md is its guide.
namespace ohmweave::software {

struct Options {
  std::vector<std::string> changes;  // "KEY=VALUE" of the design, as --set takes them
  uint64_t seed = 1;                 // of everything random
  bool random_weights = false;       // gives weights to a network that has none, as `ohmweave run` does
};

/// What was paid so far, and what an inference costs.
struct Costs {
  std::optional<report::Programming> programming;  // after program_weight()
  int64_t configuration_commands = 0;              // after config_datapath()
  std::optional<report::Costs> inference;          // after config_datapath(): what `ohmweave run` reports
  int64_t samples = 0;                             // of all runs since
  double time_s = 0, energy_J = 0;                 // that they took; every run() begins with an empty machine
};

/// A class that a network puts near the top.
struct Guess {
  int64_t label = 0;
  std::string name;  // if names were given
  double probability = 0;
};

/// An accelerator and the network on it. The five steps are called in their order; a step may be repeated,
/// which undoes those behind it. A call out of order, an input of another shape, a network that does not fit,
/// and whatever else is wrong with what comes from outside is a base::Failure, after which the object is as
/// before.
///
/// One thread at a time may use an object (run() itself works on all cores); const members may be called by
/// several at once while no other runs. Objects are independent. What is returned by reference lives until the
/// step that made it is repeated or the object ends; tensors belong to the caller.
class Accelerator {
 public:
  /// `design`: as --design takes it, a name or the path of a file.
  explicit Accelerator(const std::string& design, const Options& options = {});
  ~Accelerator();
  Accelerator(Accelerator&&) noexcept;
  Accelerator& operator=(Accelerator&&) noexcept;

  /// Map_Topology: reads a network (a file or a name of networks/) and gives every layer its place in the
  /// machine.
  const mapping::Mapping& map_topology(const std::string& network, const network::LoadOptions& options = {});

  /// Program_Weight: fixes the number ranges with calibration samples, a tensor for each input
  /// (calibration() reads some; none for machines of floating-point numbers), and writes the weights into the
  /// arrays.
  const report::Programming& program_weight(std::span<const tensor::Tensor> calibration);

  /// Config_Datapath: the commands that prepare the arrays and move the data of an inference.
  const report::Listing& config_datapath();

  /// Run: the outputs (float32) of a batch of any size, a tensor for each input of the network, computed as
  /// the machine computes them: the same bits as `ohmweave run`.
  std::vector<tensor::Tensor> run(std::span<const tensor::Tensor> inputs);

  /// Post_Proc: what stays on the host. Softmax over the classes of the first output (unless the network ends
  /// in one) and the `top` likeliest of every sample, likeliest first. `names`: of the classes, or none.
  std::vector<std::vector<Guess>> post_proc(std::span<const tensor::Tensor> outputs, int64_t top = 1,
                                            const std::vector<std::string>& names = {}) const;

  /// The first `count` samples of a data set ("digits", "mnist:DIR", ... as --data takes them), a tensor for
  /// each input of the network; after map_topology().
  std::vector<tensor::Tensor> samples(const std::string& data, int64_t count,
                                      const network::Preprocessing& how = {}) const;
  /// The samples that `ohmweave run` calibrates with: 128 of the training split, or of the set if it has none,
  /// drawn by the seed.
  std::vector<tensor::Tensor> calibration(const std::string& data,
                                          const network::Preprocessing& how = {}) const;

  Costs costs() const;
  const machine::Machine& machine() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ohmweave::software
