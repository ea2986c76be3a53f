#!/usr/bin/env python3
"""Writes stats_golden.json: the statistics of fixed data by NumPy and SciPy.

    python3 stats_golden.py > stats_golden.json

Independent of the Rust code: library functions where there are any, else the plain definition.
The bootstrap sorts every resample anew, and draws from another generator.
"""

import json

import numpy as np
import scipy
from scipy import stats

SLICES = 14
RESAMPLES = 20_000


def slices(rng, effect):
    """Slices of uneven length, two humps, with a slow wave and a rise under them."""
    made = []
    for i in range(SLICES):
        n = int(rng.integers(8, 24))
        speed = 1 + 0.15 * np.sin(i) + 0.02 * i
        hump = np.where(rng.random(n) < 0.6, 1.0, 1.8)
        ns = (200_000 * effect * speed * hump * np.exp(0.1 * rng.standard_normal(n))).astype(int)
        made.append({"latencies_ns": ns.tolist(), "bytes": 65_536 * n, "elapsed_ns": int(ns.sum())})
    return made


def metrics(some):
    pooled = np.concatenate([s["latencies_ns"] for s in some])
    return {
        "median": float(np.median(pooled)),
        "p99": float(np.percentile(pooled, 99)),
        "mean": float(pooled.mean()),
        "bandwidth": 1e9 * sum(s["bytes"] for s in some) / sum(s["elapsed_ns"] for s in some),
    }


def bootstrap(base, other, rng):
    """Standard deviation of the log ratio, and of the base's log, over resampled pairs of slices."""
    ratio, alone = [], []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, SLICES, SLICES)
        b = metrics([base[i] for i in drawn])
        o = metrics([other[i] for i in drawn])
        ratio.append([np.log(o[key] / b[key]) for key in b])
        alone.append([np.log(b[key]) for key in b])
    spread = lambda rows: dict(zip(metrics(base), np.std(rows, axis=0, ddof=1).tolist()))
    return {"ratio": spread(ratio), "base": spread(alone)}


def autocorrelations(x):
    centred = np.asarray(x) - np.mean(x)
    full = np.correlate(centred, centred, "full")[len(x) - 1 :]
    return full / full[0]


def autocorrelation_time(x):
    """Blocks of 1, 2, 4, ... values, first-order beyond; the longest time."""
    times, length, x = [1.0], 1, np.asarray(x)
    fewest = max(12, int(np.sqrt(len(x))))
    while length == 1 or len(x) // length >= fewest:
        m = len(x) // length
        blocks = x[: m * length].reshape(m, length).mean(axis=1)
        rho = autocorrelations(blocks)[1]
        rho = np.clip(rho + (1 + 3 * rho) / m, 0, 0.95)
        times.append(length * blocks.var(ddof=1) / x.var(ddof=1) * (1 + rho) / (1 - rho))
        length *= 2
    return float(max(times))


def mann_kendall(x):
    n = len(x)
    s = int(sum(np.sign(x[j] - x[i]) for i in range(n) for j in range(i + 1, n)))
    ties = np.unique(x, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    z = max(abs(s) - 1, 0) / np.sqrt(variance)
    return {
        "s": s,
        "tau": float(stats.kendalltau(np.arange(n), x).statistic),
        "p": float(2 * stats.norm.sf(z)),
        "slope": float(stats.theilslopes(x).slope),
    }


def mser_cut(x):
    errors = [np.var(x[cut:]) / (len(x) - cut) for cut in range(len(x) // 2 + 1)]
    return int(np.argmin(errors))


def series(rng):
    walk = [0.0]
    for _ in range(79):
        walk.append(0.7 * walk[-1] + rng.standard_normal())
    return {
        "white": rng.standard_normal(60).tolist(),
        "clinging": walk,
        "rising": (0.03 * np.arange(40) + rng.standard_normal(40)).tolist(),
        "tied": rng.integers(0, 5, 50).astype(float).tolist(),
        "settling": (3 * np.exp(-np.arange(60) / 6) + 0.1 * rng.standard_normal(60)).tolist(),
    }


def main():
    rng = np.random.default_rng(20_240_607)
    base, other = slices(rng, 1.0), slices(rng, 1.07)
    pooled = np.concatenate([s["latencies_ns"] for s in base])
    shares = [0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0]
    critical = [(df, alpha) for df in (1, 2, 4.5, 9, 30, 199, 1e5) for alpha in (0.2, 0.05, 0.01, 1e-4)]
    out = {
        "made_by": f"numpy {np.__version__}, scipy {scipy.__version__}",
        "base": base,
        "other": other,
        "quantiles": [[p, float(np.quantile(pooled, p))] for p in shares],
        "nearest_ranks": [[p, int(np.quantile(pooled, p, method="inverted_cdf"))] for p in shares],
        "value": {"base": metrics(base), "other": metrics(other)},
        "log_spread": bootstrap(base, other, rng),
        "student_t": [[df, a, float(stats.t.isf(a / 2, df))] for df, a in critical],
        "normal": [[z, float(2 * stats.norm.sf(z))] for z in (0.0, 0.1, 0.7, 1.3, 2.0, 3.5, 6.0)],
        "series": [
            {
                "name": name,
                "values": x,
                "autocorrelation": autocorrelations(x)[:4].tolist(),
                "autocorrelation_time": autocorrelation_time(x),
                "mann_kendall": mann_kendall(x),
                "mser_cut": mser_cut(np.asarray(x)),
            }
            for name, x in series(rng).items()
        ],
    }
    print(json.dumps(out, indent=None, separators=(",", ":")).replace('],"', '],\n"').replace('},"', '},\n"'))


main()
