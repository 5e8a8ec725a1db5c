# SPDX-License-Identifier: Apache-2.0
"""Comparisons of designs: what stands beside what, on which terms, and their pictures."""
import json
import unittest
import xml.etree.ElementTree

from program import SOURCE, ProgramTest, main, ohmweave, report

SVG = "{http://www.w3.org/2000/svg}"


def texts(path):
    """All that can be read in a picture, with the texts that pointers show."""
    return [e.text or "" for e in xml.etree.ElementTree.parse(path).iter() if e.tag in (SVG + "text", SVG + "title")]


class Compare(ProgramTest):

    def test_costs_side_by_side_are_those_of_each_alone(self):
        designs = ["isaac", "isaac:chip.tile.ima.adc.bits=7", "isaac:mapping.schedule=serial", "isaac:chips=4"]
        together = report("compare", "lenet5", "--designs", ",".join(designs))
        for r in together:
            self.assertEqual(r.pop("terms"), {"scaled_from_m": None})
        self.assertEqual(together, [report("run", "lenet5", "--design", d) for d in designs])
        for threads in (1, 3):
            again = report("compare", "lenet5", "--designs", ",".join(designs), "--threads", threads)
            self.assertEqual([{k: v for k, v in r.items() if k != "terms"} for r in again], together)

    def test_trials_and_sensitivity_of_each(self):
        values = ["--data", "digits", "--samples", 20, "--device", "rram_mnsim", "--trials", 2, "--sensitivity"]
        together = report("compare", "digits-cnn", "--designs", "isaac,prime", *values)
        for design, r in zip(("isaac", "prime"), together):
            alone = report("run", "digits-cnn", "--design", design, *values)
            self.assertEqual([e["name"] for e in r["sensitivity"]["effects"]][:2], ["device to device", "stuck cells"])
            for key in ("sensitivity", "trials"):
                self.assertEqual(r[key], alone[key])
        said = ohmweave("compare", "digits-cnn", "--designs", "isaac,float", *values)
        self.assertEqual(said.count("Sensitivity of "), 1)

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

    def test_one_node_for_all(self):
        """By the energies and areas of Stillmaker and Baas at nominal supplies, but for arrays and links."""
        older = self.folder / "older.yaml"
        text = (SOURCE / "designs/isaac/design.yaml").read_text()
        older.write_text(text.replace("{value: 32 nm,", "{value: 65 nm,"))
        area, energy = 7.8 / 25, 0.457137 / 1.68075  # 32 nm at 0.9 V over 65 nm at 1.1 V
        plain, other, scaled = report("compare", "lenet5", "--designs", f"isaac,{older}") + report(
            "compare", "lenet5", "--designs", f"isaac,{older}", "--same", "technology")[1:]
        self.assertEqual(plain["costs"], other["costs"])
        self.assertEqual(scaled["terms"]["scaled_from_m"], 65e-9)
        stays = ("crossbar", "hyper_transport")
        for key, factor in (("area_breakdown_m2", area), ("energy_breakdown_J", energy)):
            for part, value in plain["costs"][key].items():
                expected = value if any(s in part for s in stays) else value * factor
                self.assertAlmostEqual(scaled["costs"][key][part] / expected, 1, places=4, msg=part)
        self.assertEqual(scaled["costs"]["latency_s"], plain["costs"]["latency_s"])
        self.assertTrue(scaled["machine"]["chip.tile.ima.adc"]["source"].endswith("scaled from 65 nm"))
        text = ohmweave("compare", "lenet5", "--designs", f"isaac,{older}", "--same", "technology")
        self.assertIn("technology 32 nm (2 scaled from 65 nm)", text)
        self.assertIn("technology 32 nm / 65 nm", ohmweave("compare", "lenet5", "--designs", f"isaac,{older}"))

    def test_one_precision_for_all(self):
        r = report("compare", "lenet5", "--designs", "isaac,isaac:precision.weight=8:precision.input=4", "--same", "precision")
        self.assertEqual(r[0]["costs"], r[1]["costs"])
        r = report("compare", "lenet5", "--designs", "isaac,isaac", "--same", "precision=8")
        alone = report("run", "lenet5", "--design", "isaac", "--set", "precision.weight=8", "--set", "precision.input=8")
        self.assertEqual([x["costs"] for x in r], [alone["costs"]] * 2)
        text = ohmweave("compare", "lenet5", "--designs", "isaac,isaac:precision.weight=8")
        self.assertIn("precision (weight x input) 16 x 16 bit / 8 x 16 bit", text)

    def test_whole_machines_within_a_budget(self):
        command = ["compare", "lenet5", "--designs", "isaac:chips=4,isaac:chips=1,isaac:chips=8", "--iso"]
        r = report(*command, "area")
        self.assertEqual([x["terms"]["machines"] for x in r], [1, 4, 0])
        for x in r:
            c, t = x["costs"], x["terms"]
            self.assertEqual(t["budget_m2"], r[0]["costs"]["area_m2"])
            self.assertAlmostEqual(t["throughput_in_budget_per_s"], t["machines"] * c["throughput_per_s"])
            self.assertAlmostEqual(t["throughput_per_s_per_m2"], c["throughput_per_s"] / c["area_m2"])
            self.assertAlmostEqual(t["throughput_per_s_per_W"], c["throughput_per_s"] / c["average_power_W"])
        for budget in ("power", "peak_power"):
            own = [x["terms"] for x in report(*command, f"{budget}=100 W")]
            key = {"power": lambda c: c["average_power_W"], "peak_power": lambda c: c["peak"]["power_W"]}[budget]
            self.assertEqual([t["machines"] for t in own], [int(100 / key(x["costs"])) for x in r])
        self.assertIn("Within one area of", ohmweave(*command, "area"))

    def test_every_design_stands_beside_the_baselines(self):
        designs = ["isaac", "isaac:chips=16"]
        together = report("compare", "vgg-d", "--designs", ",".join(designs), "--baseline", "gtx1080")
        text = ohmweave("compare", "vgg-d", "--designs", ",".join(designs), "--baseline", "gtx1080")
        self.assertIn("throughput over gtx1080", text)
        for r in together:
            self.assertIn(f"{r['baselines'][0]['ratio']['throughput']['value']:.3g}x", text)

    def test_without_costs_there_is_a_picture_all_the_same(self):
        picture = self.folder / "picture.svg"
        ohmweave("compare", "lenet5", "--designs", "float", "--picture", picture)
        self.assertIn("1 float", texts(picture))


if __name__ == "__main__":
    main()
