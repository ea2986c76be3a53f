//! A simulated noisy machine: latencies whose true figures are known.

use kvbench::stats::rng::Rng;
use kvbench::stats::{Series, Slice};
use std::f64::consts::TAU;

/// How one transfer varies around the machine's present speed; the factor is 1 in the middle.
#[derive(Clone, Copy)]
pub enum Shape {
    /// exp(σ Z).
    Lognormal(f64),
    /// Lognormal, and 3 in 100 samples up to hundreds of times slower (Pareto tail of index 1).
    HeavyTail(f64),
    /// Six in ten around 1, four in ten around 1.8.
    TwoHumps,
}

/// What a simulated run is made of.
#[derive(Clone, Copy)]
pub struct Machine {
    pub shape: Shape,
    /// Samples in each slice.
    pub samples: usize,
    /// Log standard deviation of a slow wave that both variants see, with autocorrelation 0.9 from
    /// slice to slice.
    pub common: f64,
    /// Log standard deviation of each slice's own noise.
    pub own: f64,
    /// Autocorrelation of that noise.
    pub own_rho: f64,
    /// Log change of both variants from start to end.
    pub drift: f64,
}

/// A run in progress.
pub struct Run {
    machine: Machine,
    rng: Rng,
    common: f64,
    own: [f64; 2],
}

impl Run {
    pub fn new(machine: Machine, seed: u64) -> Self {
        let mut rng = Rng::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(17));
        let start = [(); 3].map(|()| normal(&mut rng));
        Self {
            machine,
            common: start[0] * machine.common,
            own: [start[1] * machine.own, start[2] * machine.own],
            rng,
        }
    }

    /// The next slice of base and other, `other` slower by the factor `effect`; `progress` goes
    /// from 0 to 1.
    pub fn pair(&mut self, effect: f64, progress: f64) -> (Slice, Slice) {
        let Machine { common, own, own_rho, drift, .. } = self.machine;
        self.common = step(&mut self.rng, self.common, 0.9, common);
        let shared = self.common + drift * progress;
        let mut slice = |variant: usize, factor: f64| {
            self.own[variant] = step(&mut self.rng, self.own[variant], own_rho, own);
            slice(&mut self.rng, &self.machine, (shared + self.own[variant]).exp() * factor)
        };
        (slice(0, 1.0), slice(1, effect))
    }

    /// A whole run of `slices` pairs.
    pub fn series(mut self, slices: usize, effect: f64) -> (Series, Series) {
        let (mut base, mut other) = (Series::new(), Series::new());
        for i in 0..slices {
            let (a, b) = self.pair(effect, i as f64 / slices as f64);
            base.push(a);
            other.push(b);
        }
        (base, other)
    }
}

fn slice(rng: &mut Rng, machine: &Machine, speed: f64) -> Slice {
    let latencies_ns: Vec<u64> =
        (0..machine.samples).map(|_| (1e6 * speed * factor(rng, machine.shape)) as u64).collect();
    let elapsed_ns = latencies_ns.iter().sum();
    Slice { bytes: 1_000_000 * latencies_ns.len() as u64, latencies_ns, elapsed_ns }
}

fn factor(rng: &mut Rng, shape: Shape) -> f64 {
    match shape {
        Shape::Lognormal(sigma) => (sigma * normal(rng)).exp(),
        Shape::HeavyTail(sigma) => {
            let tail = if rng.unit() < 0.03 { 1.0 / (1.0 - rng.unit()).max(1e-3) } else { 1.0 };
            (sigma * normal(rng)).exp() * tail
        }
        Shape::TwoHumps => {
            let hump = if rng.unit() < 0.6 { 1.0 } else { 1.8 };
            hump * (0.08 * normal(rng)).exp()
        }
    }
}

/// The next value of a first-order autoregression with standard deviation `spread`.
fn step(rng: &mut Rng, last: f64, rho: f64, spread: f64) -> f64 {
    rho * last + spread * (1.0 - rho * rho).sqrt() * normal(rng)
}

/// A standard normal variable (Box & Muller 1958).
pub fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.unit()).ln()).sqrt() * (TAU * rng.unit()).cos()
}
