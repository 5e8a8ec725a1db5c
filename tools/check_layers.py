#!/usr/bin/env python3
"""Fails if a file of src/ohmweave includes a layer that LAYERS does not allow, or if LAYERS has a cycle."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[1] / "src" / "ohmweave"
allowed, problems = {}, []
for line in (root / "LAYERS").read_text().splitlines():
    if line.startswith("#") or not line.strip():
        continue
    layer, _, below = line.partition(":")
    unknown = set(below.split()) - set(allowed)
    if unknown:
        problems.append(f"LAYERS: '{layer}' may only name layers above it in the file, not {sorted(unknown)}")
    allowed[layer] = set(below.split()) | {layer}

for path in sorted([*root.rglob("*.h"), *root.rglob("*.cc")]):
    layer = path.relative_to(root).parts[0]
    if layer not in allowed:
        problems.append(f"{path}: folder '{layer}' is no layer of LAYERS")
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        include = re.match(r'\s*#\s*include\s+"ohmweave/(\w+)/', line)
        if include and include[1] not in allowed[layer]:
            problems.append(f"{path}:{number}: error: '{layer}' must not include '{include[1]}'")

for layer in sorted({p.name for p in root.iterdir() if p.is_dir()} - set(allowed)):
    problems.append(f"{root / layer}: folder is no layer of LAYERS")
print("\n".join(problems) or f"{len(allowed)} layers, no forbidden include")
sys.exit(bool(problems))
