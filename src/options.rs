//! From arguments to typed values.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use kvbench::emulate::{Emulation, Slow};
use kvbench::error::{Error, Result};
use kvbench::measure::Injected;
use kvbench::spec::{Spec, Word};
use kvbench::stats::StoppingRule;
use kvbench::variant::{BackendName, Medium, Requirements};

use crate::cli::{EmulateArgs, MeasuringArgs, ModelArgs, RequireArgs, RunArgs};

/// The turn of a variant, unless the run is short.
const SLICE: Duration = Duration::from_millis(250);

/// Turns that a variant gets at least, where requests are short enough.
const TURNS: u32 = 100;

/// A positive length of time: `10s`, `250ms`, `1m30s`, or a number of seconds.
#[derive(Clone, Copy)]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let seconds = text.parse::<f64>().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
        let friendly = || text.parse::<jiff::SignedDuration>().ok()?.try_into().ok();
        match seconds.or_else(friendly) {
            Some(span) if span > Duration::ZERO && span < Duration::from_secs(1 << 32) => {
                Ok(Self(span))
            }
            _ => Err(format!("{text:?} is no length of time: give 10s, 250ms, 2m, …")),
        }
    }
}

/// Whether ceilings are measured along.
#[derive(Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Ceiling {
    /// Where there is one variant, and no record of it is written.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// A slowdown: `1ms`, `5%`.
#[derive(Clone, Copy)]
pub struct Delay(pub Injected);

impl FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text.ends_with('%') {
            return share(text).map(|share| Self(Injected::Share(share)));
        }
        text.parse::<Span>().map(|span| Self(Injected::Delay(span.0)))
    }
}

/// A rate in bits per second: `0.5Gbps`, `500Mbps`, `1e9`.
#[derive(Clone, Copy, Debug)]
pub struct Rate(pub f64);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let units = [("gbps", 1e9), ("mbps", 1e6), ("kbps", 1e3), ("bps", 1.0), ("", 1.0)];
        let (number, unit) = units
            .into_iter()
            .find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?, factor)))
            .unwrap_or((&lower, 1.0));
        match number.trim().parse::<f64>().map(|number| number * unit) {
            Ok(rate) if (1.0..=1e12).contains(&rate) => Ok(Self(rate)),
            _ => Err(format!("{text:?} is no rate: give 0.5Gbps, 500Mbps, …")),
        }
    }
}

/// A slow NIC: `rdmap79s0/4`.
#[derive(Clone, Debug)]
pub struct SlowNic(pub String, pub f64);

impl FromStr for SlowNic {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let times = |times: &str| times.parse().ok().filter(|times| *times >= 1.0);
        text.split_once('/')
            .and_then(|(nic, slower)| Some(Self(nic.to_owned(), times(slower)?)))
            .ok_or_else(|| format!("{text:?}: give the NIC and how many times slower: rdmap79s0/4"))
    }
}

/// A share above 0 and below 1: `2%`, `0.02`.
pub fn share(text: &str) -> std::result::Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let value = match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(text),
    };
    value
        .filter(|value| *value > 0.0 && *value < 1.0)
        .ok_or_else(|| format!("{text:?} is no share between 0 and 1: give 2%, 0.02, …"))
}

/// A share up to 1.
pub fn scale(text: &str) -> std::result::Result<f64, String> {
    if text == "1" || text == "100%" { Ok(1.0) } else { share(text) }
}

/// `KEY=VALUE`.
pub fn pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?}: give KEY=VALUE")),
    }
}

impl ModelArgs {
    /// The model and its shape.
    pub fn spec(&self) -> Spec {
        Spec {
            model: self.model.clone(),
            isl: self.isl,
            block_tokens: self.block_tokens,
            tp: self.tp.map(Word),
            layout: self.layout,
            kv_dtype: self.kv_dtype,
            block_table: self.block_table.map(Word),
            ..Spec::default()
        }
    }
}

impl RunArgs {
    /// The cells of a run: each backend with each number of rails, on one workload.
    pub fn specs(&self) -> Result<Vec<Spec>> {
        let backends = self.backends();
        if self.emulate.emulate_efa.is_some()
            && backends.iter().any(|one| one.medium() == Medium::Ucx)
        {
            let message = "--emulate-efa emulates NICs for LIBFABRIC, and UCX does not see them: \
                           give --backend libfabric";
            return Err(Error::Usage(message.to_owned()));
        }
        if self.ucx_tls.is_some() && !backends.iter().any(|one| one.medium() == Medium::Ucx) {
            let message = "--ucx-tls is for UCX, which is not among --backend";
            return Err(Error::Usage(message.to_owned()));
        }
        let mut specs = Vec::new();
        for backend in backends {
            let pairs = self.rails.iter().flat_map(|rails| {
                self.enumerate.0.iter().map(move |enumerate| (*rails, enumerate))
            });
            for (rails, enumerate) in pairs {
                let spec = Spec {
                    backend: Some(Word(backend)),
                    rails: Some(rails),
                    enumerate: Some(enumerate.clone()),
                    op: Some(self.op),
                    block_size: self.block_size.map(Word),
                    batch: self.batch,
                    huge_pages: Some(self.huge_pages),
                    ucx_tls: self.ucx_tls.clone().filter(|_| backend.medium() == Medium::Ucx),
                    env: self.env.iter().cloned().collect(),
                    params: self.param.iter().filter(|_| backend.is_nixl()).cloned().collect(),
                    ..self.model.spec()
                };
                if !specs.contains(&spec) {
                    specs.push(spec);
                }
            }
        }
        Ok(specs)
    }

