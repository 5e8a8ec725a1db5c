#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long real networks take on ISAAC with real data, and what becomes of their accuracy.

    bench/values.py [PROGRAM] [--only TEXT]     default: build/release/ohmweave; exit code 1 if a goal is missed

Goals: 10,000 MNIST images through LeNet-5 in 10 s on two cores, start-up and calibration included; MNIST networks within 0.1 points of
the exact top-1 over all 10,000 test images, CIFAR-10 networks within 0.31 (two of 649 images). The yardstick is the exact float
reference of the same images on the same machine (`--design float`): the last column tells how many of those a run takes.

The networks and data are those of the reference data (OHMWEAVE_REFERENCE_DATA, default ../shared/data beside the source tree).
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("OHMWEAVE_REFERENCE_DATA", SOURCE.parent / "shared/data"))
SETS = {  # name in REFERENCES.tsv: data, accepted difference of top-1 in points
    "mnist_t10k": (f"mnist:{DATA}/datasets/mnist", 0.1),
    "cifar10_lossless_mix_649": (f"cifar10:{DATA}/datasets/cifar10/test_lossless_mix.bin", 0.31),
}
GOALS_S = {"models/mnist_lenet5_webmnist/lenet5.onnx": 10}


def run(program, row, design):
    command = [program, "run", str(DATA / row["model"]), "--design", design, "--data", SETS[row["dataset"]][0], "--json", "-",
               *row["preprocessing"].split()]
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[0])
    return time.perf_counter() - begin, json.loads(done.stdout)["values"]


def main(program, only):
    if not (DATA / "REFERENCES.tsv").exists():
        print(f"no reference data in {DATA}")
        return 0
    with open(DATA / "REFERENCES.tsv", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file, delimiter="\t") if r["dataset"] in SETS and only in r["model"]]
    missed = False
    print(f"{'network':58} {'exact':>8} {'isaac':>8} {'goal':>6}  {'time':>8} {'goal':>6} {'yardsticks':>11}")
    for row in rows:
        try:
            unit, _ = run(program, row, "float")
            seconds, values = run(program, row, "isaac")
        except RuntimeError as error:
            print(f"{row['model']:58} {error}")
            continue
        accepted, goal = SETS[row["dataset"]][1], GOALS_S.get(row["model"])
        bad = abs(values["top1"] - values["reference_top1"]) * 100 > accepted + 1e-9 or (goal is not None and seconds > goal)
        missed |= bad
        print(f"{row['model']:58} {100 * values['reference_top1']:6.2f} % {100 * values['top1']:6.2f} % {accepted:6}  "
              f"{seconds:6.2f} s {f'{goal} s' if goal else '':>6} {seconds / unit:11.1f}{'  missed' if bad else ''}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    words = sys.argv[1:]
    text = words[words.index("--only") + 1] if "--only" in words else ""
    others = [w for w in words if w not in ("--only", text)]
    sys.exit(main(others[0] if others else str(SOURCE / "build/release/ohmweave"), text))
