#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long whole networks take on arrays of logic: values on FloatPIM, and costs alone.

    bench/logic_rows.py [PROGRAM]     default: build/release/ohmweave; exit code 1 if a goal is missed

Goals: 10,000 MNIST images through LeNet-5 on FloatPIM in bf16 in 60 s on two cores, calibration and start-up included; VGG-16 mapped,
timed and priced without data in 100 ms of processor time on each design of logic, the least of five runs. The yardsticks are the
exact float reference of the same images, and the start of the program. The first 50 images are computed gate by gate as well: they have to
get the same top-1 and the same error.

The network and data are those of the reference data (OHMWEAVE_REFERENCE_DATA, default ../shared/data beside the source tree).
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("OHMWEAVE_REFERENCE_DATA", SOURCE.parent / "shared/data"))
VALUES_S, COSTS_S = 60, 0.1
DESIGNS = ["floatpim", "floatpim:chip.tile.block.crossbar.cascade=1", "magic", "bnn3d"]


def run(program, *words):
    """Seconds elapsed, seconds of the processor, and the report."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    elapsed, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[0])
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def values(program):
    model = DATA / "models/mnist_lenet5_webmnist/lenet5.onnx"
    if not model.exists():
        print(f"no reference data in {DATA}")
        return False
    data = ["--data", f"mnist:{DATA}/datasets/mnist", "--json", "-"]
    unit, _, _ = run(program, "run", str(model), "--design", "float", *data)
    seconds, busy, text = run(program, "run", str(model), "--design", "floatpim", *data)
    top1 = json.loads(text)["values"]["top1"]
    print(f"LeNet-5, 10,000 images, bf16   {seconds:6.2f} s, {busy:6.2f} s of the processor; goal {VALUES_S} s; "
          f"{seconds / unit:.1f} times the float reference; top-1 {100 * top1:.2f} %")
    few = [*data, "--samples", "50"]
    reports = [json.loads(run(program, "run", str(model), "--design", f"floatpim:chip.tile.block.crossbar.values={how}", *few)[2])
               for how in ("processor", "gates")]
    same = all(reports[0]["values"][key] == reports[1]["values"][key] for key in ("top1", "output_error"))
    print(f"50 of them gate by gate        {'the same' if same else 'DIFFERENT'}")
    return seconds > VALUES_S or not same


def costs(program):
    missed = False
    start = min(run(program, "--version")[1] for _ in range(5))
    for design in DESIGNS:
        busy = min(run(program, "run", "vgg-d", "--design", design)[1] for _ in range(5))
        missed |= busy > COSTS_S
        print(f"VGG-16 on {design:46} {1000 * busy:6.1f} ms of the processor; goal {1000 * COSTS_S:.0f} ms; {busy / start:.1f} times a start")
    return missed


def main(program):
    missed = values(program)
    return 1 if costs(program) or missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(SOURCE / "build/release/ohmweave")))
