# SPDX-License-Identifier: Apache-2.0
"""Devices from measurements: cells made here by the formulas of Nandakumar et al. (ICECS 2019), not by the program."""
import json
import math
import random
import subprocess

from program import PROGRAM, SOURCE, ProgramTest, main, ohmweave

EXAMPLE = SOURCE / "examples/measurements/pcm.csv"
START = 20  # s


def error(g):
    return 0.26348 + 1.9650 * g - 1.1731 * g * g


def exponent(g):
    mean = min(max(-0.0155 * math.log(g) + 0.0244, 0.049), 0.1)
    return mean, min(max(-0.0125 * math.log(g) - 0.0059, 0.008), 0.045)


def measurements(levels=8, cells=40, times=(0, 100, 3600, 86400), reads=1, noise=0.01, seed=3):
    """Lines of a table of phase-change cells, read with an error in proportion to what they conduct."""
    rng = random.Random(seed)
    yield "target_uS,measured_uS,time_s,cell"
    for level in range(1, levels + 1):
        g = level / levels
        for cell in range(cells):
            programmed = max(25 * g + error(g) * rng.gauss(0, 1), 0)
            mean, deviation = exponent(g)
            nu = abs(mean + deviation * rng.gauss(0, 1))
            for time in times:
                now = programmed * (1 + time / START) ** -nu
                for _ in range(reads):
                    yield f"{25 * g:.6g},{max(now * (1 + noise * rng.gauss(0, 1)), 0):.5g},{time},c{level}-{cell}"


