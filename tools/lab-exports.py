# Classifiers of many architectures as PyTorch exports them, each with samples and what FGSM and PGD leave of it there: for
# tools/eval-lab-exports.ts. Usage: lab-exports.py FOLDER; needs torch (Debian: python3-torch, /usr/bin/python3).
import json
import os
import sys
import warnings

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

warnings.filterwarnings("ignore")
torch.manual_seed(0)
torch.set_num_threads(1)
FOLDER = sys.argv[1]
SAMPLES, STEPS = 120, 20


class Residual(nn.Module):
    def __init__(self, i, o, stride=1):
        super().__init__()
        self.c1, self.b1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.c2, self.b2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.skip = nn.Identity() if i == o and stride == 1 else nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return F.relu(self.b2(self.c2(F.relu(self.b1(self.c1(x))))) + self.skip(x))


def residual():
    body = [Residual(8, 8), Residual(8, 16, 2), Residual(16, 16), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 5)]
    return nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1), nn.BatchNorm2d(8), nn.ReLU(), *body)


class Excite(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.f = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, 4, 1), nn.ReLU(), nn.Conv2d(4, c, 1), nn.Hardsigmoid())

    def forward(self, x):
        return x * self.f(x)


def depthwise():
    first = [nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.Hardswish(), nn.Conv2d(8, 8, 5, 1, 2, groups=8), nn.BatchNorm2d(8), nn.ReLU6()]
    second = [Excite(8), nn.Conv2d(8, 16, 1), nn.BatchNorm2d(16), nn.Hardswish(), nn.AvgPool2d(3, 2, 1, ceil_mode=True)]
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(400, 5))


class Vision(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.cls = nn.Conv2d(3, 16, 4, 4), nn.Parameter(torch.randn(1, 1, 16))
        self.place = nn.Parameter(torch.randn(1, 17, 16) * 0.1)
        self.n1, self.n2, self.at = nn.LayerNorm(16), nn.LayerNorm(16), nn.MultiheadAttention(16, 4, batch_first=True)
        self.mlp, self.head = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16)), nn.Linear(16, 5)

    def forward(self, x):
        t = self.patch(x).flatten(2).transpose(1, 2)
        t = torch.cat([self.cls.expand(t.shape[0], -1, -1), t], 1) + self.place
        u = self.n1(t)
        t = t + self.at(u, u, u, need_weights=False)[0]
        return self.head((t + self.mlp(self.n2(t)))[:, 0])


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.head = nn.TransformerEncoderLayer(12, 3, 24, batch_first=True, activation="gelu"), nn.Linear(12, 4)

    def forward(self, x):
        return self.head(self.e(x).mean(1))


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.r, self.head = kind(6, 10, num_layers=2, bidirectional=True, batch_first=True), nn.Linear(20, 4)

    def forward(self, x):
        return self.head(self.r(x)[0][:, -1])


