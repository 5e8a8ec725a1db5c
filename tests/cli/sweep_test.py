# SPDX-License-Identifier: Apache-2.0
"""Sweeps: grids of designs, what is invalid in them, going on after an interruption."""
import csv
import json
import os
import signal
import subprocess
import time
import unittest

from program import PROGRAM, ProgramTest, main, ohmweave, report

GRID = ["sweep", "lenet5", "--design", "isaac", "--set", "chip.tile.ima.adc.bits=7,8", "--set", "chips=1,2"]


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Sweep(ProgramTest):

    def test_a_point_is_the_run_of_its_design(self):
        path = self.folder / "points.csv"
        ohmweave(*GRID, "--csv", path)
        rows = rows_of(path)
        self.assertEqual([(r["chip.tile.ima.adc.bits"], r["chips"]) for r in rows], [("7", "1"), ("7", "2"), ("8", "1"), ("8", "2")])
        for row in rows:
            alone = report("run", "lenet5", "--design", "isaac", "--set", f"chip.tile.ima.adc.bits={row['chip.tile.ima.adc.bits']}", "--set",
                           f"chips={row['chips']}")["costs"]
            for column, key in (("energy_J", "energy_per_inference_J"), ("latency_s", "latency_s"), ("area_m2", "area_m2"),
                                ("throughput_per_s", "throughput_per_s")):
                self.assertEqual(float(row[column]), alone[key])
        self.assertEqual(os.listdir(self.folder), ["points.csv"])

    def test_results_do_not_depend_on_threads(self):
        data = [*GRID, "--data", "digits", "--samples", "3"]
        data[1] = "digits-cnn"
        for command in (GRID, data):
            one = ohmweave(*command, "--threads", 1, "--csv", "-")
            self.assertEqual(ohmweave(*command, "--threads", 2, "--csv", "-"), one)
            self.assertEqual(len(one.splitlines()), 5)

    def test_accuracy_is_that_of_a_run(self):
        point = report("sweep", "digits-cnn", "--design", "isaac", "--set", "chip.tile.ima.adc.bits=3,8", "--data", "digits", "--samples",
                       20, "--pareto", "energy,top1")["points"]
        for bits, p in zip((3, 8), point):
            values = report("run", "digits-cnn", "--design", "isaac", "--set", f"chip.tile.ima.adc.bits={bits}", "--data", "digits",
                            "--samples", 20)["values"]
            self.assertEqual(p["figures"]["top1"], values["top1"])
            self.assertEqual(p["figures"]["output_error"], values["output_error"])

    def test_invalid_points_are_rows(self):
        path, picture = self.folder / "points.csv", self.folder / "picture.svg"
        text = ohmweave("sweep", "vgg-d", "--design", "isaac", "--set", "chips=1,2,8,0", "--csv", path, "--picture", picture)
        self.assertIn("1 chip of isaac has 168", text)
        rows = rows_of(path)
        self.assertEqual([bool(r["error"]) for r in rows], [True, True, False, True])
        self.assertEqual([r["pareto"] for r in rows], ["", "", "1", ""])
        self.assertIn("marked", picture.read_text())

    def test_all_points_invalid_is_an_error(self):
        done = subprocess.run([PROGRAM, "sweep", "lenet5", "--design", "isaac", "--set", "chips=0,-1"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no point of the grid could be run", done.stderr)

    def test_json_has_the_points(self):
        r = report(*GRID)
        self.assertEqual(r["format"], "ohmweave-sweep/1")
        self.assertEqual(r["objectives"], ["energy", "throughput", "area"])
        self.assertEqual([p["set"]["chips"] for p in r["points"]], ["1", "2", "1", "2"])
        self.assertTrue(any(p["pareto"] for p in r["points"]))

    def test_goes_on_where_it_was_interrupted(self):
        whole, path = self.folder / "whole.csv", self.folder / "points.csv"
        command = ["sweep", "vgg-d", "--design", "isaac", "--set", "chip.tile.ima.adc.bits=6..9", "--set", "chips=8,16,32", "--threads",
                   "1", "--csv"]
        ohmweave(*command, whole)
        child = subprocess.Popen([PROGRAM, *command, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        log = self.folder / "points.csv.points"
        while not (log.exists() and len(log.read_bytes().splitlines()) > 2):
            time.sleep(0.005)
        child.send_signal(signal.SIGINT)
        text, errors = child.communicate()
        self.assertEqual(child.returncode, 130, errors)
        self.assertIn(b"interrupted", text)
        half = rows_of(path)
        self.assertTrue(0 < len(half) < 12, len(half))
        kept = log.read_text()
        changed = subprocess.run([PROGRAM, *command, str(path), "--samples", "3"], capture_output=True, text=True, check=False)
        self.assertEqual(changed.returncode, 2)
        self.assertIn("points of another sweep", changed.stderr)
        self.assertEqual(log.read_text(), kept)
        # Marks a finished point, to see that it is not run again.
        lines = kept.splitlines()
        first = json.loads(lines[1])
        first["figures"]["energy_J"] = 12345.0
        log.write_text("\n".join([lines[0], json.dumps(first), *lines[2:]]) + "\n" + '{"point":')
        ohmweave(*command, path)
        ours, theirs = rows_of(path), rows_of(whole)
        self.assertEqual(ours[first["point"]]["energy_J"], "12345")
        without = [[{k: v for k, v in r.items() if k != "pareto"} for i, r in enumerate(rows) if i != first["point"]]
                   for rows in (ours, theirs)]
        self.assertEqual(*without)
        self.assertFalse(log.exists())


if __name__ == "__main__":
    main()
