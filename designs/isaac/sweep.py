#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which arrays could ISAAC-PE and ISAAC-SE be? (README.md)

The paper sweeps the rows H of an array, arrays C and ADCs A of an IMA and IMAs I of a tile, and marks two of its results in
a figure without naming them. Here every combination with the C H / A that follows from Table IV is priced by Table I: the
area of an array grows with its cells and that of what stands at its rows with them, their power and the input registers
with the arrays that the ADCs keep busy; ADCs follow the resolution law of library/circuits/isaac_adc.yaml. The tile's own
parts and the number of tiles stay. Prints the combinations nearest to the published computational density (GOPS/mm2),
power efficiency (GOPS/W) and storage density (MiB/mm2).
"""
import itertools
import math

TILES, CYCLE_S = 168, 100e-9
TILE_MW, TILE_MM2 = 20.7 + 7 + 42 / 4 + 0.52 + 0.05 + 0.4 + 1.68, 0.083 + 0.090 + 0.151 / 4 + 0.0006 + 0.00006 + 0.00024 + 0.0032
LINKS_W, LINKS_MM2 = 10.4, 22.88
POWER_SHARE, AREA_SHARE = 0.066, 0.455  # of the ADC that doubles per bit; the rest is linear

TARGETS = {  # name: (C H / A, GOPS/mm2, GOPS/W, MiB/mm2)
    "ISAAC-CE": (128, 478.95, 627.5, 0.74),
    "ISAAC-PE": (128, 409.67, 644.2, 0.62),
    "ISAAC-SE": (16384, 103.35, 312.5, 20.25),
}


def adc(bits, at_8_bits, share):
    return at_8_bits * ((1 - share) * bits / 8 + share * 2 ** (bits - 8))


def price(rows, arrays, adcs, imas):
    """(GOPS/mm2, GOPS/W, MiB/mm2) of a chip."""
    bits = round(math.log2(rows)) + 1  # log2(H) + v + w - 1 with v = 1, w = 2, and one less by flipped columns
    cells, lines = arrays * rows**2 / (8 * 128**2), arrays * rows / (8 * 128)  # of an IMA, over those of Table I
    busy = min(1, adcs * 128 / (arrays * rows))  # share of the arrays whose columns the ADCs can convert in a cycle
    ima_mw = 8 * adc(bits, 2, POWER_SHARE) * adcs / 8 + busy * ((4 + 0.01 + 1.24) * lines + 2.4 * cells) + (0.2 + 0.23) * adcs / 8
    ima_mm2 = 8 * adc(bits, 0.0012, AREA_SHARE) * adcs / 8 + (0.00017 + 0.00004 + 0.0021 * busy) * lines + 0.0002 * cells + (0.00024 + 0.00077) * adcs / 8
    watts = TILES * (TILE_MW + imas * ima_mw) / 1e3 + LINKS_W
    mm2 = TILES * (TILE_MM2 + imas * ima_mm2) + LINKS_MM2
    conversions = adcs * 128 / CYCLE_S  # an ADC converts 128 columns in a cycle
    gops = TILES * imas * conversions * rows / 128 * 2 / 1e9  # 128 conversions are `rows` multiply-accumulates
    mib = TILES * imas * arrays * rows * rows * 2 / 8 / 2**20
    return gops / mm2, gops / watts, mib / mm2


def main():
    for name, (ratio, *published) in TARGETS.items():
        found = []
        for rows, adcs, imas in itertools.product((32, 64, 128, 256, 512), (1, 2, 4, 8, 16, 32), (4, 8, 12, 16, 24)):
            arrays, rest = divmod(ratio * adcs, rows)
            if rest == 0 and arrays > 0:
                ours = price(rows, arrays, adcs, imas)
                found.append((max(abs(math.log(o / p)) for o, p in zip(ours, published)), rows, adcs, arrays, imas, ours))
        print(f"{name}: published {published}")
        for off, rows, adcs, arrays, imas, ours in sorted(found)[:5]:
            print(f"  H{rows} A{adcs} C{arrays} I{imas}: " + ", ".join(f"{x:.4g}" for x in ours) + f" (off by {100 * (math.exp(off) - 1):.1f} %)")


if __name__ == "__main__":
    main()
