# SPDX-License-Identifier: Apache-2.0
"""What the tests of the whole program share: running it, its JSON, its arrays."""
import array
import ast
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("OHMWEAVE_PROGRAM", str(SOURCE / "build/release/ohmweave"))
REFERENCE_DATA = pathlib.Path(os.environ.get("OHMWEAVE_REFERENCE_DATA", str(SOURCE.parent / "shared/data")))


def ohmweave(*arguments, code=0, **options):
    """Runs the program; what it prints on standard output."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120, **options)
    if done.returncode != code:
        raise AssertionError(f"exit code {done.returncode}, not {code}: ohmweave {' '.join(map(str, arguments))}\n{done.stderr}")
    return done.stdout


def report(command, *arguments):
    """The JSON of a run, a comparison or a reproduction."""
    return json.loads(ohmweave(command, *arguments, "--json", "-"))


def read_npy(path):
    """Shape and values of a float32 array in C order."""
    raw = pathlib.Path(path).read_bytes()
    assert raw[:8] == b"\x93NUMPY\x01\x00", raw[:8]
    (length,) = struct.unpack("<H", raw[8:10])
    head = ast.literal_eval(raw[10:10 + length].decode())
    assert head["descr"] == "<f4" and not head["fortran_order"], head
    return head["shape"], array.array("f", raw[10 + length:])


def write_array(path, kind, shape, raw):
    """An array from its bytes; `kind` as NumPy calls it."""
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (64 - (10 + len(head) + 1) % 64) + "\n"
    pathlib.Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + raw)


def write_npy(path, shape, values):
    """An array of uint8."""
    write_array(path, "|u1", shape, bytes(values))


class ProgramTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def outputs(self, *arguments):
        """The raw outputs of a run."""
        path = self.folder / "outputs.npy"
        ohmweave("run", *arguments, "--outputs", path)
        return read_npy(path)


def main():
    unittest.main(argv=sys.argv[:1], verbosity=2)
