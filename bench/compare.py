#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long a comparison takes.

    bench/compare.py [PROGRAM]       default: build/release/ohmweave; exit code 1 if a goal is missed

Goal: six configurations on VGG-D, costs only, their table and picture, in 0.5 s of the whole process; least of the runs, since whatever
else works beside them only adds. The yardstick is one of the six alone: the last column tells how many of those the comparison takes.
"""
import pathlib
import subprocess
import sys
import time

DESIGNS = ["isaac", "isaac:chip.tile.ima.adc.bits=7", "isaac:mapping.schedule=serial", "isaac:chip.tile.ima.count=8", "isaac:chips=32",
           "isaac:mapping.replicate=none"]
GOAL_S = 0.5
ROUNDS = 7


def seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main(program):
    unit, times = [], []
    for _ in range(ROUNDS):  # in turn, so that both see the same load
        unit.append(seconds([program, "run", "vgg-d", "--design", DESIGNS[0]]))
        times.append(seconds([program, "compare", "vgg-d", "--designs", ",".join(DESIGNS), "--picture", "/dev/null"]))
    print(f"six configurations on VGG-D: {min(times):.3f} s (goal {GOAL_S} s), {min(times) / min(unit):.1f} yardsticks of {min(unit):.3f} s")
    return 1 if min(times) > GOAL_S else 0


if __name__ == "__main__":
    default = pathlib.Path(__file__).resolve().parent.parent / "build/release/ohmweave"
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(default)))