    /// The ceilings to measure beside `specs`: the raw transport of each, and one memcpy.
    pub fn ceilings(&self, specs: &[Spec]) -> Vec<Spec> {
        let backend = |spec: &Spec| spec.backend.map_or(BackendName::Ucx, |word| word.0);
        let nixl: Vec<&Spec> = specs.iter().filter(|spec| backend(spec).is_nixl()).collect();
        let alone = specs.len() == 1 && self.json.is_none() && self.emulate.emulate_efa.is_none();
        let wanted = match self.ceiling {
            Ceiling::Auto => alone,
            Ceiling::On => true,
            Ceiling::Off => false,
        };
        if nixl.is_empty() || !wanted || self.control.is_some() {
            return Vec::new();
        }
        let raw = nixl.iter().filter_map(|spec| {
            let backend = Some(Word(backend(spec).raw()?));
            Some(Spec { backend, params: BTreeMap::new(), ..(*spec).clone() })
        });
        let memcpy = Spec {
            backend: Some(Word(BackendName::Memcpy)),
            rails: None,
            enumerate: None,
            ucx_tls: None,
            env: BTreeMap::new(),
            params: BTreeMap::new(),
            ..nixl[0].clone()
        };
        let mut ceilings: Vec<Spec> = Vec::new();
        for ceiling in raw.chain([memcpy]) {
            if !specs.contains(&ceiling) && !ceilings.contains(&ceiling) {
                ceilings.push(ceiling);
            }
        }
        ceilings
    }

    fn backends(&self) -> Vec<BackendName> {
        match (&self.backend[..], self.emulate.emulate_efa) {
            ([], Some(_)) => vec![BackendName::Libfabric],
            ([], None) => BackendName::NIXL.to_vec(),
            (given, _) => given.to_vec(),
        }
    }
}

impl EmulateArgs {
    /// The machine to emulate, if one is asked for.
    pub fn emulation(&self) -> Option<Emulation> {
        let slow = self.slow_nic.clone().map(|SlowNic(nic, times)| Slow { nic, times });
        Some(Emulation {
            pace_bits_per_s: self.pace.map(|rate| rate.0),
            slow,
            fail: self.fail_nic.clone(),
            memlock_bytes: self.memlock.map(|size| size.0),
            ..Emulation::new(self.emulate_efa?)
        })
    }
}

impl RequireArgs {
    /// What is required.
    pub fn requirements(&self) -> Requirements {
        let (nic, rails, rdma) = (self.require_nic, self.require_rails, self.require_rdma);
        Requirements { nic, rails, rdma }
    }
}

impl MeasuringArgs {
    /// When enough is measured.
    pub fn stopping_rule(&self) -> StoppingRule {
        let max_time = self.duration.unwrap_or(self.max_time).0;
        StoppingRule { precision: self.precision, max_time, ..StoppingRule::default() }
    }

    /// The turn of one of `variants`.
    pub fn slice(&self, variants: usize) -> Duration {
        let turns = TURNS * variants.max(1) as u32;
        let fitting = self.stopping_rule().max_time / turns;
        let default = SLICE.min(fitting).max(Duration::from_millis(10));
        self.slice.map_or(default, |slice| slice.0.min(Duration::from_secs(60)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (text, ms) in [("10s", 10_000), ("250ms", 250), ("1m30s", 90_000), ("2", 2_000)] {
            assert_eq!(text.parse::<Span>().ok().unwrap().0.as_millis(), ms, "{text}");
        }
        for text in ["", "0", "-1s", "0s", "x", "1e99", "nan"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn rates() {
        let rate = |text: &str| text.parse::<Rate>().ok().map(|rate| rate.0);
        assert_eq!(rate("0.5Gbps"), Some(5e8));
        assert_eq!((rate("500 Mbps"), rate("1e9")), (Some(5e8), Some(1e9)));
        assert_eq!((rate("0"), rate("fast"), rate("-1Gbps")), (None, None, None));
        assert_eq!("rdmap79s0/4".parse::<SlowNic>().unwrap().1, 4.0);
        "rdmap79s0/0.5".parse::<SlowNic>().unwrap_err();
    }

    #[test]
    fn shares() {
        assert_eq!(share("2%"), Ok(0.02));
        assert_eq!(share("0.5"), Ok(0.5));
        assert!(share("0").is_err() && share("100%").is_err() && share("nan").is_err());
        assert_eq!(scale("1"), Ok(1.0));
        assert_eq!(scale("0.1"), Ok(0.1));
        assert!(scale("2").is_err());
    }

    #[test]
    fn delays() {
        let delay = |text: &str| text.parse::<Delay>().ok().map(|delay| delay.0);
        assert_eq!(delay("5%"), Some(Injected::Share(0.05)));
        assert_eq!(delay("1ms"), Some(Injected::Delay(Duration::from_millis(1))));
        assert_eq!(delay("-1ms"), None);
    }
}
