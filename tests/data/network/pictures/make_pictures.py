#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the pictures of this folder and what Pillow (9.4) reads from them and resizes them to: the oracle of picture_test.cc.

expected.npz holds, by NAME.grey and NAME.rgb, the pixels of convert("L") and convert("RGB"), and by
`resized.NAME.FILTER.HxW` those of resize((W, H), FILTER). Of grey of 16 bits the upper 8 are expected, where Pillow clips.
"""
import pathlib
import struct
import zlib

import numpy
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
H, W = 13, 17
rng = numpy.random.default_rng(7)
y, x = numpy.mgrid[0:H, 0:W]
colour = numpy.stack([(x * 15) % 256, (y * 19 + x) % 256, (x * y * 3) % 256, 255 - x * y], -1).astype(numpy.uint8)
colour[4:8, 5:9] = rng.integers(0, 256, (4, 4, 4))


def save(name, image, **options):
    image.save(HERE / name, **options)


def png(name, bits, kind, rows, interlace=0):
    """A PNG written by hand, for forms that Pillow does not write."""
    def chunk(tag, body):
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))
    raw = b"".join(b"\0" + row for row in rows)
    (HERE / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, bits, kind, 0, 0, interlace))
                              + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


rgb = Image.fromarray(colour[..., :3])
save("rgb.png", rgb)
save("rgba.png", Image.fromarray(colour))
save("grey.png", rgb.convert("L"))
save("grey_alpha.png", Image.fromarray(colour).convert("LA"))
save("palette.png", rgb.quantize(11))
save("palette_transparent.png", rgb.quantize(7), transparency=2)
save("bilevel.png", rgb.convert("1"))
save("grey_transparent.png", rgb.convert("L"), transparency=3)
deep = colour[..., 0].astype(">u2") * 257 + 5
png("grey16.png", 16, 0, [row.tobytes() for row in deep])
deep3 = (colour[..., :3].astype(">u2") * 256 + 200).astype(">u2")
png("rgb16.png", 16, 2, [row.tobytes() for row in deep3])
for bits in (2, 4):
    packed = []
    for row in colour[..., 1] >> (8 - bits):
        number = "".join(format(v, f"0{bits}b") for v in row)
        number += "0" * (-len(number) % 8)
        packed.append(int(number, 2).to_bytes(len(number) // 8, "big"))
    png(f"grey{bits}.png", bits, 0, packed)
save("rgb.jpg", rgb, quality=80)
save("rgb_444.jpg", rgb, quality=95, subsampling=0)
save("grey.jpg", rgb.convert("L"), quality=80)
save("progressive.jpeg", rgb, quality=60, progressive=True)
save("cmyk.jpg", rgb.convert("CMYK"), quality=90)

expected = {}
for path in sorted(HERE.iterdir()):
    if path.suffix not in (".png", ".jpg", ".jpeg") or path.name == "noise.png":
        continue
    image = Image.open(path)
    if image.mode.startswith("I"):
        image = Image.fromarray((numpy.asarray(image) >> 8).astype(numpy.uint8))
    # Colour first, as torchvision's loader has it: grey pictures are the same either way.
    expected[f"{path.name}.rgb"] = numpy.asarray(image.convert("RGB"))
    expected[f"{path.name}.grey"] = numpy.asarray(image.convert("RGB").convert("L"))
noise = Image.fromarray(rng.integers(0, 256, (37, 53, 3), numpy.uint8))
save("noise.png", noise)
for name, image in (("noise.png", noise), ("grey.png", rgb.convert("L"))):
    for what, number in (("nearest", 0), ("bilinear", 2), ("bicubic", 3)):
        for height, width in ((8, 8), (37, 20), (20, 53), (64, 64), (5, 91), (1, 1), (23, 33)):
            expected[f"resized.{name}.{what}.{height}x{width}"] = numpy.asarray(image.resize((width, height), number))
numpy.savez_compressed(HERE / "expected.npz", **expected)
