# SPDX-License-Identifier: Apache-2.0
"""Comparisons of designs: what stands beside what, on which terms, and their pictures."""
import json
import unittest
import xml.etree.ElementTree

from program import ProgramTest, main, ohmweave, report

SVG = "{http://www.w3.org/2000/svg}"


def texts(path):
    """All that can be read in a picture, with the texts that pointers show."""
    return [e.text or "" for e in xml.etree.ElementTree.parse(path).iter() if e.tag in (SVG + "text", SVG + "title")]


class Compare(ProgramTest):

    def test_costs_side_by_side_are_those_of_each_alone(self):
        designs = ["isaac", "isaac:chip.tile.ima.adc.bits=7", "isaac:mapping.schedule=serial", "isaac:chips=4"]
        together = report("compare", "lenet5", "--designs", ",".join(designs))
        self.assertEqual(together, [report("run", "lenet5", "--design", d) for d in designs])
        for threads in (1, 3):
            self.assertEqual(report("compare", "lenet5", "--designs", ",".join(designs), "--threads", threads), together)

    def test_the_picture_tells_what_the_report_does(self):
        picture, data = self.folder / "picture.svg", self.folder / "report.json"
        ohmweave("compare", "digits-cnn", "--designs", "isaac,isaac:chip.tile.ima.adc.bits=7,float", "--data", "digits", "--samples", 20,
                 "--picture", picture, "--json", data)
        said = texts(picture)
        first = json.loads(data.read_text())[0]
        for text in ("1 isaac", "2 isaac adc.bits=7", "3 float", "adc", "inferences per second", "no machine"):
            self.assertIn(text, said)
        self.assertIn(f"{1e6 * first['costs']['energy_per_inference_J']:.3g} \u00b5J", said)
        self.assertIn(f"{1e6 * first['costs']['area_m2']:.3g} mm\u00b2", said)
        self.assertIn(f"{100 * first['values']['top1']:.2f} %", said)

    def test_the_same_picture_is_the_same_text(self):
        command = ["compare", "lenet5", "--designs", "isaac,isaac:chips=2", "--picture", "-"]
        self.assertEqual(ohmweave(*command), ohmweave(*command, "--threads", 1))

    def test_what_does_not_fit_says_so_and_the_others_are_shown(self):
        picture = self.folder / "picture.svg"
        text = ohmweave("compare", "vgg-d", "--designs", "isaac:chips=1,isaac", "--picture", picture, code=2)
        self.assertIn("isaac:chips=1: the network needs", text)
        self.assertIn("mJ", text)
        self.assertIn("does not fit", texts(picture))

    def test_without_costs_there_is_a_picture_all_the_same(self):
        picture = self.folder / "picture.svg"
        ohmweave("compare", "lenet5", "--designs", "float", "--picture", picture)
        self.assertIn("1 float", texts(picture))


if __name__ == "__main__":
    main()
