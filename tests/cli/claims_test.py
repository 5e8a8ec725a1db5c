# SPDX-License-Identifier: Apache-2.0
"""Published figures beside ours."""
import json
import shutil

from program import SOURCE, ProgramTest, main, ohmweave

KEYS = {"design", "id", "metric", "workload", "published", "ours", "ratio", "kind", "status", "note", "confidence"}

CLAIMS = """format: ohmweave-claims/1
sources:
  isaac16: "the paper"
claims:
  - {id: right, metric: power, published: 20.7 mW, kind: given, from: [isaac16, Table I], measure: machine.chip.tile.edram.total_power_W}
  - {id: wrong, metric: power, published: 30.7 mW, kind: given, from: [isaac16, Table I], measure: machine.chip.tile.edram.total_power_W%s}
"""


class Claims(ProgramTest):

    def design(self, expectation):
        shutil.copy(SOURCE / "designs/isaac/design.yaml", self.folder)
        (self.folder / "claims.yaml").write_text(CLAIMS % expectation)
        return self.folder / "design.yaml"

    def test_every_claim_has_the_keys_that_scripts_depend_on(self):
        claims = json.loads(ohmweave("reproduce", "isaac", "--json", "-"))
        self.assertGreater(len(claims), 50)
        for c in claims:
            self.assertLessEqual(KEYS, set(c))
            self.assertIn(c["kind"], ("given", "derived", "baseline", "not_reproducible"))
            self.assertIn(c["status"], ("reproduced", "missed", "not_run"))
            for figure in ("published", "ours", "ratio"):
                self.assertIsInstance(c[figure], (int, float, type(None)))
        self.assertEqual(len({(c["design"], c["id"]) for c in claims}), len(claims))

    def test_a_broken_claim_is_exit_code_1(self):
        design = self.design("")
        claims = json.loads(ohmweave("reproduce", design, "--json", "-", code=1))
        self.assertEqual([(c["id"], c["status"]) for c in claims], [("right", "reproduced"), ("wrong", "missed")])
        self.assertAlmostEqual(claims[1]["ratio"], 20.7 / 30.7)
        self.assertIn("missed", ohmweave("reproduce", design, code=1))

    def test_a_claim_known_to_miss_is_not(self):
        ohmweave("reproduce", self.design(", expect: missed, note: for this test"))

    def test_designs_by_name(self):
        names = [d.name for d in sorted((SOURCE / "designs").iterdir())] + [f.stem for f in sorted((SOURCE / "library/claims").iterdir())]
        self.assertEqual(ohmweave("reproduce"), ohmweave("reproduce", *names))
        self.assertIn("table1.edram.power", ohmweave("list", "claims"))

    def test_claims_of_no_single_design_by_name_and_by_file(self):
        file = SOURCE / "library/claims/devices.yaml"
        by_name = ohmweave("reproduce", "devices", "--json", "-")
        self.assertEqual(by_name, ohmweave("reproduce", file, "--json", "-", "--threads", "1"))
        ohmweave("check", file)
        for c in json.loads(by_name):
            self.assertEqual(c["design"], "devices")
            low, high = c["confidence"]
            self.assertLessEqual(low, c["ours"])
            self.assertLessEqual(c["ours"], high)


if __name__ == "__main__":
    main()
