#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exports networks from PyTorch as docs/from_pytorch.md says and compares what Ohmweave makes of them with PyTorch's own results.

    /usr/bin/python3 tools/from_pytorch.py PROGRAM [NAME...]

Needs Debian's python3-torch and python3-onnx. Prints a line per network, exit code 1 if any differs by more than 1e-4.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from torch import nn
from torch.ao import quantization

torch.manual_seed(1)


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 16, 3, padding=1, groups=16), nn.Conv2d(16, 32, 1), nn.Hardswish(), nn.AdaptiveAvgPool2d(1))
        self.classifier = nn.Linear(32, 10)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class Lstm(nn.Module):
    def __init__(self, batch_first=True):
        super().__init__()
        self.embedding = nn.Embedding(30, 12)
        self.lstm = nn.LSTM(12, 24, num_layers=2, batch_first=batch_first)
        self.head = nn.Linear(24, 30)

    def forward(self, ids):
        return self.head(self.lstm(self.embedding(ids))[0])


class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, 16, batch_first=True, bidirectional=True)
        self.head = nn.Linear(32, 5)

    def forward(self, x):
        return self.head(self.gru(x)[0][:, -1])


class Attention(nn.Module):
    """Causal self-attention as GPT writes it."""

    def __init__(self, width=32, heads=4):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = (p.view(n, t, self.heads, c // self.heads).transpose(1, 2) for p in self.qkv(x).split(c, dim=2))
        scores = q @ k.transpose(-2, -1) / (c // self.heads) ** 0.5
        mask = torch.tril(torch.ones(x.shape[1], x.shape[1], dtype=torch.bool))
        scores = scores.masked_fill(~mask, float("-inf"))
        return self.out((torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(n, t, c))


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.ConvTranspose2d(20, 16, 4, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.2),
            nn.Upsample(scale_factor=2), nn.Conv2d(16, 8, 3, padding=1), nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1), nn.Tanh())

    def forward(self, z):
        return self.net(z[:, :, None, None])


def quantized():
    """A network of 8 bits as quantization-aware training leaves it; its fake quantizers become QuantizeLinear and DequantizeLinear."""
    def fake(kind, least, most, **options):
        return quantization.FakeQuantize.with_args(observer=quantization.MovingAverageMinMaxObserver, dtype=kind, quant_min=least,
                                                   quant_max=most, **options)
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))
    network.train()
    network.qconfig = quantization.QConfig(activation=fake(torch.quint8, 0, 255),
                                           weight=fake(torch.qint8, -128, 127, qscheme=torch.per_tensor_symmetric))
    quantization.prepare_qat(network, inplace=True)
    for _ in range(3):
        network(torch.randn(4, 3, 20, 20))
    return network.eval().apply(quantization.disable_observer)


# Networks, an input of three samples each, and whether the batch is left open.
NETWORKS = {
    "cnn": (Cnn(), torch.randn(3, 3, 20, 20), True),
    "cnn_fixed_batch": (Cnn(), torch.randn(1, 3, 20, 20), False),
    "lstm": (Lstm(), torch.randint(0, 30, (3, 9)), True),
    "gru": (Gru(), torch.randn(3, 7, 8), True),
    "encoder": (nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), torch.randn(3, 11, 32), True),
    "attention": (Attention(), torch.randn(3, 11, 32), True),
    "quantized": (quantized(), torch.randn(3, 3, 20, 20), True),
    "generator": (Generator(), torch.randn(3, 20), True),
}


def export(network, example, path, open_batch):
    """The lines of the page."""
    network.eval()
    axes = {"input": {0: "batch"}, "output": {0: "batch"}} if open_batch else None
    torch.onnx.export(network, example, path, opset_version=16, input_names=["input"], output_names=["output"],
                      dynamic_axes=axes)


def compare(program, name, folder):
    """The largest difference of any output, relative to the largest output."""
    network, example, open_batch = NETWORKS[name]
    model, samples, results = (str(folder / (name + end)) for end in (".onnx", ".npy", "_outputs.npy"))
    with torch.no_grad():
        # The fused kernel of encoder layers is no ONNX operator; training mode avoids it, without dropout the values are the same.
        network.eval()
        if isinstance(network, nn.TransformerEncoderLayer):
            network.activation_relu_or_gelu = 0
        expected = network(example).numpy()
        export(network, example[:1], model, open_batch)
    numpy.save(samples, example.numpy())
    done = subprocess.run([program, "run", model, "--design", "float", "--data", "npy:" + samples, "--outputs", results],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stderr.strip().splitlines()[0]
    outputs = numpy.load(results).reshape(expected.shape)
    return float(numpy.abs(outputs - expected).max() / numpy.abs(expected).max())


def main(program, names):
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name in names or NETWORKS:
            difference = compare(program, name, pathlib.Path(folder))
            good = isinstance(difference, float) and difference <= 1e-4
            failed |= not good
            print(f"{name:16} {difference if isinstance(difference, str) else format(difference, '.1e')}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
