#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the documentation true.

    tests/docs/check_docs.py PROGRAM            compares; exit code 1 and what differs
    tests/docs/check_docs.py PROGRAM --update   writes what the program says now into the pages, to be read and committed

Checked are README.md, docs/**/*.md and src/ohmweave/README.md:
- fenced blocks of `console`: every line "$ ohmweave ..." (or "$ build/release/ohmweave ...") is run in the root of the source tree
  and must print what follows. A line "..." stands for any lines; how many spaces there are between words does not matter.
- what stands between "<!-- claims: DESIGN ID... -->" and "<!-- end -->": these claims of `ohmweave reproduce DESIGN` as a table.
- links to files of the source tree.
- in src/ohmweave/README.md: every file and every function() that is named exists.
"""
import difflib
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "src/ohmweave/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN = re.compile(r"\$ (?:build/release/)?ohmweave( .*)?$")
outputs = {}


def run(program, arguments):
    if arguments not in outputs:
        done = subprocess.run([program, *shlex.split(arguments)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        outputs[arguments] = done.stdout + done.stderr
    return outputs[arguments]


def says(expected, got):
    """Whether lines are as expected, where "..." is any number of lines."""
    if not expected:
        return not got
    if expected[0].strip() == "...":
        return any(says(expected[1:], got[k:]) for k in range(len(got) + 1))
    return bool(got) and expected[0].split() == got[0].split() and says(expected[1:], got[1:])


def elide(expected, got):
    """Fresh output in the cut of the old one: as many lines in front of and behind each '...'."""
    if not any(line.strip() == "..." for line in expected):
        return got
    at = [line.strip() for line in expected].index("...")
    rest = len(expected) - at - 1
    return got[:at] + ["..."] + (got[-rest:] if rest else [])


def examples(page, text, program, problems):
    def block(match):
        out, lines = [], match[2].splitlines()
        while lines:
            command, *lines = lines
            count = next((k for k, line in enumerate(lines) if line.startswith("$ ")), len(lines))
            expected, lines = lines[:count], lines[count:]
            out.append(command)
            if RUN.match(command):
                got = run(program, RUN.match(command)[1] or "").rstrip("\n").splitlines()
                if not says(expected, got):
                    diff = "\n".join(difflib.unified_diff(expected, got, "page", "program", lineterm=""))
                    problems.append(f"{page}: {command}\n{diff}")
                    expected = elide(expected, got)
            out += expected
        return match[1] + "\n".join(out) + "\n" + match[3]

    return re.sub(r"(?m)(^```console\n)((?:.*\n)*?)(^```$)", block, text)


def claim_tables(page, text, program, problems):
    def table(match):
        design, *wanted = match[1].split()
        head, *rows = [line for line in run(program, f"reproduce {design}").splitlines()[1:] if line.startswith("  ")]
        texts = head.split().index("published")  # columns in front of the figures: the claim, and words for people
        found = {}
        for row in rows:
            words = re.split(r"\s{2,}", row.strip())
            if len(words) > texts + 2:
                found[words[0]] = [*(words[texts:-2] + ["", ""])[:3], *words[-2:]]
        missing = [name for name in wanted if name not in found]
        if missing:
            problems.append(f"{page}: no claim {', '.join(missing)}")
            return match[0]
        fresh = "| what | paper | ours | ratio | kind | |\n|---|---|---|---|---|---|\n"
        for name in wanted:
            published, ours, ratio, kind, status = found[name]
            fresh += f"| {LABELS.get(name, name)} | {published} | {ours} | {ratio} | {kind} | {status} |\n"
        if fresh.strip() != match[2].strip():
            problems.append(f"{page}: the table of claims is not what the program says; --update writes it")
        return f"<!-- claims: {match[1]} -->\n\n{fresh}\n<!-- end -->"

    return re.sub(r"<!-- claims: (.*?) -->\n(.*?)<!-- end -->", table, text, flags=re.S)


# What readers call a claim whose own words are cut to a column.
LABELS = {
    "composing.bits": "PRIME: bits kept of the four partial products",
    "parallel.samples": "PRIME: images at a time",
    "reads.conv4": "PRIME: buffer reads, convolution 4 of VGG-D",
    "utilization.after.vgg.cells": "PRIME: cells used, VGG-D",
    "area.overhead": "PRIME: area added to the memory",
    "cpu.speed": "PRIME: speed over its processor, six networks",
    "cpu.energy": "PRIME: energy of its processor, six networks",
    "table1.chip.power": "chip power",
    "table1.chip.area": "chip area",
    "peak.operations": "peak operations",
    "peak.power_efficiency": "peak power efficiency",
    "peak.computational_density": "peak computational density",
    "peak.computational_density.table1": "the same from the paper's Table I",
    "adc.bits": "converter bits for exact sums",
    "adc.bits.plain": "the same without flipped columns",
    "latency.operation": "cycles of one operation",
    "buffer.pipelined.96-7-112": "largest pipelined buffer",
    "chips.dnn": "chips for the 18 x 18 private-kernel network",
    "link.rate": "most that a link between tiles carries",
    "pipeline.gain": "throughput gained by the pipeline, VGG-1",
    "space.encoding.ce": "density gained by flipped columns",
    "dadiannao.throughput": "throughput over DaDianNao",
    "dadiannao.throughput.formula": "the same by section IV's formula",
    "dadiannao.energy": "energy under DaDianNao",
}


def links(page, text, problems):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", re.sub(r"(?ms)^```.*?^```$", "", text)):
        if "://" not in target and not (page.parent / target).exists():
            problems.append(f"{page}: link to '{target}', which does not exist")


def names(page, text, problems):
    """Files and functions of the tour."""
    sources = {p: p.read_text() for p in page.parent.rglob("*") if p.suffix in (".h", ".cc")}
    everything = "\n".join(sources.values())
    for name in re.findall(r"`([\w:/.~<>]+(?:\(\))?)`", text):
        if name.endswith("()"):
            last = re.escape(name[:-2].split("::")[-1])
            if not re.search(rf"\b{last}\s*(<\w+>)?\(", everything):
                problems.append(f"{page}: no function '{name}'")
        elif "/" in name or re.search(r"\.(h|cc|py|yaml|md)$", name):
            if not any((base / name).exists() for base in (page.parent, ROOT)):
                problems.append(f"{page}: no file '{name}'")


def main(program, update):
    problems = []
    for page in PAGES:
        old = text = page.read_text()
        text = examples(page, text, program, problems)
        text = claim_tables(page, text, program, problems)
        links(page, text, problems)
        if page == ROOT / "src/ohmweave/README.md":
            names(page, text, problems)
        if update and text != old:
            page.write_text(text)
            print(f"updated {page}")
    cli = ROOT / "docs/cli.md"
    fresh = run(program, "docs cli")
    if cli.read_text() != fresh:
        problems.append(f"{cli} is not what 'ohmweave docs cli' prints; --update writes it")
        if update:
            cli.write_text(fresh)
    print("\n".join(problems) or f"{len(PAGES)} pages, {len(outputs)} commands")
    return 1 if problems else 0


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--update"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    sys.exit(main(str(pathlib.Path(arguments[0]).resolve()), "--update" in sys.argv))
