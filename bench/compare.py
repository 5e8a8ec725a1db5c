#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long comparisons and sweeps take.

    bench/compare.py [PROGRAM]       default: build/release/ohmweave; exit code 1 if a goal is missed

Goals, of the whole process with table and picture, costs only, least of the runs, since whatever else works beside them only adds:

    compare, six configurations on VGG-D       0.5 s
    sweep, 100 configurations on VGG-D         5 s

The yardstick is ISAAC on VGG-D alone: the last column tells how many of those they take.
"""
import pathlib
import subprocess
import sys
import time

DESIGNS = ["isaac", "isaac:chip.tile.ima.adc.bits=7", "isaac:mapping.schedule=serial", "isaac:chip.tile.ima.count=8", "isaac:chips=32",
           "isaac:mapping.replicate=none"]
GRID = ["--set", "chip.tile.ima.adc.bits=6..9", "--set", "chip.tile.ima.count=8..16+2", "--set", "chips=8..128*2"]
GOALS_S = {
    "compare, six configurations": (["compare", "vgg-d", "--designs", ",".join(DESIGNS), "--picture", "/dev/null"], 0.5),
    "sweep, 100 configurations": (["sweep", "vgg-d", "--design", "isaac", *GRID, "--csv", "-", "--picture", "/dev/null"], 5),
}
ROUNDS = 5


def seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main(program):
    unit, times = [], {name: [] for name in GOALS_S}
    for _ in range(ROUNDS):  # in turn, so that all see the same load
        unit.append(seconds([program, "run", "vgg-d", "--design", DESIGNS[0]]))
        for name, (arguments, _) in GOALS_S.items():
            times[name].append(seconds([program, *arguments]))
    missed = False
    for name, (_, goal) in GOALS_S.items():
        least = min(times[name])
        missed |= least > goal
        print(f"{name:30} {least:7.3f} s  goal {goal} s  {least / min(unit):6.1f} yardsticks{'  missed' if least > goal else ''}")
    print(f"{'yardstick':30} {min(unit):7.3f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    default = pathlib.Path(__file__).resolve().parent.parent / "build/release/ohmweave"
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(default)))
