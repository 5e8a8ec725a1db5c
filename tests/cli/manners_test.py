# SPDX-License-Identifier: Apache-2.0
"""How the program behaves towards terminals, pipes, full disks, Ctrl-C and shells."""
import json
import os
import pty
import shutil
import signal
import subprocess
import time
import unittest

from program import PROGRAM, SOURCE, ProgramTest, main, ohmweave

RUN = [PROGRAM, "run", "digits-cnn", "--design", "isaac", "--data", "digits"]


def on_terminal(environment):
    """What a run prints when standard output is a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([*RUN, "--samples", "5"], stdout=theirs, stderr=theirs, env={**os.environ, **environment})
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        text += part
    child.wait()
    os.close(ours)
    return text.decode()


class Manners(ProgramTest):

    def test_colour_on_terminals_only(self):
        self.assertIn("\033[1m", on_terminal({"TERM": "xterm", "NO_COLOR": ""}))
        self.assertNotIn("\033[1m", on_terminal({"TERM": "xterm", "NO_COLOR": "1"}))
        self.assertNotIn("\033[1m", on_terminal({"TERM": "dumb", "NO_COLOR": ""}))
        self.assertNotIn("\033", ohmweave(*RUN[1:], "--samples", 5))

    def test_a_reader_that_goes_away_is_no_error(self):
        child = subprocess.Popen([PROGRAM, "run", "vgg-d", "--design", "isaac"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdout.close()
        self.assertEqual(child.stderr.read(), b"")
        self.assertEqual(child.wait(), 0)
        child.stderr.close()

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, "run", "lenet5", "--design", "isaac"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"cannot write", done.stderr)

    def test_ctrl_c_leaves_what_is_finished(self):
        report, outputs = self.folder / "report.json", self.folder / "outputs.npy"
        child = subprocess.Popen([*RUN, "--batch", "4", "--json", report, "--outputs", outputs], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        while not any(name.startswith("report.json.") for name in os.listdir(self.folder)):
            time.sleep(0.01)  # until it has opened its outputs
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        text, errors = child.communicate()
        self.assertEqual(child.returncode, 130, errors)
        self.assertIn(b"interrupted", text)
        done = json.loads(report.read_text())
        self.assertGreater(done["costs"]["latency_s"], 0)
        self.assertTrue(0 < done["values"]["samples"] < 10000, done["values"])
        self.assertEqual(sorted(os.listdir(self.folder)), ["outputs.npy", "report.json"])

    def test_a_failure_leaves_old_files_alone(self):
        report = self.folder / "report.json"
        report.write_text("old")
        ohmweave("run", "vgg-d", "--design", "isaac", "--set", "chips=1", "--json", report, code=2)
        self.assertEqual(report.read_text(), "old")
        self.assertEqual(os.listdir(self.folder), ["report.json"])

    def test_json_on_standard_output_is_alone_there(self):
        json.loads(ohmweave("run", "lenet5", "--design", "isaac", "--json", "-"))

    def test_shipped_files_are_right(self):
        files = [*SOURCE.glob("designs/*/*.yaml"), *SOURCE.glob("library/*/*.yaml"), *SOURCE.glob("networks/*.yaml"),
                 *SOURCE.glob("networks/*.onnx")]
        self.assertGreater(len(files), 10)
        self.assertEqual(ohmweave("check", *files), "")


class Documents(ProgramTest):

    def test_reference_page_is_what_the_program_says(self):
        self.assertEqual((SOURCE / "docs/cli.md").read_text(), ohmweave("docs", "cli"),
                         "write it anew: ohmweave docs cli > docs/cli.md")

    @unittest.skipUnless(shutil.which("man"), "there is no man")
    def test_manual_has_no_warnings(self):
        done = subprocess.run(["man", "--warnings", "-l", "-"], input=ohmweave("docs", "man"), text=True, capture_output=True, check=False)
        self.assertEqual(done.stderr, "")
        self.assertIn("EXIT STATUS", done.stdout)

    def complete(self, *words):
        script = f"""{ohmweave("completion", "bash")}
            PATH={os.path.dirname(os.path.abspath(PROGRAM))}:$PATH
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ohmweave; printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-c", script, "bash", "ohmweave", *words], capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes(self):
        self.assertEqual(self.complete("re"), ["reproduce"])
        self.assertEqual(self.complete("run", "vgg-"), ["vgg-a", "vgg-b", "vgg-c", "vgg-d", "vgg-e"])
        self.assertEqual(self.complete("run", "vgg-d", "--design", "is"), ["isaac"])
        self.assertEqual(self.complete("run", "vgg-d", "--tr"), ["--transpose-hw", "--trials", "--trace"])
        self.assertEqual(self.complete("run", "vgg-d", "--layout", ""), ["nchw", "nhwc"])
        self.assertEqual(self.complete("list", "n"), ["networks"])

    def test_scripts_parse(self):
        for shell in ("bash", "zsh", "fish"):
            if shutil.which(shell):
                subprocess.run([shell, "-n"], input=ohmweave("completion", shell), text=True, check=True)


if __name__ == "__main__":
    main()
