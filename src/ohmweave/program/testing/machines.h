// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ohmweave/program/testing/builder.h"

/// The machines of the survey as programs, each as small as its point allows. Times are in picoseconds, or in
/// cycles of one picosecond where a paper counts cycles.
namespace ohmweave::program::testing {

constexpr Picoseconds kNs = 1000;

// --- ISAAC: bit-serial crossbars, element pipeline, replication (Shafiee et al., ISCA 2016, Fig. 4b)
// ---------------
constexpr Picoseconds kIsaacCycle = 100 * kNs;
/// The 22-cycle pipeline of one operation; layers on one tile share its eDRAM port.
std::vector<StepBy> isaac_steps(const std::string& layer, const std::string& tile);
std::vector<StepBy> isaac_pool_steps(const std::string& tile, const std::string& unit);

struct IsaacLayer {
  std::string name;
  int64_t images = 1, y = 1, x = 1;
  std::string source = {};  // store; empty: the data set
  int64_t lanes = 1, kernel = 3, stride = 1;
  bool by_row = false;  // waits for whole rows
};
/// Adds the layer; its output is "out.NAME".
void add(Builder& b, const IsaacLayer& layer);
/// Adds 2x2 max-pooling behind a layer, on its tile.
void add_pool(Builder& b, const std::string& name, int64_t images, int64_t side, const std::string& layer);
/// Copies that keep a chain of layers in balance, walking back from the last one: `strides` lead to the next
/// layer.
std::vector<int64_t> isaac_copies(const std::vector<int64_t>& strides);
Program isaac_toy(int64_t images, bool balanced);
/// VGG-16, a firing per pixel: 154,500 of them for an image. `shared_ports`: three layers share an eDRAM port.
Program vgg16(int64_t images, bool shared_ports);

// --- PipeLayer: training with batch drains (Song et al., HPCA 2017, Section 3.3)
// ------------------------------------
struct Training {
  int64_t layers = 1, batch = 1, images = 1;
  bool pipelined = true;
  std::map<int64_t, int64_t> entries = {};  // layer -> capacity of the buffer of its output d
  Picoseconds cycle = 1;
};
Program pipelayer(const Training& t);
/// The same with a clock: a stage of layer 2 lasts `slow`, all others `fast`, every cycle as long as the
/// slowest.
Program pipelayer_lockstep(const Training& t, Picoseconds slow, Picoseconds fast);

// --- ReGAN: three passes (Chen et al., ASP-DAC 2018)
// ----------------------------------------------------------------
enum class GanMode { Unpipelined, Serial, Spatial, Shared, SharedEarly };
Program regan(int64_t generator, int64_t discriminator, int64_t samples, GanMode mode);

// --- FloatPIM: NOR arithmetic in rows, switch phases (Imani et al., ISCA 2019)
// --------------------------------------
constexpr Picoseconds kFloatPimMultiply = 360 * 1100, kFloatPimAdd = 313 * 1100 + 15 * 1500;  // bfloat16
struct FloatPim {
  std::vector<Picoseconds> compute;  // per block
  int64_t inputs = 1;
  Picoseconds odd = 1, even = 1;  // transfers over odd and even links
  enum { Lockstep, Free, OneBus } how = Lockstep;
};
Program floatpim(const FloatPim& f);
Program floatpim_training(int64_t batches, int64_t inputs);

// --- PRIME: an image per bank, shared bus, pipeline over banks (Chi et al., ISCA 2016)
// ------------------------------
Program prime_lanes(int64_t images, Picoseconds compute);
Program prime_bus(int64_t images, Picoseconds compute, Picoseconds load);
Program pipeline(const std::vector<Picoseconds>& stages, int64_t images);

// --- INCA: activations held in planes, weights stream
// -------------------------------------------------------------
struct Inca {
  int64_t images = 1, planes = 1, partitions = 1;
  struct Layer {
    int64_t channels, positions;
  };
  std::vector<Layer> layers;
};
Program inca(const Inca& i);
/// Activations of the forward pass and errors of the backward pass take turns in the same cells.
Program inca_in_place(int64_t layers);

// --- ReTransformer: operands written while others compute (Yang et al., ICCAD 2020)
// ---------------------------------
struct Attention {
  int64_t tokens = 1;
  bool reordered = false, by_row = false;
  Picoseconds write = 1;
};
Program attention(const Attention& a);
/// Scores only: product, write and product, as the paper's critical path.
Program attention_scores(const Attention& a);
Program causal_attention(int64_t tokens);
/// A stack of decoder layers, 11 stages each, a firing per token; `shared`: stages of a layer share one port.
Program transformer(int64_t layers, int64_t tokens, bool shared);
/// Tokens through stages; `decode`: a token enters when the one before has left.
Program tokens(const std::vector<Picoseconds>& stages, int64_t tokens, bool decode);

// --- ReCom, BSB, 3D-BNN, re-programming, several chips
// --------------------------------------------------------------
Program recom(int64_t vectors, Picoseconds fetch, const std::vector<int64_t>& live, bool pipelined);
Program bsb(const std::vector<int64_t>& iterations, int64_t most);
Program bsb_race(int64_t memories, int64_t iterations, int64_t most);
Program carry_select(int64_t bits, int64_t terms);
Program ripple_multiply(int64_t bits, int64_t terms);
Program shared_link(int64_t vectors);
Program two_contents(int64_t rounds, int64_t images, Picoseconds program, Picoseconds read);
Program segments(int64_t count, int64_t images, Picoseconds load, Picoseconds run);
/// Two paths of different length that meet again; `slots` of the skip path's store.
Program residual(int64_t side, int64_t slots);

/// All of the above in some size, by name.
std::map<std::string, Program> all_machines();

}  // namespace ohmweave::program::testing
