#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long whole networks take when conversions are emulated one by one, beside the float arithmetic of the same run.

    bench/emulation.py [PROGRAM] [--only TEXT]     default: build/release/ohmweave; exit code 1 if a goal is missed

The machine is ISAAC with operands of 8 bits, columns of plain bias and a converter of 5 bits, which every column of more than a few
rows can clip. Times are processor seconds per image of one thread: the difference of a run of many images and one of few, so that start-up,
programming and calibration drop out, the median of several such pairs, which meet the same machine as nearly as they can; less what the exact
reference takes, which every run computes beside. That reference (oneDNN's float
convolutions, `--design float`) is the yardstick. The last rows are whole runs: ResNet-20 over 10,000 images on all processors, start-up included, with
the exact reference beside and without, and the peak memory of ResNet-18 at 8 images a batch.
"""
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("OHMWEAVE_REFERENCE_DATA", SOURCE.parent / "shared/data"))
NARROW = ["precision.weight=8", "precision.input=8", "chip.tile.ima.adc.bits=5", "chip.tile.ima.crossbar.encoding=biased",
          "chip.tile.ima.crossbar.unit_column=false"]
WIDE = ["precision.weight=8", "precision.input=8"]
FEW, MANY, REPEATS = 8, 56, 5
# what: design, fields, more options, goal: at most this multiple of the time of another row (None: the yardstick)
ROWS = {
    "float, the yardstick": ("float", [], [], None),
    "every conversion emulated": ("isaac", NARROW, [], (2.6, "float, the yardstick")),
    "the same, static variation": ("isaac", NARROW, ["--device", "rram_milo"], (2.5, "every conversion emulated")),
    "the same, fresh read noise": ("isaac", NARROW, ["--device", "neurram"], (5, "every conversion emulated")),
    "8 bits, lossless": ("isaac", WIDE, [], None),
    "16 bits, lossless": ("isaac", [], [], (5, "8 bits, lossless")),
}


def write_pictures(path, count, side):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {side}, {side}, 3), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        file.write(random.Random(1).randbytes(count * side * side * 3))


def run(program, *arguments):
    """Processor seconds, seconds and kilobytes of the largest process so far."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([program, "run", *arguments], capture_output=True, text=True, check=False)
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[0])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, seconds, after.ru_maxrss


def per_image(program, pictures, few_pictures, row):
    design, fields, more, _ = ROWS[row]
    sets = [word for field in fields for word in ("--set", field)]
    common = ["resnet18", "--design", design, *sets, *more, "--data", f"npy:{pictures}", "--div", "255", "--batch", "8", "--threads", "1"]
    if design != "float":
        common += ["--calibrate", f"npy:{few_pictures}"]
    few, many = ([*common, "--samples", str(n)] for n in (FEW, MANY))
    run(program, *few)  # files and processors awake
    return statistics.median(run(program, *many)[0] - run(program, *few)[0] for _ in range(REPEATS)) / (MANY - FEW)


def main(program, only):
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        pictures, few_pictures = pathlib.Path(folder) / "pictures.npy", pathlib.Path(folder) / "few.npy"
        write_pictures(pictures, MANY, 224)
        write_pictures(few_pictures, FEW, 224)
        times = {}
        print(f"{'ResNet-18, 224 x 224':32} {'per image':>10} {'of':>27} {'goal':>6}")
        for row, (design, _, _, goal) in ROWS.items():
            if only not in row and design != "float":
                continue
            times[row] = per_image(program, pictures, few_pictures, row) - (0 if design == "float" else times["float, the yardstick"])
            beside = ""
            if goal and goal[1] in times:
                ratio = times[row] / times[goal[1]]
                missed |= ratio > goal[0]
                beside = f"{ratio:5.2f} x {goal[1]:20} {goal[0]:5}{'  missed' if ratio > goal[0] else ''}"
            print(f"{row:32} {1e3 * times[row]:7.1f} ms {beside}", flush=True)
        if only:
            return int(missed)
        sets = [word for field in NARROW for word in ("--set", field)]
        memory = run(program, "resnet18", "--design", "isaac", *sets, "--data", f"npy:{few_pictures}", "--calibrate", f"npy:{few_pictures}",
                     "--div", "255", "--batch", "8", "--samples", "8")[2] / 1024
        missed |= memory > 1024
        print(f"peak memory of all these runs        {memory:7.0f} MiB, goal 1024{'  missed' if memory > 1024 else ''}")
        few = DATA / "datasets/cifar10/test_lossless_mix.bin"
        if few.exists():
            repeated = pathlib.Path(folder) / "repeated.bin"
            once, size = few.read_bytes(), 3073
            repeated.write_bytes((once * (10000 * size // len(once) + 1))[: 10000 * size])
            for beside in ((), ("--no-reference",)):
                seconds = run(program, str(DATA / "models/cifar10_resnet_akamaster/resnet20.onnx"), "--design", "isaac", *sets,
                              "--data", f"cifar10:{repeated}", "--calibrate", f"cifar10:{few}", "--div", "255", "--mean",
                              "0.485,0.456,0.406", "--std", "0.229,0.224,0.225", *beside)[1]
                missed |= seconds > 10
                print(f"ResNet-20, 10,000 images, {os.cpu_count()} cores   {seconds:7.2f} s, goal 10{'  missed' if seconds > 10 else ''}",
                      *beside)
    return int(missed)


if __name__ == "__main__":
    words = sys.argv[1:]
    text = words.pop(words.index("--only") + 1) if "--only" in words else ""
    words = [w for w in words if w != "--only"]
    sys.exit(main(words[0] if words else str(SOURCE / "build/release/ohmweave"), text))
