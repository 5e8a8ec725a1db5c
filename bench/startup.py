#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long a user waits for the program: start-up and runs that only compute costs.

    bench/startup.py [PROGRAM]       default: build/release/ohmweave; exit code 1 if a goal is missed

Goals, in milliseconds of the whole process from start to end, least of the runs, since whatever else works beside them only adds:

    ohmweave --version                      20
    ohmweave run vgg-d --design isaac      100
    ohmweave run resnet50 --design isaac   100

The yardstick is an empty process of Python started in turn with them ('python3 -S -c pass'): the last column tells how many of
those a command takes, which hardly depends on the machine.
"""
import pathlib
import statistics
import subprocess
import sys
import time

GOALS_MS = {
    ("--version",): 20,
    ("run", "vgg-d", "--design", "isaac"): 100,
    ("run", "resnet50", "--design", "isaac"): 100,
}
ROUNDS = 15


def milliseconds(command):
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return 1000 * (time.perf_counter() - begin)


def main(program):
    yardstick = [sys.executable, "-S", "-c", "pass"]
    times = {arguments: [] for arguments in GOALS_MS}
    unit = []
    for _ in range(ROUNDS):  # in turn, so that all see the same load
        unit.append(milliseconds(yardstick))
        for arguments, samples in times.items():
            samples.append(milliseconds([program, *arguments]))
    missed = False
    print(f"{'command':40} {'median':>9} {'least':>9} {'goal':>9} {'yardsticks':>11}")
    for arguments, samples in times.items():
        median, goal = statistics.median(samples), GOALS_MS[arguments]
        missed |= min(samples) > goal
        print(f"{'ohmweave ' + ' '.join(arguments):40} {median:6.1f} ms {min(samples):6.1f} ms {goal:6} ms "
              f"{median / statistics.median(unit):11.2f}{'  missed' if min(samples) > goal else ''}")
    print(f"{'yardstick':40} {statistics.median(unit):6.1f} ms {min(unit):6.1f} ms")
    return 1 if missed else 0


if __name__ == "__main__":
    default = pathlib.Path(__file__).resolve().parent.parent / "build/release/ohmweave"
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(default)))
