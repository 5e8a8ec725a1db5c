# SPDX-License-Identifier: Apache-2.0
"""Real networks on real data, against what onnxruntime was recorded to say about them (REFERENCES.tsv)."""
import csv
import unittest

from program import REFERENCE_DATA, ProgramTest, main, report

DATA = {"mnist_t10k": f"mnist:{REFERENCE_DATA}/datasets/mnist",
        "cifar10_lossless_mix_649": f"cifar10:{REFERENCE_DATA}/datasets/cifar10/test_lossless_mix.bin"}


def references():
    """Rows by model."""
    with open(REFERENCE_DATA / "REFERENCES.tsv", encoding="utf-8") as file:
        return {r["model"]: r for r in csv.DictReader(file, delimiter="\t") if r["dataset"] in DATA}


@unittest.skipUnless(REFERENCE_DATA.exists(), f"no reference data in {REFERENCE_DATA}")
class ReferenceData(ProgramTest):

    def run_model(self, model, design, samples):
        row = references()[model]
        return row, report("run", REFERENCE_DATA / model, "--design", design, "--data", DATA[row["dataset"]], "--samples", samples,
                           *row["preprocessing"].split())

    def check_float(self, model):
        row, r = self.run_model(model, "float", references()[model]["n"])
        self.assertAlmostEqual(100 * r["values"]["top1"], float(row["top1_percent"]), delta=0.0006)  # printed digits
        self.assertAlmostEqual(100 * r["values"]["top5"], float(row["top5_percent"]), delta=0.0006)

    def check_isaac(self, model, samples):
        _, r = self.run_model(model, "isaac", samples)
        v = r["values"]
        self.assertLessEqual(abs(v["top1"] - v["reference_top1"]), 1 / samples)
        self.assertGreaterEqual(v["agreement"], 1 - 1 / samples)
        self.assertGreater(r["costs"]["throughput_per_s"], 0)

    def test_float_lenet5(self):
        self.check_float("models/mnist_lenet5_webmnist/lenet5.onnx")

    def test_float_cntk(self):
        self.check_float("models/mnist_cntk/mnist.onnx")

    def test_float_mlp_with_shape(self):
        self.check_float("models/mnist_mlp/mnist-net_256x2.onnx")

    def test_float_of_other_layout(self):
        self.check_float("models/cifar10_cnn_marabou/cifar10_small.onnx")  # --layout NHWC

    def test_calibration_takes_the_training_split(self):
        _, r = self.run_model("models/mnist_lenet5_webmnist/lenet5.onnx", "isaac", 5)
        self.assertIn("train", r["values"]["calibration"])

    def check_codes(self, model):
        """The arrays compute the whole numbers of a quantized file as onnxruntime does."""
        row, r = self.run_model(model, "isaac", references()[model]["n"])
        self.assertAlmostEqual(100 * r["values"]["top1"], float(row["top1_percent"]), delta=0.0006)

    def test_isaac_int8_resnet8(self):
        self.check_codes("models/mlperf_tiny/ic_resnet8_int8_qdq.onnx")

    def test_isaac_resnet20(self):
        self.check_isaac("models/cifar10_resnet_akamaster/resnet20.onnx", 60)

    def test_isaac_lenet5(self):
        self.check_isaac("models/mnist_lenet5_webmnist/lenet5.onnx", 300)

    def test_isaac_cntk(self):
        self.check_isaac("models/mnist_cntk/mnist.onnx", 300)

    def test_isaac_cnn_burn(self):
        self.check_isaac("models/mnist_cnn_burn/mnist.onnx", 100)

    def test_isaac_convnet(self):
        self.check_isaac("models/mnist_convnet_verivital/Convnet_maxpool.onnx", 300)

    def test_isaac_mlp_with_shape(self):
        self.check_isaac("models/mnist_mlp/mnist-net_256x2.onnx", 300)

    def test_isaac_mlp_sigmoid(self):
        self.check_isaac("models/mnist_mlp/ffnnSIGMOID__Point_6x200.onnx", 300)

    def test_isaac_lstm(self):
        self.check_isaac("models/mnist_lstm_tflm/mnist_lstm.onnx", 300)

    def test_isaac_costs_of_letters(self):
        r = report("run", REFERENCE_DATA / "models/charlstm_shakespeare/charlstm.onnx", "--design", "isaac", "--shape", "200,1")
        self.assertEqual(r["network"]["macs"], 200 * (2 * 4 * 128 * 256 + 128 * 65))
        self.assertEqual(len([e for e in r["not_modelled"] if "LSTM" in e]), 2)
        self.assertGreater(r["costs"]["throughput_per_s"], 0)

    def test_isaac_attention(self):
        r = report("run", REFERENCE_DATA / "models/cifar10_vit_vnncomp/pgd_2_3_16.onnx", "--design", "isaac")
        self.assertTrue(any("multiplies two activations, and isaac cannot write its cells during a run" in e for e in r["not_modelled"]))


if __name__ == "__main__":
    main()
