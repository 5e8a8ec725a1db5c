#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the exact reference is beside onnxruntime, on one thread.

    bench/reference.py ONNXRUNTIME [PROGRAM]     default: build/release/bench/network_bench; exit code 1 if a goal is missed

ONNXRUNTIME is a folder in which `npm install onnxruntime-node` was run. Goal: at most 1.3 times the processor time of onnxruntime
for every network; both are measured in turn, three times each, and the least time of each counts.

The networks are those of the reference data (OHMWEAVE_REFERENCE_DATA, default ../shared/data beside the source tree).
"""
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("OHMWEAVE_REFERENCE_DATA", SOURCE.parent / "shared/data"))
GOAL, ROUNDS = 1.3, 3
THEIRS = """
import { createRequire } from 'node:module';
const ort = createRequire(process.argv[1])('onnxruntime-node');
const s = await ort.InferenceSession.create(process.argv[2], {intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3});
const shape = process.argv[3].split(',').map(Number), n = shape.reduce((a, b) => a * b, 1);
const x = process.argv[4] === 'int64' ? new ort.Tensor('int64', BigInt64Array.from({length: n}, (_, k) => BigInt(k % 60)), shape)
                                      : new ort.Tensor('float32', Float32Array.from({length: n}, (_, k) => k * 37 % 256 / 255), shape);
const run = () => s.run({[s.inputNames[0]]: x});
await run();
let least = Infinity;
for (const end = performance.now() + 700; performance.now() < end;) {
  const before = process.cpuUsage();
  for (let k = 0; k < 5; ++k) await run();
  const used = process.cpuUsage(before);
  least = Math.min(least, (used.user + used.system) / 5e3);
}
console.log(least);
"""
SHAPES = {"stories260k_T64": ("1,64", "int64"), "stories260k_T256": ("1,256", "int64"), "mobilenet_v2_1.0_224": ("1,3,224,224", "float32"),
          "SqueezeNet_fp32": ("1,3,224,224", "float32")}


def ours(program, model):
    done = subprocess.run([program, f"--benchmark_filter=run_model/{model}$", "--benchmark_format=json", "--benchmark_min_time=0.2",
                           "--benchmark_repetitions=3"], capture_output=True, text=True, check=True)
    return min(b["cpu_time"] for b in json.loads(done.stdout)["benchmarks"] if b["run_type"] == "iteration")


def theirs(runtime, model):
    shape, element = SHAPES.get(model.split("/")[1], ("1,3,32,32", "float32"))
    done = subprocess.run(["node", "--input-type=module", "-e", THEIRS, "--", str(runtime / "package.json"),
                           str(DATA / "models" / f"{model}.onnx"), shape, element], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main(runtime, program):
    if not (DATA / "models").exists():
        print(f"no reference data in {DATA}")
        return 0
    listed = subprocess.run([program, "--benchmark_list_tests", "--benchmark_filter=run_model/"], capture_output=True, text=True, check=True)
    models = [line.split("/", 1)[1] for line in listed.stdout.split()]
    missed = False
    print(f"{'network':45} {'ohmweave':>10} {'onnxruntime':>12} {'ratio':>6}  goal {GOAL}")
    for model in models:
        pairs = [(ours(program, model), theirs(runtime, model)) for _ in range(ROUNDS)]
        a, b = min(p[0] for p in pairs), min(p[1] for p in pairs)
        missed |= a > GOAL * b
        print(f"{model:45} {a:7.3f} ms {b:9.3f} ms {a / b:6.2f}{'  missed' if a > GOAL * b else ''}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) > 2 else str(SOURCE / "build/release/bench/network_bench")))
