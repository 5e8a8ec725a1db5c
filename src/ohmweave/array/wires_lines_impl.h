// SPDX-License-Identifier: Apache-2.0
// The sweeps of wires_lines.h, included once per instruction set with
//   OHMWEAVE_LINES   the namespace, which is also the kernel's name
//   OHMWEAVE_LANES   how many doubles its registers hold: 8, 4 or 2
// It includes nothing with inline functions of its own: those would be compiled for this instruction set and
// might be linked into code for others.
#include "ohmweave/array/wires_lines.h"

namespace ohmweave::array::OHMWEAVE_LINES {
namespace {

typedef double Register __attribute__((vector_size(OHMWEAVE_LANES * sizeof(double)), may_alias));
constexpr int kParts = 8 / OHMWEAVE_LANES;
#define OHMWEAVE_INLINE inline __attribute__((always_inline))

/// Eight numbers, in as many registers as that takes.
struct Eight {
  Register part[kParts];

  static OHMWEAVE_INLINE Eight all(double x) {
    Eight out;
    for (int k = 0; k < kParts; ++k) out.part[k] = Register{} + x;
    return out;
  }
  static OHMWEAVE_INLINE Eight load(const double* from) {
    Eight out;
    for (int k = 0; k < kParts; ++k)
      out.part[k] = *reinterpret_cast<const Register*>(from + k * OHMWEAVE_LANES);
    return out;
  }
  OHMWEAVE_INLINE void store(double* to) const {
    for (int k = 0; k < kParts; ++k) *reinterpret_cast<Register*>(to + k * OHMWEAVE_LANES) = part[k];
  }
  OHMWEAVE_INLINE double sum() const {
    double total = 0;
    for (int k = 0; k < kParts; ++k) {
      for (int lane = 0; lane < OHMWEAVE_LANES; ++lane) total += part[k][lane];
    }
    return total;
  }
};

#define OHMWEAVE_EIGHT(op)                                                 \
  OHMWEAVE_INLINE Eight operator op(const Eight& a, const Eight& b) {      \
    Eight out;                                                             \
    for (int k = 0; k < kParts; ++k) out.part[k] = a.part[k] op b.part[k]; \
    return out;                                                            \
  }
OHMWEAVE_EIGHT(+)
OHMWEAVE_EIGHT(-)
OHMWEAVE_EIGHT(*)
OHMWEAVE_EIGHT(/)
#undef OHMWEAVE_EIGHT

/// Exchanges the elements of two rows whose index has the bit `step` for those whose index has it not.
template <int step>
OHMWEAVE_INLINE void exchange(Eight& a, Eight& b) {
  if constexpr (step >= OHMWEAVE_LANES) {
    constexpr int parts = step / OHMWEAVE_LANES;
    for (int k = 0; k < kParts; ++k) {
      if ((k & parts) != 0) continue;
      const Register moved = a.part[k + parts];
      a.part[k + parts] = b.part[k];
      b.part[k] = moved;
    }
  } else {
    for (int k = 0; k < kParts; ++k) {
      const Register x = a.part[k], y = b.part[k];
#if OHMWEAVE_LANES == 8
      if constexpr (step == 1) {
        a.part[k] = __builtin_shufflevector(x, y, 0, 8, 2, 10, 4, 12, 6, 14);
        b.part[k] = __builtin_shufflevector(x, y, 1, 9, 3, 11, 5, 13, 7, 15);
      } else if constexpr (step == 2) {
        a.part[k] = __builtin_shufflevector(x, y, 0, 1, 8, 9, 4, 5, 12, 13);
        b.part[k] = __builtin_shufflevector(x, y, 2, 3, 10, 11, 6, 7, 14, 15);
      } else {
        a.part[k] = __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11);
        b.part[k] = __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15);
      }
#elif OHMWEAVE_LANES == 4
      if constexpr (step == 1) {
        a.part[k] = __builtin_shufflevector(x, y, 0, 4, 2, 6);
        b.part[k] = __builtin_shufflevector(x, y, 1, 5, 3, 7);
      } else {
        a.part[k] = __builtin_shufflevector(x, y, 0, 1, 4, 5);
        b.part[k] = __builtin_shufflevector(x, y, 2, 3, 6, 7);
      }
#else
      a.part[k] = __builtin_shufflevector(x, y, 0, 2);
      b.part[k] = __builtin_shufflevector(x, y, 1, 3);
#endif
    }
  }
}

