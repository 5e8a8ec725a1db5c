#!/usr/bin/env python3
"""Writes the arrays of this folder with NumPy itself, the oracle of npy_test.cc (made with NumPy 1.24)."""
import gzip
import pathlib

import numpy as np
from numpy.lib import format as npy_format

folder = pathlib.Path(__file__).parent
counting = np.arange(24).reshape(2, 3, 4) * 3 - 20

for name in "f2 f4 f8 i1 i2 i4 i8".split():
    np.save(folder / f"c_{name}.npy", counting.astype("<" + name))
for name in "u1 u2 u4 u8".split():
    np.save(folder / f"c_{name}.npy", (counting + 20).astype("<" + name))
np.save(folder / "c_b1.npy", counting % 2 == 0)
np.save(folder / "fortran_f4.npy", np.asfortranarray(counting.astype("<f4")))
np.save(folder / "big_endian_i4.npy", counting.astype(">i4"))
np.save(folder / "scalar_f8.npy", np.float64(2.5))
np.save(folder / "complex.npy", counting.astype("<c8"))
np.save(folder / "records.npy", np.zeros(3, dtype=[("a", "<i4"), ("b", "<f4")]))
for version in (2, 3):
    with open(folder / f"version{version}_f4.npy", "wb") as file:
        npy_format.write_array(file, counting.astype("<f4"), version=(version, 0))

pictures = (np.arange(4 * 5 * 6 * 3) % 251).astype("u1").reshape(4, 5, 6, 3)
labels = np.array([3, 1, 4, 1], dtype="<i8")
np.savez(folder / "stored.npz", x_test=pictures, y_test=labels, x_train=pictures[:2] + 1, y_train=labels[:2])
np.savez_compressed(folder / "deflated.npz", x=pictures, y=labels)
np.savez(folder / "other.npz", samples=counting.astype("<f8"))
(folder / "zeros.gz").write_bytes(gzip.compress(bytes(1 << 20), mtime=0))
