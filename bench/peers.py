#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many images a second the accuracy of networks for CIFAR-10 is found with, beside what MNSIM 2.0 takes.

    bench/peers.py [PROGRAM]     default: build/release/ohmweave; exit code 1 if a goal is missed

MNSIM 2.0 finds the accuracy of 0.76 images a second of VGG-8 and of 2.1 of ResNet-18 (16 images, one core); the goals are a hundred
times that. (Its ResNet-18 must be narrower than the one here, which has a tenth less to multiply than VGG-8.) The machine is ISAAC with operands of 8 bits and a converter of 5 bits, so that every conversion is emulated, weights and
images are random ones of the right shapes, as there. Times are processor seconds of one thread: the difference of a run of many images
and one of few, the exact float reference beside them included.
"""
import pathlib
import sys
import tempfile

from emulation import NARROW, run, write_pictures

SOURCE = pathlib.Path(__file__).resolve().parent.parent
FEW, MANY = 16, 144
VGG_8 = """# VGG-8 for CIFAR-10
name: vgg-8
input: [3, 32, 32]
layers:
  - conv: {channels: 128, kernel: 3, pad: same}
  - relu
  - conv: {channels: 128, kernel: 3, pad: same}
  - relu
  - max_pool: 2
  - conv: {channels: 256, kernel: 3, pad: same}
  - relu
  - conv: {channels: 256, kernel: 3, pad: same}
  - relu
  - max_pool: 2
  - conv: {channels: 512, kernel: 3, pad: same}
  - relu
  - conv: {channels: 512, kernel: 3, pad: same}
  - relu
  - max_pool: 2
  - flatten
  - dense: 1024
  - relu
  - dense: 10
"""
RESNET_18 = """# ResNet-18 for CIFAR-10
name: resnet-18-cifar
input: [3, 32, 32]
layers:
  - conv: {channels: 64, kernel: 3, pad: same, bias: false}
  - relu
STAGES
  - global_average_pool
  - flatten
  - dense: 10
"""
BLOCK = """  - block:
      - conv: {{channels: {channels}, kernel: 3, stride: {stride}, pad: 1, bias: false}}
      - relu
      - conv: {{channels: {channels}, kernel: 3, pad: 1, bias: false, name: main}}
{shortcut}      - relu
"""
STRAIGHT = "      - add: input\n"
CONVERTED = "      - conv: {{channels: {channels}, kernel: 1, stride: {stride}, bias: false, from: input}}\n      - add: main\n"
GOALS = {"vgg-8": 76, "resnet-18-cifar": 210}  # images a second


def resnet_18():
    blocks = ""
    for channels, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        for own in (stride, 1):
            shortcut = STRAIGHT if own == 1 else CONVERTED.format(channels=channels, stride=own)
            blocks += BLOCK.format(channels=channels, stride=own, shortcut=shortcut)
    return RESNET_18.replace("STAGES\n", blocks)


def seconds(program, network, pictures, samples):
    sets = [word for field in NARROW for word in ("--set", field)]
    return run(program, str(network), "--design", "isaac", *sets, "--data", f"npy:{pictures}", "--div", "255", "--calibrate",
               f"npy:{pictures}", "--samples", str(samples), "--batch", "16", "--threads", "1")[0]


def main(program):
    missed = False
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_pictures(folder / "pictures.npy", MANY, 32)
        for network, text in (("vgg-8", VGG_8), ("resnet-18-cifar", resnet_18())):
            file = folder / f"{network}.yaml"
            file.write_text(text, encoding="utf-8")
            few = min(seconds(program, file, folder / "pictures.npy", FEW) for _ in range(3))
            many = min(seconds(program, file, folder / "pictures.npy", MANY) for _ in range(3))
            rate = (MANY - FEW) / (many - few)
            missed |= rate < GOALS[network]
            print(f"{network:18} {rate:6.0f} images a second, goal {GOALS[network]}{'  missed' if rate < GOALS[network] else ''}; "
                  f"start-up and programming {few - FEW / rate:.2f} s", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(SOURCE / "build/release/ohmweave")))