OHMWEAVE_INLINE void transpose(Eight (&tile)[8]) {
  for (int k = 0; k < 8; k += 2) exchange<1>(tile[k], tile[k + 1]);
  for (int k = 0; k < 8; k += 4) {
    exchange<2>(tile[k], tile[k + 2]);
    exchange<2>(tile[k + 1], tile[k + 3]);
  }
  for (int k = 0; k < 4; ++k) exchange<4>(tile[k], tile[k + 4]);
}

OHMWEAVE_INLINE void load_tile(const LineCells& c, const double* rows, int64_t block, int64_t tile,
                               Eight (&out)[8]) {
  const double* from = rows + block * 8 * c.stride + tile * 8;
  for (int k = 0; k < 8; ++k) out[k] = Eight::load(from + k * c.stride);
  transpose(out);
}

/// Currents flow into the wordline nodes of a block of eight rows: what voltages do they make? inject() gives
/// the currents of a tile and take() gets its voltages; both have columns outside and rows as lanes.
template <class Inject, class Take>
OHMWEAVE_INLINE void sweep_wordlines(const LineCells& c, int64_t block, double* along, Inject inject,
                                     Take take) {
  const double* ratio = c.row_ratio + c.block_begin(block);
  const Eight resistance = Eight::all(c.wordline);
  Eight current = Eight::all(0), next = Eight::all(0);
  for (int64_t t = c.tiles - 1; t >= 0; --t) {
    Eight tile[8];
    inject(t, tile);
    for (int k = 7; k >= 0; --k) {
      const int64_t at = (t * 8 + k) * 8;
      current = next * current + tile[k];
      current.store(along + at);
      next = Eight::load(ratio + at);
    }
  }
  Eight voltage = Eight::all(0);
  for (int64_t t = 0; t < c.tiles; ++t) {
    Eight tile[8];
    for (int k = 0; k < 8; ++k) {
      const int64_t at = (t * 8 + k) * 8;
      const Eight arriving = Eight::load(along + at);
      voltage = at == 0 ? arriving * Eight::load(c.row_end + block * 8)
                        : Eight::load(ratio + at) * (voltage + resistance * arriving);
      tile[k] = voltage;
    }
    take(t, tile);
  }
}

OHMWEAVE_INLINE void scale_tile(const double* by, int64_t t, Eight (&tile)[8]) {
  for (int k = 0; k < 8; ++k) tile[k] = Eight::load(by + (t * 8 + k) * 8) * tile[k];
}

/// The right ends of wordlines: what a second driver there makes of conductance, ratio and source current.
struct RightEnd {
  double conductance = 0, current = 0;
  bool held = false;  // by a driver without resistance
};
RightEnd right_end(const LineCells& c) {
  RightEnd end;
  if (!c.two_sided) return end;
  if (c.driver > 0) {
    end.conductance = end.current = 1 / c.driver;
  } else {
    end.held = c.wordline > 0 && c.columns > 1;
  }
  return end;
}

/// Eliminates the wordline nodes of a tile from right to left. `state` has the conductance seen from the last
/// node and the current of a second driver; the latter is left in `source`.
OHMWEAVE_INLINE void eliminate_tile(const LineCells& c, int64_t block, int64_t t, const RightEnd& end,
                                    double* state) {
  const int64_t begin = c.block_begin(block) + t * 64;
  Eight seen = Eight::load(state), current = Eight::load(state + 8);
  const Eight one = Eight::all(1), resistance = Eight::all(c.wordline);
  Eight tile[8];
  load_tile(c, c.rows_conductance, block, t, tile);
  for (int k = 7; k >= 0; --k) {
    const int64_t j = t * 8 + k, at = begin + k * 8;
    const bool inside = j < c.columns;
    const Eight cell = inside ? tile[k] : Eight::all(0);
    cell.store(c.conductance + at);
    if (!inside || j == 0) Eight::all(0).store(c.row_ratio + at);
    if (inside) seen = seen + cell;
    current.store(c.source + at);
    if (!inside || j == 0) continue;
    const bool held = end.held && j == c.columns - 1;
    const Eight ratio = held ? Eight::all(0) : one / (one + resistance * seen);
    ratio.store(c.row_ratio + at);
    seen = held ? Eight::all(1 / c.wordline) : ratio * seen;
    current = held ? Eight::all(1 / c.wordline) : ratio * current;
  }
  seen.store(state);
  current.store(state + 8);
}

