"""The network of ../network.js as a PyTorch model, exported for ../exported.js (docs/onnx.md).

Writes spirals.onnx, spirals.safetensors and map.onnx beside itself. PYTHONPATH must name examples/pytorch.
"""

import os

import torch
from torch import nn
from torch.nn import functional as F

import export_training

POINTS = 400
SIDE = 64
DECAY = 1e-5

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1)).double()


def loss(model, points, labels):
    decay = sum((parameter * parameter).sum() for parameter in model.parameters())
    return F.binary_cross_entropy_with_logits(model(points), labels) + DECAY * decay


def answers(model, points):
    return torch.sigmoid(model(points))


here = os.path.dirname(os.path.abspath(__file__))
points, labels = torch.zeros(POINTS, 2, dtype=torch.float64), torch.zeros(POINTS, 1, dtype=torch.float64)
square = torch.zeros(SIDE * SIDE, 2, dtype=torch.float64)
export_training.export(model, loss, (points, labels), os.path.join(here, "spirals.onnx"))
export_training.export_outputs(model, (square,), os.path.join(here, "map.onnx"), answers)
