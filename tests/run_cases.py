#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the program on the cases of a folder and compares exit code and output with what each case says.

    tests/run_cases.py PROGRAM FOLDER             compares; exit code 1 and a diff where anything differs
    tests/run_cases.py PROGRAM FOLDER --update    writes what the program says now into the cases, to be read and committed

A case is a file NAME.case: lines of comment (#), one line "$ ohmweave ARGUMENTS", then "exit N" and, under "stdout" or
"stderr", what is printed there. What is not mentioned must be empty. Commands run in the folder of the cases without a
terminal; paths of this source tree and of the program's version are replaced by SOURCE and VERSION.
"""
import difflib
import pathlib
import re
import shlex
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent


def run(program, folder, command):
    words = shlex.split(command)
    assert words[0] == "ohmweave", command
    done = subprocess.run([program, *words[1:]], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    out = f"exit {done.returncode}\n"
    for name, text in (("stdout", done.stdout), ("stderr", done.stderr)):
        if text:
            out += f"{name}\n{text}" + ("" if text.endswith("\n") else "\n(no newline)\n")
    version = re.search(r"VERSION ([0-9.]+)", (SOURCE / "CMakeLists.txt").read_text().split("project(")[1])[1]
    return out.replace(str(SOURCE), "SOURCE").replace(f"hmweave {version}", "hmweave VERSION")


def main(program, folder, update):
    folder = pathlib.Path(folder).resolve()
    cases = sorted(folder.glob("*.case"))
    failed = 0
    for case in cases:
        head, command, expected = re.fullmatch(r"((?:#.*\n)*)\$ (.*)\n((?:.*\n)*)", case.read_text()).groups()
        got = run(program, folder, command)
        if got == expected:
            continue
        if update:
            case.write_text(f"{head}$ {command}\n{got}")
            print(f"updated {case.name}")
            continue
        failed += 1
        print(f"{case.name}: $ {command}")
        sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), got.splitlines(True), "expected", "got"))
    print(f"{len(cases)} cases, {failed} differ")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--update"]
    if len(arguments) != 2:
        sys.exit(__doc__)
    sys.exit(main(str(pathlib.Path(arguments[0]).resolve()), arguments[1], "--update" in sys.argv))
