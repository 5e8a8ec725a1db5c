// SPDX-License-Identifier: Apache-2.0
#pragma once

// The registers of AMX: each has 16 rows of 64 bytes. One instruction multiplies 16 rows of 64 bytes by 64 rows
// of 16 bytes, four rows standing together in an element, and adds to 16 x 16 sums of 32 bits. In assembler,
// since compilers want the numbers of registers as tokens.
namespace ohmweave::tensor {

/// Whether the processor has them, and the system saves them for this process.
bool may_use_amx();

#if defined(__x86_64__)
/// Makes all registers whole, and gives them back.
class TileRegisters {
 public:
  TileRegisters() {
    static constexpr Shapes kShapes;
    asm volatile("ldtilecfg %0" ::"m"(kShapes));
  }
  TileRegisters(const TileRegisters&) = delete;
  TileRegisters& operator=(const TileRegisters&) = delete;
  ~TileRegisters() { asm volatile("tilerelease"); }

 private:
  struct alignas(64) Shapes {
    unsigned char palette = 1, first_row = 0, reserved[14] = {};
    unsigned short bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    unsigned char rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  };
  static_assert(sizeof(Shapes) == 64);
};

template <int Tile>
void load_tile(const void* from, long bytes_apart) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(bytes_apart), "i"(Tile) : "memory");
}
template <int Tile>
void store_tile(void* to, long bytes_apart) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(bytes_apart), "i"(Tile) : "memory");
}
template <int Tile>
void clear_tile() {
  asm volatile("tilezero %%tmm%c0" ::"i"(Tile));
}
enum class SignedBytes { None, Left, Right };

/// Sum += Left * Right.
template <SignedBytes Signed, int Sum, int Left, int Right>
void add_tile_product() {
  if constexpr (Signed == SignedBytes::Left) {
    asm volatile("tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sum), "i"(Left), "i"(Right));
  } else if constexpr (Signed == SignedBytes::Right) {
    asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sum), "i"(Left), "i"(Right));
  } else {
    asm volatile("tdpbuud %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sum), "i"(Left), "i"(Right));
  }
}
#endif

}  // namespace ohmweave::tensor