class Fit(ProgramTest):

    def fitted(self, lines, *options):
        table = self.folder / "cells.csv"
        table.write_text("\n".join(lines) + "\n", encoding="utf-8")
        ohmweave("fit", "device", table, "--json", self.folder / "fit.json", *options)
        return json.loads((self.folder / "fit.json").read_text(encoding="utf-8"))

    def complaint(self, *arguments):
        """What the program says on standard error where it refuses its input."""
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def test_phase_change_memory_is_recovered(self):
        cells = 400
        fit = self.fitted(measurements(cells=cells, reads=2))
        self.assertAlmostEqual(fit["drift_start_s"], START, delta=1.5)
        for level in fit["levels"]:
            g = level["target_S"] / 25e-6
            mean, deviation = exponent(g)
            self.assertAlmostEqual(level["fitted_exponent"], mean, delta=3.5 * deviation / math.sqrt(cells))
            self.assertAlmostEqual(level["fitted_exponent_deviation"], deviation, delta=3.5 * deviation / math.sqrt(2 * cells))
            self.assertAlmostEqual(level["fitted_deviation_S"] * 1e6, error(g), delta=3.5 * error(g) / math.sqrt(2 * cells))
        noise = fit["read_noise"][0]["parameters"][-1]
        self.assertAlmostEqual(noise["value"], 0.01, delta=3.5 * noise["standard_error"])

    def test_the_file_is_a_device(self):
        device = self.folder / "mine.yaml"
        picture = self.folder / "mine.svg"
        self.fitted(measurements(cells=400), "--output", device, "--picture", picture)
        self.assertIn("<svg", picture.read_text(encoding="utf-8"))
        ohmweave("check", device)
        shown = self.folder / "shown.json"
        ohmweave("show", "device", device, "--samples", 20000, "--set", "time=1 day", "--json", shown)
        levels = json.loads(shown.read_text(encoding="utf-8"))["levels"]
        self.assertEqual(len(levels), 8)
        for k, level in enumerate(levels):
            g = (k + 1) / 8
            expected = 25e-6 * g * (1 + 86400 / START) ** -exponent(g)[0]
            self.assertAlmostEqual(level["mean_S"] / expected, 1, delta=0.04)

    def test_nothing_is_written_of_a_table_with_gaps(self):
        table = self.folder / "gaps.csv"
        table.write_text("target_uS,measured_uS\n1,2\n3,\n5,x\n7,-1\n", encoding="utf-8")
        device = self.folder / "gone.yaml"
        complaint = self.complaint("fit", "device", table, "--output", device)
        for place, message in (("3:3", "there is no value for measured"), ("4:3", "'x' is not a number"),
                               ("5:3", "a conductance is not negative")):
            self.assertIn(f"{table}:{place}: error: {message}", complaint)
        self.assertFalse(device.exists())
        self.assertEqual(list(self.folder.iterdir()), [table])

    def test_every_cell_may_have_a_target_of_its_own(self):
        rng = random.Random(4)
        cells, times = 1000, (0, 100, 3600, 86400)
        lines = ["target_uS,measured_uS,time_s,cell"]
        for cell in range(cells):
            target = rng.uniform(5, 100)
            programmed = target + (1 + 0.02 * target) * rng.gauss(0, 1)
            nu = abs(0.06 + 0.01 * rng.gauss(0, 1))
            for time in times:
                lines += [f"{target!r},{programmed * (1 + time / START) ** -nu * (1 + 0.01 * rng.gauss(0, 1))!r},{time},{cell}"
                          for _ in range(2)]
        fit = self.fitted(lines)
        self.assertEqual(sum(level["cells"] for level in fit["levels"]), cells)
        self.assertLessEqual(len(fit["levels"]), 16)
        self.assertNotIn("bits", fit)
        for level in fit["levels"]:
            wanted = 1e-6 + 0.02 * level["target_S"]
            self.assertAlmostEqual(level["fitted_deviation_S"] / wanted, 1, delta=0.15)
            self.assertAlmostEqual(level["fitted_exponent"], 0.06, delta=0.002)
        mean = next(m for m in fit["drift"] if m["model"] == "mean constant, deviation constant")["parameters"]
        for found, true in zip(mean, (0.06, 0.01)):
            self.assertAlmostEqual(found["value"], true, delta=3.5 * found["standard_error"])

    def test_a_sweep_may_come_back_to_its_targets(self):
        rng = random.Random(7)
        lines = [f"{t / 10},{t / 10 + rng.gauss(0, 1)!r}" for t in range(50, 350) for _ in range(4)]
        fit = self.fitted(["target_uS,measured_uS", *lines])
        self.assertEqual([level["cells"] for level in fit["levels"]], [76] * 15 + [60])
        self.assertAlmostEqual(fit["levels"][7]["fitted_deviation_S"], 1e-6, delta=1e-7)

    def test_cells_that_do_not_lose_conductance(self):
        def cells(exponent, seed):
            rng = random.Random(seed)
            yield "target_uS,measured_uS,time_s,cell"
            for cell in range(300):
                target = 10 * (1 + cell % 4)
                programmed = target + rng.gauss(0, 1)
                yield from (f"{target},{programmed * (1 + time) ** -exponent * (1 + 0.01 * rng.gauss(0, 1))!r},{time},{cell}"
                            for time in (1, 100, 10000))

        for seed in range(6):  # a mean of either sign
            fit = self.fitted(cells(0, seed))
            drift = fit["drift"][0]["parameters"][0]["value"] if fit["drift"] else 0
            self.assertLess(abs(drift), 0.005)
            self.assertEqual(not fit["drift"], any("do not fall" in remark for remark in fit["remarks"]))
        table = self.folder / "rising.csv"
        table.write_text("\n".join(cells(-0.03, 1)) + "\n", encoding="utf-8")
        self.assertIn("rising.csv: error: conductances rise with time (an exponent of -0.0", self.complaint("fit", "device", table))

    def test_temperatures_that_differ_are_told(self):
        def lines(*temperatures):
            head, *rows = measurements(cells=10)
            yield head + ",temperature_K"
            yield from (f"{row},{temperatures[k % len(temperatures)]}" for k, row in enumerate(rows))

        def remarks(*temperatures):
            return [r for r in self.fitted(lines(*temperatures))["remarks"] if "temperature" in r]

        self.assertEqual(remarks(300, 300.5), [])
        self.assertIn("taken for 350 K, the mean of 300 K to 400 K", remarks(300, 400)[0])

    def test_a_table_of_a_spreadsheet(self):
        lines = list(measurements(cells=10))
        plain = self.fitted(lines)
        lines[0] = "\N{BYTE ORDER MARK}" + lines[0]
        self.assertEqual(self.fitted([line + "\r" for line in lines]), plain)

    def test_the_example_is_what_these_formulas_give(self):
        self.assertEqual(EXAMPLE.read_text(encoding="utf-8").splitlines(), list(measurements()))

    def test_names(self):
        table = self.folder / "cells.csv"
        table.write_text("\n".join(measurements()) + "\n", encoding="utf-8")
        complaint = self.complaint("fit", "device", table, "--output", self.folder / "a.yaml", "--name", "b")
        self.assertIn("--name: error: the file of a device is called by its name", complaint)


if __name__ == "__main__":
    main()
