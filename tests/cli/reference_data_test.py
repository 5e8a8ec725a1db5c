# SPDX-License-Identifier: Apache-2.0
"""Real networks on real data, against what onnxruntime was recorded to say about them (REFERENCES.tsv)."""
import csv
import json
import math
import struct
import unittest

from program import REFERENCE_DATA, ProgramTest, main, report, write_array

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


MODELS, DATASETS = REFERENCE_DATA / "models", REFERENCE_DATA / "datasets"


@unittest.skipUnless(REFERENCE_DATA.exists(), f"no reference data in {REFERENCE_DATA}")
class OtherReferenceData(ProgramTest):
    """Rows of REFERENCES_OTHER.tsv."""

    def values(self, model, *options, design="float"):
        return report("run", MODELS / model, "--design", design, *options)["values"]

    def check_keywords(self, model, top1):
        data = DATASETS / "mlperf_tiny"
        v = self.values(model, "--data", f"npy:{data}/kws01_x_int8.npy,{data}/kws01_y.npy", "--mean", 83, "--std", 1 / 0.5847029)
        self.assertEqual(v["samples"], 1000)
        self.assertAlmostEqual(v["top1"], top1, delta=1e-9)

    def test_keywords(self):
        self.check_keywords("mlperf_tiny/kws_dscnn.onnx", 0.901)

    def test_quantized_keywords(self):
        self.check_keywords("mlperf_tiny/kws_dscnn_int8_qdq.onnx", 0.902)

    def test_anomalies(self):
        data = DATASETS / "mlperf_tiny"
        v = self.values("mlperf_tiny/ad01_autoencoder.onnx", "--data", f"npy:{data}/ad01_40_x_f32.npy,{data}/ad01_40_y.npy",
                        "--window", "640,128")
        self.assertEqual(v["metric"], "reconstruction")
        self.assertEqual(v["samples"], 40 * 196)
        self.assertAlmostEqual(v["auc"], 0.8550, delta=1e-9)

    def test_stories(self):
        stories = json.loads((DATASETS / "text/tinystories_tok512.json").read_text())
        path = self.folder / "stories.npy"
        padded = [token for story in stories for token in story + [0] * (256 - len(story))]
        write_array(path, "<i8", (len(stories), 256), struct.pack(f"<{len(padded)}q", *padded))
        v = self.values("stories260k/stories260k_T256.onnx", "--data", f"npy:{path}", "--padding", 0)
        self.assertEqual(v["metric"], "next-token")
        self.assertEqual(v["predicted_tokens"], 1242)
        self.assertAlmostEqual(v["nll_per_token"], 1.5058, delta=5e-5)
        self.assertAlmostEqual(v["perplexity"], 4.508, delta=5e-4)
        self.assertAlmostEqual(100 * v["next_token_accuracy"], 63.69, delta=5e-3)

    def test_characters(self):
        vocabulary = json.loads((MODELS / "charlstm_shakespeare/vocab.json").read_text())
        text = (DATASETS / "text/tinyshakespeare.txt").read_text(encoding="latin1")[:20000]
        path = self.folder / "text.npy"
        write_array(path, "<i8", (100, 200), struct.pack("<20000q", *[vocabulary[c] for c in text]))
        v = self.values("charlstm_shakespeare/charlstm.onnx", "--data", f"npy:{path}", "--shape", "200,1")
        self.assertAlmostEqual(v["bits_per_token"], 2.0612, delta=5e-5)
        self.assertAlmostEqual(100 * v["next_token_accuracy"], 57.05, delta=5e-3)

    def generated(self, model, *data):
        """What mnist_cnn_burn sees in the pictures that a generator makes: classes and their probabilities."""
        path = self.folder / "pictures.npy"
        self.values(model, *data, "--outputs", path)
        _, scores = self.outputs(MODELS / "mnist_cnn_burn/mnist.onnx", "--design", "float", "--data", f"npy:{path}",
                                 "--div", 2, "--mean", (0.1307 - 0.5), "--std", 0.3081)  # from -1 ... 1
        rows = [scores[k:k + 10] for k in range(0, len(scores), 10)]
        classes = [max(range(10), key=row.__getitem__) for row in rows]
        chances = [1 / sum(math.exp(s - max(row)) for s in row) for row in rows]
        return classes, chances

    def test_generated_digits(self):
        classes, chances = self.generated("gan_dcgan_mnist/generator.onnx", "--data", f"npy:{DATASETS}/gan/dcgan_z_200x64.npy")
        self.assertEqual([classes.count(digit) for digit in range(10)], [30, 20, 8, 19, 14, 17, 22, 31, 19, 20])
        self.assertAlmostEqual(sum(chances) / 200, 0.8273, delta=5e-4)

    def test_digits_generated_by_label(self):
        gan = DATASETS / "gan"
        classes, chances = self.generated("gan_cwgan_mnist/generator.onnx", "--data", f"z=npy:{gan}/cwgan_z_200x10.npy",
                                          "--data", f"label=npy:{gan}/cwgan_label_200.npy")
        self.assertEqual(sum(c == k % 10 for k, c in enumerate(classes)), 123)  # 61.5 %
        self.assertAlmostEqual(sum(chances) / 200, 0.7789, delta=5e-4)


if __name__ == "__main__":
    main()