/// Volts of the wordline nodes for one volt at the inputs, from left to right.
OHMWEAVE_INLINE void source_tile(const LineCells& c, int64_t block, int64_t t, const RightEnd& end,
                                 double* state) {
  const int64_t begin = c.block_begin(block) + t * 64;
  const Eight resistance = Eight::all(c.wordline);
  Eight voltage = Eight::load(state + 16), total = Eight::load(c.row_current + block * 8);
  for (int k = 0; k < 8; ++k) {
    const int64_t j = t * 8 + k, at = begin + k * 8;
    if (j > 0 && j < c.columns)
      voltage = Eight::load(c.row_ratio + at) * (voltage + resistance * Eight::load(c.source + at));
    const bool held = end.held && j == c.columns - 1;
    const Eight here = j >= c.columns ? Eight::all(0) : held ? Eight::all(1) : voltage;
    here.store(c.source + at);
    total = total + Eight::load(c.conductance + at) * here;
  }
  total.store(c.row_current + block * 8);
  voltage.store(state + 16);
}

void prepare_wordlines(const LineCells& c) {
  const RightEnd end = right_end(c);
  constexpr int64_t kState = 24, kTogether = 16;  // independent blocks, so that divisions overlap
  alignas(64) double states[kState * kTogether];
  for (int64_t first = 0; first < c.blocks; first += kTogether) {
    const int64_t last = first + kTogether < c.blocks ? first + kTogether : c.blocks;
    for (int64_t b = first; b < last; ++b) {
      double* state = states + (b - first) * kState;
      Eight::all(end.conductance).store(state);
      Eight::all(end.current).store(state + 8);
    }
    for (int64_t t = c.tiles - 1; t >= 0; --t) {
      for (int64_t b = first; b < last; ++b) eliminate_tile(c, b, t, end, states + (b - first) * kState);
    }
    const Eight one = Eight::all(1), driver = Eight::all(c.driver);
    for (int64_t b = first; b < last; ++b) {
      double* state = states + (b - first) * kState;
      const Eight share = one / (one + driver * Eight::load(state));
      (driver * share).store(c.row_end + b * 8);
      Eight::all(0).store(c.row_current + b * 8);
      ((one + driver * Eight::load(state + 8)) * share).store(state + 16);
    }
    for (int64_t t = 0; t < c.tiles; ++t) {
      for (int64_t b = first; b < last; ++b) source_tile(c, b, t, end, states + (b - first) * kState);
    }
  }
}

void prepare_bitlines(const LineCells& c) {
  const double* rows = c.rows_conductance;
  const Eight one = Eight::all(1), resistance = Eight::all(c.bitline), sense = Eight::all(c.sense);
  const int64_t width = c.tiles * 8;
  for (int64_t j = 0; j < width; j += 8) Eight::load(rows + j).store(c.column_end + j);  // seen so far
  for (int64_t i = 0; i + 1 < c.rows; ++i) {
    for (int64_t j = 0; j < width; j += 8) {
      const Eight seen = Eight::load(c.column_end + j);
      const Eight ratio = one / (one + resistance * seen);
      ratio.store(c.column_ratio + i * c.stride + j);
      (ratio * seen + Eight::load(rows + (i + 1) * c.stride + j)).store(c.column_end + j);
    }
  }
  for (int64_t j = 0; j < width; j += 8) {
    const Eight share = one / (one + sense * Eight::load(c.column_end + j));
    (sense * share).store(c.column_end + j);
    share.store(c.column_source + j);
  }
}

