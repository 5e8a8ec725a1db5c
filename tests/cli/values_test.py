# SPDX-License-Identifier: Apache-2.0
"""Values and reports of whole runs on what ships with the program."""
import json
import random
import struct

from program import ProgramTest, main, ohmweave, report, write_array, write_npy

DIGITS = ("digits-cnn", "--design", "isaac", "--data", "digits")

KEYS = {
    "network": {"name", "parameters", "macs"},
    "design": {"name", "resolved"},
    "values": {"samples", "top1", "top5", "reference_top1", "agreement", "seed"},
    "costs": {"latency_s", "throughput_per_s", "energy_per_inference_J", "average_power_W", "area_m2",
              "energy_breakdown_J", "area_breakdown_m2", "peak"},
    "mapping": {"arrays_used", "arrays_available", "chips", "utilization", "layers"},
}


class Reports(ProgramTest):

    def test_keys_that_scripts_depend_on(self):
        r = report("run", *DIGITS, "--samples", 40, "--seed", 7)
        self.assertEqual(r["format"], "ohmweave-report/1")
        for section, keys in KEYS.items():
            self.assertLessEqual(keys, set(r[section]), section)
        self.assertLessEqual({"ops_per_s", "ops_per_s_per_m2", "ops_per_J"}, set(r["costs"]["peak"]))
        self.assertIsInstance(r["not_modelled"], list)
        self.assertIsInstance(r["warnings"], list)
        self.assertEqual(r["values"]["samples"], 40)
        self.assertEqual(r["values"]["seed"], 7)
        for fraction in ("top1", "top5", "reference_top1", "agreement"):
            self.assertTrue(0.9 <= r["values"][fraction] <= 1, fraction)

    def test_breakdowns_add_up(self):
        costs = report("run", "lenet5", "--design", "isaac")["costs"]
        self.assertAlmostEqual(sum(costs["energy_breakdown_J"].values()) / costs["energy_per_inference_J"], 1)
        self.assertAlmostEqual(sum(costs["area_breakdown_m2"].values()) / costs["area_m2"], 1)
        self.assertAlmostEqual(costs["energy_per_inference_J"] * costs["throughput_per_s"] / costs["average_power_W"], 1)

    def test_without_data_there_are_costs_only(self):
        r = report("run", "vgg-d", "--design", "isaac")
        self.assertIsNone(r["values"])
        self.assertEqual(r["network"]["macs"], 15470264320)  # published: 15.5 G
        self.assertEqual(r["network"]["parameters"], 138357544)  # published: 138 M

    def test_the_exact_reference_has_values_only(self):
        r = report("run", "digits-cnn", "--design", "float", "--data", "digits", "--samples", 200)
        self.assertIsNone(r["costs"])
        self.assertIsNone(r["mapping"])
        isaac = report("run", *DIGITS, "--samples", 200)["values"]
        self.assertEqual(isaac["reference_top1"], r["values"]["reference_top1"])
        self.assertEqual(isaac["reference_top1"], r["values"]["top1"])

    def test_without_the_reference_the_machine_does_the_same(self):
        beside = report("run", *DIGITS, "--samples", 40)
        alone = report("run", *DIGITS, "--samples", 40, "--no-reference")
        for key in [k for k in beside["values"] if k.startswith("reference_")] + ["agreement", "output_error"]:
            self.assertIsNone(alone["values"][key], key)
            alone["values"][key] = beside["values"][key]
        self.assertEqual(alone, beside)
        self.assertNotIn("exact", ohmweave("run", *DIGITS, "--samples", 40, "--no-reference").split("Costs")[0])

    def test_overrides_are_in_the_report(self):
        r = report("run", "digits-cnn", "--design", "isaac", "--set", "chip.tile.ima.adc.bits=7", "--set", "chips=2")
        self.assertEqual(r["design"]["resolved"]["chip"]["tile"]["ima"]["adc"]["bits"], 7)
        self.assertEqual(r["design"]["changes"], ["chip.tile.ima.adc.bits=7", "chips=2"])
        self.assertEqual(r["mapping"]["chips"], 2)

    def test_comparison_is_a_list_of_runs(self):
        r = report("compare", "digits-cnn", "--designs", "isaac,isaac:chip.tile.ima.adc.bits=7,float", "--data", "digits",
                   "--samples", 40)
        self.assertEqual([x["design"]["configuration"] for x in r], ["isaac", "isaac:chip.tile.ima.adc.bits=7", "float"])
        alone = report("run", *DIGITS, "--samples", 40)
        terms = r[0].pop("terms")
        self.assertEqual(r[0], alone)
        self.assertEqual(terms, {"scaled_from_m": None})
        self.assertLess(r[1]["costs"]["area_m2"], r[0]["costs"]["area_m2"])

    def test_a_network_that_does_not_fit_is_mapped_with_a_word(self):
        text = ohmweave("map", "vgg-d", "--design", "isaac", "--set", "chips=1")
        self.assertIn("does not fit", text)
        self.assertIn("8 chips would hold it", text)

    def test_trace_is_trace_events(self):
        path = self.folder / "trace.json"
        ohmweave("run", "lenet5", "--design", "isaac", "--trace", path)
        events = json.loads(path.read_text())["traceEvents"]
        self.assertGreater(sum(e["ph"] == "X" for e in events), 100)