class Upward(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Conv2d(1, 6, 3, 2, 1), nn.ConvTranspose2d(6, 4, 4, 2, 1)
        self.g, self.p, self.i, self.head = nn.GroupNorm(2, 4), nn.PReLU(), nn.InstanceNorm2d(4, affine=True), nn.Linear(256, 3)

    def forward(self, x):
        h = self.i(self.p(self.g(self.up(self.down(x)))))
        h = F.pad(F.interpolate(h, scale_factor=2, mode="bilinear", align_corners=False), (1, 1, 1, 1), mode="reflect")
        return self.head(F.max_pool2d(h, 3, 2, 1)[:, :, :8, :8].flatten(1))


class Einsum(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.head = nn.Parameter(torch.randn(6, 5, 4) * 0.5), nn.Linear(4, 3)

    def forward(self, x):
        y = torch.einsum("btf,fgh->bth", x, self.w)
        y = torch.where(y > 0, y, 0.1 * y)
        y, _ = torch.max(torch.sqrt(y.abs() + 1) * torch.sin(y), 1)
        z = torch.stack([y, y**2], 1).sum(1)
        return self.head(z / (z.norm(dim=1, keepdim=True) + 1e-3))


class Binary(nn.Module):
    def __init__(self):
        super().__init__()
        self.l, self.head = nn.Linear(7, 8), nn.Linear(8, 1)

    def forward(self, x):
        return torch.sigmoid(self.head(F.silu(self.l(x))))


class Largest(nn.Module):
    def __init__(self):
        super().__init__()
        self.l, self.head = nn.Linear(7, 12), nn.Linear(4, 3)

    def forward(self, x):
        return self.head(torch.topk(self.l(x), 4, dim=1)[0])


class Bytes(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean, self.net = nn.Parameter(torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1)), residual()

    def forward(self, x):
        return self.net((x / 255 - self.mean) / 0.25)


class Shuffled(nn.Module):
    def __init__(self):
        super().__init__()
        self.c, self.d, self.head = nn.Conv2d(4, 8, 3, padding=1, groups=2), nn.Conv2d(8, 8, 3, padding=2, dilation=2), nn.Linear(8, 3)

    def forward(self, x):
        b, _, h, w = x.shape
        y = self.c(F.pixel_unshuffle(x, 2)).view(b, 2, 4, h // 2, w // 2).transpose(1, 2).reshape(b, 8, h // 2, w // 2)
        first, second = y.chunk(2, 1)
        return self.head(self.d(torch.cat([first * torch.sigmoid(second), second], 1)).mean((2, 3)))


def dense(*last):
    return nn.Sequential(nn.Linear(7, 32), *last)


def shares():
    return dense(nn.Tanh(), nn.Dropout(), nn.Linear(32, 16), nn.SELU(), nn.LayerNorm(16), nn.ELU(), nn.Linear(16, 4), nn.Softmax(1))


def logs():
    return dense(nn.LeakyReLU(), nn.Linear(32, 16), nn.Mish(), nn.Softplus(), nn.Linear(16, 4), nn.LogSoftmax(1))


KINDS = [
    ("residual", residual, (3, 16, 16)), ("depthwise", depthwise, (3, 16, 16)), ("vision", Vision, (3, 16, 16)),
    ("encoder", Encoder, (5, 12)), ("lstm", lambda: Recurrent(nn.LSTM), (6, 6)), ("gru", lambda: Recurrent(nn.GRU), (6, 6)),
    ("rnn", lambda: Recurrent(nn.RNN), (6, 6)), ("upward", Upward, (1, 8, 8)), ("shares", shares, (7,)), ("logs", logs, (7,)),
    ("einsum", Einsum, (5, 6)), ("binary", Binary, (7,)), ("largest", Largest, (7,)), ("bytes", Bytes, (3, 16, 16)),
    ("shuffled", Shuffled, (1, 8, 8)),
]  # fmt: skip


def measure(name, make, shape):
    model, scale = make(), 255.0 if name == "bytes" else 1.0
    for _ in range(6):
        with torch.no_grad():
            model(torch.rand(64, *shape) * scale)
    model.eval()
    layers = [each for each in model.modules() if isinstance(each, nn.Linear)]
    for each in layers:
        each.weight.data *= 2
    x = torch.rand(SAMPLES, *shape) * scale
    with torch.no_grad():
        # Every class is to be said of some.
        out = model(x)
        middle = torch.log(out.clamp_min(1e-9)) if name == "shares" else torch.logit(out) if name == "binary" else out
        layers[-1].bias.data -= middle.mean(0)

    def predict(value):
        with torch.no_grad():
            scores = model(value)
        return (scores[:, 0] > 0.5).long() if scores.shape[1] == 1 else scores.argmax(1)

    said = predict(x)
    y = said.clone()
    y[:12] = (y[:12] + 1) % max(2, out.shape[1])

    def logits(value):
        scores = model(value)
        if name == "binary":
            return torch.cat([torch.log(1 - scores), torch.log(scores.clamp_min(1e-30))], 1)
        return torch.log(scores.clamp_min(1e-30)) if name == "shares" else scores

    def slope(value):
        value = value.clone().requires_grad_(True)
        return torch.autograd.grad(F.cross_entropy(logits(value), y, reduction="sum"), value)[0].sign()

    def robust(value):
        return ((predict(value) == y) & (said == y)).float().mean().item()

    for share in (0.01, 0.02, 0.05, 0.1, 0.2, 0.3):
        eps = share * scale
        fgsm = robust((x + eps * slope(x)).clamp(0, scale))
        if fgsm < 0.6:
            break
    made = (x + torch.empty_like(x).uniform_(-eps, eps)).clamp(0, scale)
    for _ in range(STEPS):
        made = made + 2.5 * eps / STEPS * slope(made)
        made = torch.max(torch.min(made, x + eps), x - eps).clamp(0, scale)
    np.savez(os.path.join(FOLDER, name + ".npz"), x=x.numpy(), y=y.numpy())
    files = []
    for opset in (11, 13, 15, 17):
        for free in (True, False):
            file = f"{name}-{opset}-{'free' if free else 'fixed'}.onnx"
            axes = {"in": {0: "b"}, "out": {0: "b"}} if free else None
            try:
                names = {"input_names": ["in"], "output_names": ["out"]}
                path = os.path.join(FOLDER, file)
                torch.onnx.export(model, x[: 2 if free else 1], path, opset_version=opset, dynamic_axes=axes, **names)
                files.append(file)
            except Exception as refusal:
                print(f"{file} is not exported: {str(refusal)[:100]!r}", file=sys.stderr)
    clean = (said == y).float().mean().item()
    return {"name": name, "files": files, "eps": eps, "scale": scale, "clean": clean, "fgsm": fgsm, "pgd": robust(made)}


print(json.dumps([measure(*kind) for kind in KINDS]))