void prepare(const LineCells& c) {
  prepare_wordlines(c);
  prepare_bitlines(c);
}

OHMWEAVE_INLINE void store_tile(const LineCells& c, int64_t block, int64_t tile, Eight (&from)[8],
                                double* rows) {
  transpose(from);
  double* to = rows + block * 8 * c.stride + tile * 8;
  for (int k = 0; k < 8; ++k) from[k].store(to + k * c.stride);
}

void follow(const LineCells& c, const double* inputs, const double* currents, const double* bitlines,
            double* along, double* wordlines) {
  for (int64_t b = 0; b < c.blocks; ++b) {
    const double* cells = c.conductance + c.block_begin(b);
    const double* source = c.source + c.block_begin(b);
    const Eight input = Eight::load(inputs + b * 8);
    sweep_wordlines(
        c, b, along,
        [&](int64_t t, Eight(&tile)[8]) {
          if (bitlines != nullptr) {
            load_tile(c, bitlines, b, t, tile);
            scale_tile(cells, t, tile);
          } else {
            for (Eight& none : tile) none = Eight::all(0);
          }
          if (currents == nullptr) return;
          Eight beside[8];
          load_tile(c, currents, b, t, beside);
          for (int k = 0; k < 8; ++k) tile[k] = tile[k] - beside[k];
        },
        [&](int64_t t, Eight(&tile)[8]) {
          for (int k = 0; k < 8; ++k) tile[k] = tile[k] + Eight::load(source + (t * 8 + k) * 8) * input;
          store_tile(c, b, t, tile, wordlines);
        });
  }
}

void start(const LineCells& c, const double* inputs, double* b_out) {
  for (int64_t b = 0; b < c.blocks; ++b) {
    const double* source = c.source + c.block_begin(b);
    const Eight input = Eight::load(inputs + b * 8);
    for (int64_t t = 0; t < c.tiles; ++t) {
      Eight tile[8];
      for (int k = 0; k < 8; ++k) tile[k] = Eight::load(source + (t * 8 + k) * 8) * input;
      scale_tile(c.conductance + c.block_begin(b), t, tile);
      store_tile(c, b, t, tile, b_out);
    }
  }
}

double bitlines(const LineCells& c, const LineFields& f, double step, bool first) {
  constexpr int64_t kTogether = 32;  // columns whose lines stay in the first-level cache
  const Eight by = Eight::all(step), resistance = Eight::all(c.bitline);
  const int64_t width = c.tiles * 8, last = c.rows - 1;
  Eight total = Eight::all(0);
  for (int64_t begin = 0; begin < width; begin += kTogether) {
    const int64_t end = begin + kTogether < width ? begin + kTogether : width;
    for (int64_t i = 0; i < c.rows; ++i) {
      const int64_t row = i * c.stride;
      for (int64_t j = row + begin; j < row + end; j += 8) {
        Eight r = Eight::load(f.residual + j);
        if (!first) {
          r = r - by * Eight::load(f.image + j);
          r.store(f.residual + j);
          (Eight::load(f.solution + j) + by * Eight::load(f.direction + j)).store(f.solution + j);
        }
        if (i > 0)
          r = Eight::load(c.column_ratio + j - c.stride) * Eight::load(f.correction + j - c.stride) + r;
        r.store(f.correction + j);
      }
    }
    for (int64_t j = begin; j < end; j += 8) {
      const int64_t at = last * c.stride + j;
      const Eight z = Eight::load(f.correction + at) * Eight::load(c.column_end + j);
      z.store(f.correction + at);
      total = total + z * Eight::load(f.residual + at);
    }
    for (int64_t i = last - 1; i >= 0; --i) {
      const int64_t row = i * c.stride;
      for (int64_t j = row + begin; j < row + end; j += 8) {
        const Eight z = Eight::load(c.column_ratio + j) *
                        (Eight::load(f.correction + j + c.stride) + resistance * Eight::load(f.correction + j));
        z.store(f.correction + j);
        total = total + z * Eight::load(f.residual + j);
      }
    }
  }
  return total.sum();
}

