# SPDX-License-Identifier: Apache-2.0
"""The command `circuit` against ngspice, and what its files hold."""
import array
import json
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess

from program import PROGRAM, ProgramTest, main, ohmweave, write_array


def write_doubles(path, shape, values):
    write_array(path, "<f8", shape, array.array("d", values).tobytes())


def read_doubles(path):
    raw = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<H", raw[8:10])
    assert b"'<f8'" in raw[10:10 + length]
    return list(array.array("d", raw[10 + length:]))


def cells(rows, columns, seed, on=1e4, ratio=100):
    draw = random.Random(seed)
    return [(1 / ratio + (1 - 1 / ratio) * draw.randrange(4) / 3) / on for _ in range(rows * columns)]


def volts(count, seed, most=0.3):
    draw = random.Random(seed)
    return [most * draw.random() if draw.random() < 0.6 else 0.0 for _ in range(count)]


class Circuit(ProgramTest):

    def crossbar(self, rows, columns, seed, vectors=1, on=1e4, most=0.3):
        self.cells, self.volts = self.folder / "g.npy", self.folder / "v.npy"
        write_doubles(self.cells, (rows, columns), cells(rows, columns, seed, on))
        write_doubles(self.volts, (vectors, rows), volts(vectors * rows, seed + 1, most))
        return ["--conductance", self.cells, "--voltage", self.volts]

    def test_equals_ngspice(self):
        if shutil.which("ngspice") is None:
            self.skipTest("ngspice is not installed (tools/packages.txt): nothing to compare with")
        table, select = self.folder / "curve.npy", self.folder / "select.npy"
        write_doubles(table, (5, 2), [-1, -2, -0.1, -0.11, 0, 0, 0.05, 0.04, 0.4, 0.8])
        write_doubles(select, (16,), [1, 0, 1, 1] * 4)
        wires = ["--wire-resistance", "2.5 ohm"]
        ends = ["--driver-resistance", "20 ohm", "--sense-resistance", "5 ohm"]
        cases = [
            (16, 16, 1e4, [*wires]),
            (32, 32, 1e4, [*wires, *ends]),
            (64, 64, 1e4, [*wires]),
            (16, 16, 1e3, [*wires, *ends, "--two-sided"]),
            (7, 19, 1e3, ["--wordline-resistance", "3 ohm", "--sense-resistance", "1 ohm"]),
            (19, 7, 1e3, ["--bitline-resistance", "3 ohm", "--driver-resistance", "1 ohm", "--two-sided"]),
            (5, 1, 1e3, [*wires]), (1, 5, 1e3, [*wires, "--two-sided"]),
            (16, 16, 1e4, [*wires, "--iv", "sinh:4"]),
            (32, 32, 1e4, [*wires, *ends, "--iv", "sinh:2"]),
            (16, 16, 1e4, [*wires, "--iv", f"table:{table}"]),
            (16, 16, 1e4, [*wires, "--cell", "1t1r"]),
            (32, 32, 1e4, [*wires, *ends, "--cell", "1t1r"]),
            (16, 16, 1e4, [*wires, "--cell", "1t1r", "--iv", "sinh:4"]),
            (16, 16, 1e4, [*wires, "--cell", "2t1r", "--select", select]),
        ]
        for seed, (rows, columns, on, options) in enumerate(cases):
            with self.subTest(rows=rows, columns=columns, options=options):
                out, netlist = self.folder / "i.npy", self.folder / "crossbar.cir"
                ohmweave("circuit", *self.crossbar(rows, columns, seed, on=on), *options, "--currents", out, "--spice", netlist)
                said = subprocess.run(["ngspice", "-b", netlist], capture_output=True, text=True, check=False).stdout
                spice = [float(x) for x in re.findall(r"i\(vo\d+\) = (\S+)", said)]
                ours = read_doubles(out)
                self.assertEqual(len(spice), columns, said)
                most = max(map(abs, spice))
                self.assertGreater(most, 0)
                for a, b in zip(ours, spice):
                    self.assertLessEqual(abs(a - b), 1e-9 * most)

    def test_many_vectors_by_the_transfer_matrix_are_as_solved_one_by_one(self):
        common = ["circuit", *self.crossbar(20, 12, 3, vectors=30), "--wire-resistance", "5 ohm"]
        all_at_once = json.loads(ohmweave(*common, "--json", "-"))
        self.assertEqual(all_at_once["method"], "transfer matrix")
        vectors = read_doubles(self.volts)
        for n in (0, 17, 29):
            write_doubles(self.volts, (20,), vectors[20 * n:20 * n + 20])
            one = json.loads(ohmweave(*common, "--json", "-"))
            self.assertEqual(one["method"], "solve")
            for a, b in zip(one["currents_A"][0], all_at_once["currents_A"][n]):
                self.assertAlmostEqual(a / b, 1, delta=1e-10)

    def test_ideal_wires_give_the_product(self):
        out = self.folder / "i.npy"
        text = ohmweave("circuit", *self.crossbar(6, 4, 5), "--currents", out)
        self.assertRegex(text, r"error by wires +0 % of the current")
        g, v = read_doubles(self.cells), read_doubles(self.volts)
        for j, current in enumerate(read_doubles(out)):
            self.assertAlmostEqual(current / sum(g[4 * i + j] * v[i] for i in range(6)), 1, delta=1e-13)

    def test_threads_change_no_bit(self):
        for more in (["--iv", "sinh:3"], ["--cell", "1t1r"], []):
            for vectors in (5, 40):
                common = ["circuit", *self.crossbar(24, 17, 9, vectors=vectors), "--wire-resistance", "2.5 ohm", *more]
                one, two = self.folder / "1.npy", self.folder / "2.npy"
                ohmweave(*common, "--currents", one, "--threads", 1)
                ohmweave(*common, "--currents", two, "--threads", 2)
                self.assertEqual(one.read_bytes(), two.read_bytes())

    def test_files(self):
        crossbar = self.crossbar(9, 5, 11, vectors=3)
        u, v, i, picture = (self.folder / name for name in ("u.npy", "w.npy", "i.npy", "array.svg"))
        ohmweave("circuit", *crossbar, "--wire-resistance", "4 ohm", "--vector", 2, "--wordline-voltages", u,
                 "--bitline-voltages", v, "--currents", i, "--picture", picture)
        self.assertIn(b"(3, 5)", i.read_bytes()[:128])
        g = read_doubles(self.cells)
        across = [a - b for a, b in zip(read_doubles(u), read_doubles(v))]
        for j in range(5):  # currents of the cells of a column add up to what it delivers
            self.assertAlmostEqual(sum(g[5 * k + j] * across[5 * k + j] for k in range(9)) / read_doubles(i)[10 + j], 1, delta=1e-10)
        self.assertEqual(picture.read_text().count("<title>row"), 2 * 9 * 5)
        write_doubles(self.volts, (9,), volts(9, 4))
        ohmweave("circuit", *crossbar, "--currents", i)
        self.assertIn(b"(5,)", i.read_bytes()[:128])

    def test_ctrl_c_writes_nothing(self):
        out = self.folder / "i.npy"
        crossbar = self.crossbar(256, 256, 13, vectors=3000)
        child = subprocess.Popen([PROGRAM, "circuit", *crossbar, "--wire-resistance", "2.5 ohm", "--iv", "sinh:4", "--currents", out],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            child.wait(timeout=1.5)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 130, said)
        self.assertFalse(out.exists())
        self.assertEqual([p.name for p in self.folder.iterdir() if p.suffix not in (".npy",)], [])


if __name__ == "__main__":
    main()
