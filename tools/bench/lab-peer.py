# The same attack with PyTorch, for tools/bench/lab.ts: the Adversarial Robustness Toolbox where it is installed, a plain loop
# where it is not. Usage: lab-peer.py WEIGHTS.npz DATA.npz EPS STEPS THREADS; prints one line of JSON.
import json
import sys
import time

import numpy as np
import torch

weights_file, data_file, eps, steps, threads = sys.argv[1:]
eps, steps = float(eps), int(steps)
torch.set_num_threads(int(threads))
weights = {name: torch.from_numpy(value) for name, value in np.load(weights_file).items()}
data = np.load(data_file)
x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"].astype(np.int64))


class Net(torch.nn.Module):
    def forward(self, value):
        for i in ("1", "2"):
            value = torch.nn.functional.conv2d(value, weights["c" + i], weights["d" + i], padding=2)
            value = torch.nn.functional.max_pool2d(torch.relu(value), 2)
        value = torch.relu(value.flatten(1) @ weights["w1"] + weights["b1"])
        return value @ weights["w2"] + weights["b2"]


def plain(net):
    """Projected gradient descent as in Madry et al. 2018: random start, 40 steps of 2.5 eps / steps, the last one counts."""
    torch.manual_seed(0)
    made = (x + torch.empty_like(x).uniform_(-eps, eps)).clamp(0, 1)
    for _ in range(steps):
        made.requires_grad_(True)
        loss = torch.nn.functional.cross_entropy(net(made), y, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, made)
        with torch.no_grad():
            made = made + 2.5 * eps / steps * gradient.sign()
            made = torch.max(torch.min(made, x + eps), x - eps).clamp(0, 1)
    return made


def with_art(net):
    from art.attacks.evasion import ProjectedGradientDescentPyTorch
    from art.estimators.classification import PyTorchClassifier

    classifier = PyTorchClassifier(net, torch.nn.CrossEntropyLoss(), (1, 28, 28), 10, clip_values=(0, 1))
    attack = ProjectedGradientDescentPyTorch(
        classifier, eps=eps, eps_step=2.5 * eps / steps, max_iter=steps, num_random_init=1, batch_size=len(x), verbose=False
    )
    return torch.from_numpy(attack.generate(x.numpy(), y.numpy()))


net = Net()
try:
    import art  # noqa: F401

    peer, run = "art", with_art
except ImportError:
    peer, run = "torch", plain
started = time.perf_counter()
made = run(net)
seconds = time.perf_counter() - started
with torch.no_grad():
    robust = (net(made).argmax(1) == y).float().mean().item()
print(json.dumps({"peer": peer, "seconds": seconds, "robustAccuracy": robust}))