double wordlines(const LineCells& c, const LineFields& f, double keep, bool first) {
  const Eight by = Eight::all(keep);
  Eight total = Eight::all(0);
  for (int64_t b = 0; b < c.blocks; ++b) {
    const double* cells = c.conductance + c.block_begin(b);
    const int64_t rows = b * 8 * c.stride;
    sweep_wordlines(
        c, b, f.along,
        [&](int64_t t, Eight(&tile)[8]) {
          for (int k = 0; k < 8; ++k) {
            const int64_t at = rows + k * c.stride + t * 8;
            Eight p = Eight::load(f.correction + at), s = Eight::load(f.residual + at);
            if (!first) {
              p = p + by * Eight::load(f.direction + at);
              s = s + by * Eight::load(f.direction_current + at);
            }
            p.store(f.direction + at);
            s.store(f.direction_current + at);
            tile[k] = p;
          }
          transpose(tile);
          scale_tile(cells, t, tile);
        },
        [&](int64_t t, Eight(&tile)[8]) {
          scale_tile(cells, t, tile);
          transpose(tile);
          for (int k = 0; k < 8; ++k) {
            const int64_t at = rows + k * c.stride + t * 8;
            const Eight q = Eight::load(f.direction_current + at) - tile[k];
            q.store(f.image + at);
            total = total + Eight::load(f.direction + at) * q;
          }
        });
  }
  return total.sum();
}

void back(const LineCells& c, const double* bitline_voltages, double* along, double* image) {
  for (int64_t b = 0; b < c.blocks; ++b) {
    const double* cells = c.conductance + c.block_begin(b);
    sweep_wordlines(
        c, b, along,
        [&](int64_t t, Eight(&tile)[8]) {
          load_tile(c, bitline_voltages, b, t, tile);
          scale_tile(cells, t, tile);
        },
        [&](int64_t t, Eight(&tile)[8]) {
          scale_tile(cells, t, tile);
          store_tile(c, b, t, tile, image);
        });
  }
}

void drain(const LineCells& c, const double* bitline_voltages, const double* more, double* currents) {
  for (int64_t b = 0; b < c.blocks; ++b) {
    const double* source = c.source + c.block_begin(b);
    Eight total = Eight::all(0);
    for (int64_t t = 0; t < c.tiles; ++t) {
      const int64_t at = b * 8 * c.stride + t * 8;
      Eight tile[8];
      for (int k = 0; k < 8; ++k)
        tile[k] = Eight::load(bitline_voltages + at + k * c.stride) + Eight::load(more + at + k * c.stride);
      transpose(tile);
      scale_tile(c.conductance + c.block_begin(b), t, tile);
      for (int k = 0; k < 8; ++k) total = total + Eight::load(source + (t * 8 + k) * 8) * tile[k];
    }
    total.store(currents + b * 8);
  }
}

void collect(const LineCells& c, const double* wordline_voltages, const double* currents, double* outputs) {
  const int64_t width = c.tiles * 8;
  for (int64_t j = 0; j < width; j += 8) Eight::all(0).store(outputs + j);
  for (int64_t i = 0; i < c.rows; ++i) {
    for (int64_t j = 0; j < width; j += 8) {
      const int64_t at = i * c.stride + j;
      Eight sum = Eight::load(c.rows_conductance + at) * Eight::load(wordline_voltages + at);
      if (currents != nullptr) sum = sum + Eight::load(currents + at);
      if (i > 0) sum = Eight::load(c.column_ratio + at - c.stride) * Eight::load(outputs + j) + sum;
      sum.store(outputs + j);
    }
  }
  for (int64_t j = 0; j < width; j += 8)
    (Eight::load(outputs + j) * Eight::load(c.column_source + j)).store(outputs + j);
}

}  // namespace

extern const LineKernel kernel;
#define OHMWEAVE_WORD(x) #x
#define OHMWEAVE_NAME(x) OHMWEAVE_WORD(x)
const LineKernel kernel{
    OHMWEAVE_NAME(OHMWEAVE_LINES), prepare, start, bitlines, wordlines, back, follow, drain, collect};

}  // namespace ohmweave::array::OHMWEAVE_LINES
