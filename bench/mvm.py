#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many matrix-vector products a second one core makes through `ohmweave mvm`, conversion by conversion.

    bench/mvm.py [PROGRAM]       default: build/release/ohmweave; exit code 1 if a goal is missed

A 512 x 512 matrix (the last row: 2,048 x 1,024) in crossbars of 128 x 128 with 2-bit cells and one input bit at a time. Goals are products
a second on one core, what the rate of CrossSim 3.2 on the same machine asks for (in brackets, at batch 256):

    16-bit operands, every conversion emulated        25,000   (345)
    the same where nothing can be lost               150,000
    8 input bits                                      50,000   (920)
    8-bit weights too                                100,000 (1,330)
    16 bits and 2 % programming error                 10,000   (271)
    16 bits and 1 % read noise                         1,000   (1.5, at batch 1)
    2,048 x 1,024, 16 bits                             2,500    (38, at batch 64)
    8 bits, wires of 1 ohm, cells of 100 kohm        100,000    (16, at batch 16), after tables

Programming and reading of files are taken off: the time of a small batch is taken from that of a large one. The yardstick is a float32
product of 1,024 x 1,024 matrices by numpy in the same run, on one thread.
"""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
import numpy  # noqa: E402  (after the number of threads is set)

ARRAY, ADC = "chip.tile.ima.crossbar", "chip.tile.ima.adc"
EIGHT_IN, EIGHT = ["precision.input=8"], ["precision.input=8", "precision.weight=8"]
EMULATED = [f"{ADC}.bits=7", f"{ARRAY}.encoding=biased"]  # columns of random weights reach more than 127
LEVELS = [f"{ARRAY}.cell.on_resistance=100 kohm", f"{ARRAY}.cell.off_resistance=10 Mohm"]
ROWS = {  # goal, rows, columns, batches, changes of isaac
    "16 bits": (25_000, 512, 512, (256, 8192), EMULATED),
    "16 bits, lossless": (150_000, 512, 512, (256, 32768), []),
    "8 input bits": (50_000, 512, 512, (256, 16384), EMULATED + EIGHT_IN),
    "8 bits": (100_000, 512, 512, (256, 16384), EMULATED + EIGHT),
    "16 bits, 2 % programming error": (10_000, 512, 512, (256, 4096),
                                       LEVELS + [f"{ARRAY}.cell.programming={{kind: normal, deviation: 0.02}}"]),
    "16 bits, 1 % read noise": (1_000, 512, 512, (64, 1024), LEVELS + [f"{ARRAY}.cell.read_noise={{deviation: 0.01}}"]),
    "2048 x 1024, 16 bits": (2_500, 2048, 1024, (64, 2048), EMULATED),
    "8 bits, wires": (100_000, 512, 512, (256, 16384), LEVELS + EIGHT + ["wire_resistance=1 ohm"]),
}


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def yardstick():
    a = numpy.ones((1024, 1024), numpy.float32)
    begin = os.times()
    for _ in range(10):
        a @ a
    end = os.times()
    return (end.user - begin.user) / 10


def main(program):
    random = numpy.random.default_rng(1)
    unit = min(yardstick() for _ in range(3))
    print(f"yardstick: {unit * 1e3:.1f} ms")
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        weights, inputs = f"{folder}/weights.npy", f"{folder}/inputs.npy"
        for name, (goal, rows, columns, batches, changes) in ROWS.items():
            bits = 8 if "precision.weight=8" in changes else 16
            most = (1 << (8 if "precision.input=8" in changes else 16) - 1) - 1
            half = 1 << (bits - 1)
            numpy.save(weights, random.integers(-half, half, (rows, columns)).astype(numpy.int32))
            times = []
            for batch in batches:
                numpy.save(inputs, random.integers(0, most + 1, (batch, rows)).astype(numpy.int32))
                command = [program, "mvm", "--design", "isaac", "--weights", weights, "--inputs", inputs, "--threads", "1"]
                for change in changes:
                    command += ["--set", change]
                times.append(min(cpu_seconds(command) for _ in range(2)))
            rate = (batches[1] - batches[0]) / max(times[1] - times[0], 1e-9)
            missed |= rate < goal
            print(f"{name:32} {rate:10.0f} /s  goal {goal:7}  {rate * unit:8.1f} a yardstick  setup {times[0]:5.2f} s{'  missed' if rate < goal else ''}")
    return 1 if missed else 0


if __name__ == "__main__":
    default = pathlib.Path(__file__).resolve().parent.parent / "build/release/ohmweave"
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(default)))
