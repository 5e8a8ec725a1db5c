# SPDX-License-Identifier: Apache-2.0
"""The command `logic`: its numbers against Python's, and what its files hold."""
import array
import ast
import json
import math
import pathlib
import random
import re
import shutil
import struct
import subprocess

from program import ProgramTest, SOURCE, main, ohmweave, write_array

CODES = {"<i8": "q", "<u8": "Q", "<f8": "d", "<f4": "f"}


def read(path):
    raw = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<H", raw[8:10])
    head = ast.literal_eval(raw[10:10 + length].decode())
    return head["shape"], list(array.array(CODES[head["descr"]], raw[10 + length:]))


class Logic(ProgramTest):

    def write(self, name, kind, values):
        path = self.folder / name
        write_array(path, kind, (len(values),), array.array(CODES[kind], values).tobytes())
        return path

    def results(self, operation, operands, *options, count=1):
        results = [self.folder / f"r{k}.npy" for k in range(count)]
        ohmweave("logic", operation, *options, "--operands", ",".join(map(str, operands)), "--result", ",".join(map(str, results)))
        return [read(path) for path in results]

    def test_whole_numbers_are_pythons(self):
        draw = random.Random(1)
        a = [draw.randrange(-2**20, 2**20) for _ in range(300)]
        b = [draw.randrange(-2**20, 2**20) for _ in range(300)]
        files = self.write("a.npy", "<i8", a), self.write("b.npy", "<i8", b)
        for word, expected in (("add", [x + y for x, y in zip(a, b)]), ("sub", [x - y for x, y in zip(a, b)])):
            for method in ("ohmweave", "aritpim"):
                ((_, got),) = self.results(word, files, "--format", "fixed:22", "--method", method)
                self.assertEqual(got, expected, (word, method))

    def test_products_and_quotients_of_two_words(self):
        draw = random.Random(2)
        a, b = ([draw.randrange(1, 2**40) for _ in range(70)] for _ in range(2))
        files = self.write("a.npy", "<u8", a), self.write("b.npy", "<u8", b)
        ((shape, words),) = self.results("mul", files, "--format", "fixed:40")
        self.assertEqual(shape, (70, 2))
        products = [low + (high << 64) for low, high in zip(words[::2], words[1::2])]
        self.assertEqual(products, [x * y for x, y in zip(a, b)])
        write_array(files[0], "<u8", shape, array.array("Q", words).tobytes())
        (_, quotients), (_, remainders) = self.results("div", files, "--format", "fixed:40", count=2)
        self.assertEqual(quotients, a)
        self.assertEqual(remainders, [0] * 70)

    def test_real_numbers_are_rounded_and_computed_as_the_processor_does(self):
        draw = random.Random(3)
        a = [draw.uniform(-1, 1) * 10.0**draw.randrange(-300, 300) for _ in range(200)] + [0.0, math.inf, 5e-324]
        b = [draw.uniform(-1, 1) * 10.0**draw.randrange(-300, 300) for _ in range(200)] + [-0.0, 2.0, 0.5]
        files = self.write("a.npy", "<f8", a), self.write("b.npy", "<f8", b)
        for word, of in (("fadd", lambda x, y: x + y), ("fmul", lambda x, y: x * y)):
            ((_, got),) = self.results(word, files, "--format", "fp64")
            self.assertEqual([struct.pack("<d", x) for x in got], [struct.pack("<d", of(x, y)) for x, y in zip(a, b)])
        ((_, got),) = self.results("fadd", (files[0], self.write("z.npy", "<f8", [0.0] * 203)), "--format", "fp16")
        for x, y in zip(a, got):
            half = struct.unpack("<e", struct.pack("<e", x))[0] if abs(x) < 65519 else math.copysign(math.inf, x)
            self.assertEqual(y, half)

    def test_published_counts(self):
        for options, cycles, cells in ((["add", "--format", "fixed:32", "--method", "aritpim"], 577, 101),
                                       (["mul", "--format", "fixed:32", "--method", "multpim"], 611, 441),
                                       (["fadd", "--format", "fp32", "--method", "aritpim"], 3997, 142)):
            told = json.loads(ohmweave("logic", *options, "--rows", 100, "--json", "-"))
            self.assertEqual((told["cycles"], told["cells"], told["verified_rows"], told["wrong_rows"]), (cycles, cells, 100, 0))
            self.assertGreater(told["energy_J"], 0)
            self.assertAlmostEqual(told["latency_s"], 1.1e-9 * cycles)

    def test_failures_are_seen_and_repeat(self):
        common = ["logic", "add", "--format", "fixed:16", "--rows", 2000, "--failure-probability", 1e-3, "--json", "-"]
        one, two = (json.loads(ohmweave(*common, "--threads", n)) for n in (1, 2))
        self.assertEqual(one, two)
        self.assertGreater(one["wrong_rows"], 100)
        self.assertLess(one["wrong_rows"], 1900)

    def test_netlists_run(self):
        for name in ("full_adder.netlist", "c17.blif"):
            told = json.loads(ohmweave("logic", SOURCE / "examples/logic" / name, "--rows", 500, "--json", "-"))
            self.assertEqual((told["verified_rows"], told["wrong_rows"]), (500, 0))
        text = ohmweave("logic", SOURCE / "examples/logic/c17.blif", "--rows", 64, "--listing")
        self.assertIn("NOR(", text)

    def test_a_gate_of_ones_own_memristor(self):
        own = self.folder / "own.yaml"
        text = (SOURCE / "library/memristors/floatpim.yaml").read_text()
        own.write_text(text.replace("name: floatpim", "name: own").replace("v_off: 0.3 V", "v_off: 0.4 V"))
        shipped = ohmweave("logic", "gate", "--memristor", "floatpim")
        self.assertIn("window 599.7 mV", shipped)
        self.assertIn("window 799.6 mV", ohmweave("logic", "gate", "--memristor", own))
        self.assertIn("window 799.6 mV", ohmweave("logic", "gate", "--set", "switching.v_off=0.4 V"))

    def test_the_page_has_every_key(self):
        page = (SOURCE / "docs/logic_format.md").read_text()
        told = {}
        for part, commands in (("ohmweave logic --json", (["fadd", "--format", "bf16", "--method", "floatpim"], ["add", "--format", "fixed:8"],
                                                          [SOURCE / "examples/logic/c17.blif"], [SOURCE / "examples/logic/c17.blif", "--partitions", "2"])),
                               ("ohmweave logic gate --json", (["gate"],))):
            told[part] = set()
            for command in commands:
                def keys(value):
                    if isinstance(value, dict):
                        for key, inner in value.items():
                            told[part].add(key)
                            keys(inner)
                    for inner in value if isinstance(value, list) else []:
                        keys(inner)
                keys(json.loads(ohmweave("logic", *command, "--json", "-")))
            section = page.split(f"## `{part}`")[1].split("\n## ")[0]
            tables = "\n".join(line for line in section.splitlines() if line.startswith("|"))
            written = set(re.findall(r"`(\w+)`", tables))
            self.assertEqual(told[part] - {"format"}, written, part)

    def test_files_of_the_library_are_listed_and_shown(self):
        for what, one in (("memristors", "memristor"), ("technologies", "technology")):
            names = [line.split()[0] for line in ohmweave("list", what).splitlines()]
            self.assertIn("floatpim", names)
            for name in names:
                text = ohmweave("show", one, name)
                self.assertIn(name, text.splitlines()[0])
                self.assertIn("source", text)
        self.assertIn("2 ns", ohmweave("show", "technology", "floatpim", "--set", "cycle=2 ns"))
        ohmweave("show", "memristor", "floatpin", code=2)

    def test_a_picture_and_bad_files(self):
        picture = self.folder / "p.svg"
        ohmweave("logic", "mul", "--format", "fixed:16", "--method", "multpim", "--picture", picture)
        self.assertIn("<svg", picture.read_text())
        short, long = self.write("s.npy", "<u8", [1]), self.write("l.npy", "<u8", [1, 300])
        result = self.folder / "none.npy"
        for operands in (f"{short},{long}", f"{long},{long}", str(short), f"{short},missing.npy"):
            ohmweave("logic", "add", "--format", "fixed:8", "--operands", operands, "--result", result, code=2)
        self.assertFalse(result.exists())

    def test_gates_equal_ngspice(self):
        if shutil.which("ngspice") is None:
            self.skipTest("ngspice is not installed (tools/packages.txt): nothing to compare with")
        netlist = self.folder / "gate.cir"
        slow = ["--set", "switching.v_off=0.4 V", "--voltage", "1.1 V"]
        for ones, options in ((1, []), (1, ["--inputs", "5", "--voltage", "1.2 V"]), (1, ["--gate", "not", "--voltage", "0.8 V"]), (1, slow),
                              (1, ["--set", "switching.resistance=exponential"]), (2, ["--gate", "nand", "--voltage", "0.55 V"]),
                              (2, ["--gate", "min3", "--voltage", "0.55 V"])):
            with self.subTest(options=options):
                ours = json.loads(ohmweave("logic", "gate", *options, "--spice", netlist, "--json", "-"))
                said = subprocess.run(["ngspice", "-b", netlist], capture_output=True, text=True, check=False).stdout
                delay, energy = (float(re.search(rf"^{word} += +(\S+)", said, re.M)[1]) for word in ("delay", "energy"))
                run = ours["values"][ones]
                self.assertAlmostEqual(delay * 1e-9 / run["delay_s"], 0.999, delta=0.003)
                self.assertAlmostEqual(energy * 1e-15 / run["energy_J"], 1, delta=0.003)


if __name__ == "__main__":
    main()
