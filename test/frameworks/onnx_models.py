"""Exports models for onnx-pytorch.test.ts into the folder argv[1]; prints as JSON what torch itself computes."""

import inspect
import json
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

import export_training


class Tied(nn.Module):
    """One weight in two places, a parameter without dimensions, a frozen one, and a buffer."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
        self.outer.weight = self.inner.weight
        self.scale = nn.Parameter(torch.ones(()))
        self.shift = nn.Parameter(torch.full((4,), 0.5), requires_grad=False)
        self.register_buffer("centre", torch.arange(4.0))

    def forward(self, x):
        return self.scale * self.outer(torch.tanh(self.inner(x - self.centre))) + self.shift


class Last(nn.Module):
    """A linear layer on what a recurrent one says last."""

    def __init__(self, recurrent):
        super().__init__()
        self.recurrent, self.out = recurrent, nn.Linear(5, 1)

    def forward(self, x):
        return self.out(self.recurrent(x)[0][:, -1])


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.out = nn.Embedding(10, 6), nn.Linear(6, 3)

    def forward(self, x):
        return self.out(self.embedding(x).mean(1))


def classify(model, x, labels):
    return F.cross_entropy(model(x), labels)


def fit(model, x, y):
    return F.mse_loss(model(x), y)


def decayed(model, x, y):
    return F.binary_cross_entropy_with_logits(model(x), y) + 1e-3 * sum((p * p).sum() for p in model.parameters())


def robust(model, x, y):
    return F.smooth_l1_loss(model(x), y) + 0.1 * F.l1_loss(model(x), y)


def images():
    model = nn.Sequential(
        *(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(4, 6, 3, stride=2, groups=2), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(6, 3)),
    )
    pictures = torch.randn(12, 1, 12, 12)
    model(pictures)  # statistics for BatchNorm
    return model.eval(), classify, (pictures, torch.arange(12) % 3)


def models():
    x = torch.randn(100, 4)
    labels = (x.sum(1) > 0).long() + (x[:, 0] > 0.5).long()
    y = (x[:, :1] * x[:, 1:2]).clone()
    series = torch.randn(20, 4, 3)
    goal = series.sum((1, 2)).unsqueeze(1)
    tanh = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
    gelu = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 16), nn.GELU(), nn.LayerNorm(16), nn.Linear(16, 3))
    logistic = nn.Sequential(nn.Linear(4, 8), nn.SiLU(), nn.Linear(8, 8), nn.Softplus(), nn.Linear(8, 1))
    encoder = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
    yield "tanh", tanh.double(), classify, (x.double(), labels)
    yield "gelu", gelu, classify, (x, labels)
    yield "logistic", logistic.double(), decayed, (x.double(), (labels > 0).double().unsqueeze(1))
    yield "robust", nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(), nn.Linear(8, 1)), robust, (x, y)
    yield ("images", *images())
    yield "tied", Tied(), fit, (x, x.flip(1))
    yield "lstm", Last(nn.LSTM(3, 5, batch_first=True)), fit, (series, goal)
    yield "gru", Last(nn.GRU(3, 5, batch_first=True)).double(), fit, (series.double(), goal.double())
    yield "words", Words(), classify, (torch.randint(0, 10, (30, 5)), torch.arange(30) % 3)
    attention = nn.Sequential(encoder, nn.Flatten(), nn.Linear(20, 3))
    yield "attention", attention, classify, (torch.randn(30, 5, 4), torch.arange(30) % 3)
    upscaling = nn.Sequential(nn.Conv1d(3, 4, 3), nn.Tanh(), nn.ConvTranspose1d(4, 1, 3, stride=2), nn.Flatten())
    yield "upscaling", upscaling, fit, (series.transpose(1, 2).contiguous(), torch.randn(20, 5))


def described(tensor):
    return {"type": str(tensor.dtype)[6:], "shape": list(tensor.shape), "values": tensor.flatten().tolist()}


def perform(model, loss, example):
    """What torch.optim.LBFGS sees of it: all losses, the first gradients, and the outputs before."""
    outputs = model(example[0]).detach()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=25, history_size=10, line_search_fn="strong_wolfe")
    losses, gradients = [], {}

    def closure():
        optimizer.zero_grad()
        value = loss(model, *example)
        value.backward()
        losses.append(value.item())
        if len(losses) == 1:
            for name, parameter in export_training.trained(model).items():
                gradients["p." + name] = parameter.grad.flatten().tolist()
        return value

    optimizer.step(closure)
    names = list(inspect.signature(loss).parameters)[1:]
    data = {name: described(tensor) for name, tensor in zip(names, example)}
    return {"losses": losses, "gradients": gradients, "data": data, "outputs": described(outputs)}


def resumed(folder):
    """A step in torch, an export with the optimizer, and the losses of torch's next step; rows are weighted."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    x = torch.randn(30, 4, dtype=torch.float64)
    example = (x, x.prod(1, keepdim=True), torch.full((30, 1), 1 / 30, dtype=torch.float64))
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=5, history_size=10, line_search_fn="strong_wolfe")

    def weighted(model, x, y, weights):
        return (weights * (model(x) - y).square()).sum()

    losses = []

    def closure():
        optimizer.zero_grad()
        value = weighted(model, *example)
        value.backward()
        losses.append(value.item())
        return value

    optimizer.step(closure)
    export_training.export(model, weighted, example, os.path.join(folder, "resumed.onnx"), optimizer)
    losses.clear()
    optimizer.step(closure)
    data = {name: described(tensor) for name, tensor in zip(("x", "y", "weights"), example)}
    return {"losses": losses, "data": data}


def refusals(folder):
    """What export says of losses that cannot be trained."""
    x, y = torch.randn(8, 4), torch.randn(8, 2)

    def says(model, loss=fit, example=(x, y)):
        try:
            export_training.export(model, loss, example, os.path.join(folder, "refused.onnx"))
        except ValueError as error:
            return str(error)
        return None

    frozen = nn.Linear(4, 2).requires_grad_(False)
    return {
        "dropout": says(nn.Sequential(nn.Linear(4, 2), nn.Dropout())),
        "batch norm": says(nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2))),
        "many": says(nn.Linear(4, 2), lambda model, x, y: (model(x) - y).square()),
        "number": says(nn.Linear(4, 2), lambda model, x, y: fit(model, x, y).item()),
        "frozen": says(frozen),
        "half": says(nn.Linear(4, 2).bfloat16(), example=(x.bfloat16(), y.bfloat16())),
        "too many data": says(nn.Linear(4, 2), lambda model, x: model(x).sum()),
        "unknown": says(nn.Linear(4, 2), lambda model, x, y: torch.linalg.svdvals(model(x)).sum() + 0 * y.sum()),
        "indexed": says(nn.Linear(4, 2), lambda model, x, y: model(x)[torch.tensor([0, 0, 1])].sum() + 0 * y.sum()),
    }


if __name__ == "__main__":
    folder = sys.argv[1]
    reports = {}
    torch.manual_seed(0)
    for name, model, loss, example in models():
        export_training.export(model, loss, example, os.path.join(folder, name + ".onnx"))
        export_training.export_outputs(model, example[:1], os.path.join(folder, name + "-outputs.onnx"))
        reports[name] = perform(model, loss, example)
    files = sorted(os.listdir(folder))
    output = {"reports": reports, "refusals": refusals(folder), "files": files, "resumed": resumed(folder)}
    print(json.dumps(output))