class Values(ProgramTest):

    def test_threads_and_batch_change_nothing(self):
        shape, one = self.outputs(*DIGITS, "--samples", 70, "--threads", 1)
        self.assertEqual(shape, (70, 10))
        self.assertEqual(one, self.outputs(*DIGITS, "--samples", 70, "--threads", 2)[1])
        self.assertEqual(one, self.outputs(*DIGITS, "--samples", 70, "--batch", 1)[1])
        self.assertEqual(one, self.outputs(*DIGITS, "--samples", 70, "--batch", 64)[1])

    def test_lossless_columns_stay_near_the_exact_values(self):
        _, isaac = self.outputs(*DIGITS, "--samples", 50)
        _, exact = self.outputs("digits-cnn", "--design", "float", "--data", "digits", "--samples", 50)
        largest = max(map(abs, exact))
        self.assertGreater(largest, 0)
        self.assertLess(max(abs(a - b) for a, b in zip(isaac, exact)), 1e-3 * largest)

    def test_few_bits_of_the_converter_show(self):
        _, fine = self.outputs(*DIGITS, "--samples", 20)
        _, coarse = self.outputs(*DIGITS, "--samples", 20, "--set", "chip.tile.ima.adc.bits=5")
        self.assertNotEqual(fine, coarse)

    def test_cells_that_drift_are_not_taken_for_stuck_ones(self):
        run = ["digits-cnn", "--design", "isaac", "--data", "digits", "--samples", "4", "--device", "pcm_nandakumar",
               "--time", "30 day"]
        self.assertEqual(self.outputs(*run), self.outputs(*run, "--set", "chip.tile.ima.crossbar.fault_remapping=true"))

    def test_what_all_cells_lose_alike_is_compensated(self):
        device = self.folder / "drifting.yaml"
        device.write_text("format: ohmweave-device/1\nname: drifting\ntitle: Cells that drift alike\nsources: {test: none}\n"
                          "from: [test]\nlevels: {on: 100 uS, off: 10 uS}\ndrift: {start: 20 s, exponent: 0.05}\n",
                          encoding="utf-8")
        random_numbers = random.Random(1)
        for name, shape, most in (("weights", (90, 6), 128), ("inputs", (5, 90), 100)):
            values = [random_numbers.randrange(-most, most) for _ in range(shape[0] * shape[1])]
            write_array(self.folder / f"{name}.npy", "<i8", shape, struct.pack(f"<{len(values)}q", *values))
        array, adc = "chip.tile.ima.crossbar.", "chip.tile.ima.adc."
        for more in ((), (f"{array}encoding=biased",), (f"{array}encoding=differential", f"{array}unit_column=false"),
                     (f"{array}wires={{resistance: 0.001 ohm, cell: 1t1r}}",)):
            errors = {}
            for compensated in ("false", "true"):
                changes = ("precision.weight=8", "precision.input=8", f"{adc}bits=16", f"{adc}range=fixed", f"{adc}low=-200",
                           f"{adc}high=400", f"{array}drift_compensation={compensated}", *more)
                errors[compensated] = report("mvm", "--design", "isaac", "--weights", self.folder / "weights.npy", "--inputs",
                                             self.folder / "inputs.npy", "--device", device, "--time", "1 day",
                                             *(word for change in changes for word in ("--set", change)))["relative_error"]
            self.assertGreater(errors["false"], 0.3, more)
            self.assertLess(errors["true"], 0.02, more)

    def test_counters_of_spikes_stand_where_converters_do(self):
        random_numbers = random.Random(3)
        rows, columns, batch, charge, bits = 90, 6, 5, 2.5, 5
        weights = [[random_numbers.randrange(-2, 2) for _ in range(columns)] for _ in range(rows)]
        inputs = [[random_numbers.randrange(2) for _ in range(rows)] for _ in range(batch)]
        for name, values in (("weights", weights), ("inputs", inputs)):
            flat = [float(x) for row in values for x in row]
            write_array(self.folder / f"{name}.npy", "<f8", (len(values), len(values[0])), struct.pack(f"<{len(flat)}d", *flat))
        outputs = self.folder / "outputs.npy"
        counter = (f"{{kind: integrate_fire, count: 1024, bits: {bits}, rate: 12.8 GHz, threshold: {charge}, initial_charge: 0.25, "
                   "power: 1 mW, area: 1 um^2, from: assumed, why: a test}")
        changes = ("precision.weight=2", "precision.input=1", "precision.unsigned_inputs=true", f"chip.tile.ima.adc={counter}",
                   "chip.tile.ima.crossbar.encoding=biased", "chip.tile.ima.crossbar.unit_column=false")
        told = report("mvm", "--design", "isaac", "--weights", self.folder / "weights.npy", "--inputs", self.folder / "inputs.npy",
                      "--outputs", outputs, *(word for change in changes for word in ("--set", change)))
        found = struct.unpack(f"<{batch * columns}d", outputs.read_bytes()[-8 * batch * columns:])
        for k, y in enumerate(found):
            driven = inputs[k // columns]
            spikes = int(sum(x * (row[k % columns] + 2) for x, row in zip(driven, weights)) / charge + 0.25)
            self.assertAlmostEqual(y, min(spikes, 2 ** bits - 1) * charge - 2 * sum(driven), delta=1e-9)
        self.assertEqual(told["actions"]["chip.tile.ima.adc"]["convert"], batch * columns * (2 ** bits - 1))

    def test_reals_are_quantized_in_double_precision(self):
        random_numbers = random.Random(2)
        arrays = {}
        for name, rows, columns in (("weights", 40, 6), ("inputs", 5, 40)):
            values = [random_numbers.gauss(0, 1) for _ in range(rows * columns)]
            write_array(self.folder / f"{name}.npy", "<f8", (rows, columns), struct.pack(f"<{len(values)}d", *values))
            scale = max(max(values) / 32767, min(values) / -32768)
            arrays[name] = [[round(x / scale) * scale for x in values[r * columns:(r + 1) * columns]] for r in range(rows)]
        outputs = self.folder / "outputs.npy"
        ohmweave("mvm", "--design", "isaac", "--weights", self.folder / "weights.npy", "--inputs", self.folder / "inputs.npy",
                 "--outputs", outputs)
        found = struct.unpack("<30d", outputs.read_bytes()[-240:])
        for k, y in enumerate(found):
            wanted = sum(x * row[k % 6] for x, row in zip(arrays["inputs"][k // 6], arrays["weights"]))
            self.assertAlmostEqual(y, wanted, delta=1e-9)

    def test_spellings_of_preprocessing(self):
        digits = ("digits-cnn", "--design", "float", "--data", "digits", "--samples", 5)
        plain = self.outputs(*digits)[1]
        turned = self.outputs(*digits, "--transpose-hw")[1]
        self.assertNotEqual(plain, turned)
        self.assertEqual(turned, self.outputs(*digits, "--transposeHW")[1])
        for layout in ("nchw", "NCHW", "nhwc", "NHWC", "Nhwc"):  # one channel: all the same
            self.assertEqual(plain, self.outputs(*digits, "--layout", layout)[1])
        self.assertEqual(plain, self.outputs(*digits, "--div", 1, "--mean", 0, "--std", 1, "--shape", "1,1,28,28")[1])

    def test_pictures_without_labels_and_training_split(self):
        write_npy(self.folder / "x.npy", (3, 28, 28, 1), [k % 251 for k in range(3 * 784)])
        r = report("run", "digits-cnn", "--design", "isaac", "--data", f"npy:{self.folder / 'x.npy'}")
        self.assertIsNone(r["values"]["top1"])
        self.assertEqual(r["values"]["samples"], 3)
        self.assertIn("no training split", r["values"]["calibration"])
        r = report("run", "digits-cnn", "--design", "isaac", "--data", f"npy:{self.folder / 'x.npy'}", "--calibrate", "digits")
        self.assertIn("digits", r["values"]["calibration"])

    def test_networks_without_weights_get_random_ones(self):
        lenet = ("lenet5", "--design", "float", "--data", "digits", "--samples", 5)
        first = self.outputs(*lenet)[1]
        self.assertEqual(first, self.outputs(*lenet, "--seed", 1)[1])
        self.assertNotEqual(first, self.outputs(*lenet, "--seed", 2)[1])
        self.assertIn("random", report("run", *lenet)["warnings"][0])

    def test_outputs_of_a_comparison_are_stacked(self):
        path = self.folder / "all.npy"
        ohmweave("compare", "digits-cnn", "--designs", "isaac", "--designs", "float", "--data", "digits", "--samples", 5,
                 "--outputs", path)
        from program import read_npy
        shape, values = read_npy(path)
        self.assertEqual(shape, (2, 5, 10))
        self.assertEqual(values[50:], self.outputs("digits-cnn", "--design", "float", "--data", "digits", "--samples", 5)[1])


if __name__ == "__main__":
    main()
