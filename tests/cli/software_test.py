# SPDX-License-Identifier: Apache-2.0
"""The software interface: its examples, and that it computes and costs what the program says."""
import os
import re
import subprocess

from program import SOURCE, ProgramTest, main, ohmweave, read_npy, report

EXAMPLES = os.environ.get("OHMWEAVE_EXAMPLES", str(SOURCE / "build/release/tests/software_interface"))
GUIDE = SOURCE / "docs/software_interface.md"


def example(name, *arguments, code=0):
    done = subprocess.run([f"{EXAMPLES}/{name}", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


class Software(ProgramTest):

    def test_the_guide_shows_the_example_and_what_it_prints(self):
        guide = GUIDE.read_text()
        source = (SOURCE / "examples/software_interface/main.cc").read_text()
        self.assertIn(f"```cpp\n{source}```\n", guide)
        self.assertIn(f"```\n{example('software_interface')}```\n", guide)

    def test_values_and_costs_are_those_of_the_program(self):
        for design, network, data, samples in (("isaac", "digits-cnn", "digits", 70),
                                               ("isaac:chips=2:chip.tile.ima.adc.bits=7", "digits-cnn", "digits", 3),
                                               ("prime", "digits-cnn", "digits", 70)):
            ours, theirs = self.folder / "ours.npy", self.folder / "theirs.npy"
            said = example("software_costs", design, network, data, samples, ours)
            r = report("run", network, "--design", design, "--data", data, "--samples", samples, "--outputs", theirs)
            self.assertEqual(ours.read_bytes(), theirs.read_bytes(), "bit for bit")
            self.assertEqual(read_npy(ours)[0], (samples, 10))

            def figures(word):
                return [float(n) for n in re.findall(r"[-+.e\d]*\d", re.search(rf"(?m)^{word} (.*)$", said)[1])]

            costs, programming = r["costs"], r["programming"]
            self.assertEqual(figures("arrays"), [r["mapping"]["arrays_used"]])
            self.assertEqual(figures("cells"), [programming["cells"]])
            self.assertEqual(figures("programming"), [programming["time_s"], programming["energy_J"]])
            self.assertEqual(figures("inference"),
                             [costs["latency_s"], costs["energy_per_inference_J"], costs["throughput_per_s"]])
            seconds, joules = figures("run")
            later = samples - r["mapping"]["samples_together"]  # those that are not among the first
            self.assertAlmostEqual(seconds / (costs["latency_s"] + later / costs["throughput_per_s"]), 1, 12)
            self.assertAlmostEqual(joules / (samples * costs["energy_per_inference_J"]), 1, 12)

    def test_wrong_input_is_told(self):
        self.assertIn("there is no design 'isac'", example("software_costs", "isac", "lenet5", "digits", 1, "x", code=2))
        said = example("software_costs", "isaac", "lenet5", "digits", 1, self.folder / "x", code=2)
        self.assertIn("error", said)


class Listing(ProgramTest):

    def test_listing_is_written_and_people_see_the_map(self):
        path = self.folder / "commands.txt"
        said = ohmweave("map", "lenet5", "--design", "isaac", "--listing", path)
        self.assertEqual(said, ohmweave("map", "lenet5", "--design", "isaac"))
        self.assertEqual(path.read_text(), ohmweave("map", "lenet5", "--design", "isaac", "--listing", "-"))

    def test_vgg_d_is_some_hundred_lines(self):
        lines = ohmweave("map", "vgg-d", "--design", "isaac", "--listing", "-").splitlines()
        self.assertLess(len(lines), 400)
        self.assertEqual(lines[0], "listing ohmweave-listing/1")

    def test_what_does_not_fit_has_no_listing(self):
        path = self.folder / "commands.txt"
        ohmweave("map", "vgg-d", "--design", "isaac:chips=1", "--listing", path, code=2)
        self.assertFalse(path.exists())


class Programming(ProgramTest):

    def test_option_is_short_for_a_change_of_the_design(self):
        for command, designs in (("run", "--design"), ("compare", "--designs")):
            by_option = report(command, "lenet5", designs, "isaac", "--programming", 1000)
            by_set = report(command, "lenet5", designs, "isaac", "--set", "mapping.runs_per_programming=1000")
            self.assertEqual(by_option, by_set)
        self.assertEqual(report("run", "lenet5", "--design", "isaac", "--programming", 1000)["programming"]["runs"], 1000)
        self.assertIsNone(report("run", "lenet5", "--design", "isaac")["programming"]["runs"])
        for wrong in ("0", "many", "-3"):
            ohmweave("run", "lenet5", "--design", "isaac", "--programming", wrong, code=2)


if __name__ == "__main__":
    main()
