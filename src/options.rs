//! From arguments to typed values.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use kvbench::error::{Error, Result};
use kvbench::measure::Injected;
use kvbench::spec::{EmulationSpec, Spec, Word};
use kvbench::stats::StoppingRule;
use kvbench::variant::{BackendName, Medium, Requirements};

use crate::cli::{EmulateArgs, MeasuringArgs, ModelArgs, RequireArgs, RunArgs, TransferArgs, When};

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

/// A number above 0.
pub fn positive(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| format!("{text:?} is no number above 0"))
}

/// Milliseconds, up to an hour.
pub fn milliseconds(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse().ok().filter(|ms: &f64| (0.0..=3.6e6).contains(ms));
    number.ok_or_else(|| format!("{text:?} is no time in milliseconds: give 4.2, 0, …"))
}

/// `KEY=VALUE`.
pub fn pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?}: give KEY=VALUE")),
    }
}

impl When {
    /// Yes, no, or whatever the run decides.
    pub fn decision(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::Always => Some(true),
            Self::Never => Some(false),
        }
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

impl TransferArgs {
    /// The part of a cell that they say.
    pub fn spec(&self) -> Spec {
        Spec {
            op: Some(self.op),
            block_size: self.block_size.map(Word),
            batch: self.batch,
            huge_pages: Some(self.huge_pages),
            netns: self.netns.clone().map(Word),
            poll: Some(self.poll),
            in_flight: Some(self.in_flight),
            merge: Some(!self.no_merge),
            ucx_tls: self.ucx_tls.clone(),
            ..self.model.spec()
        }
    }
}

impl RunArgs {
    /// The cells of a run: each backend with each number of rails, on one workload.
    pub fn specs(&self) -> Result<Vec<Spec>> {
        let backends = self.emulate.backends(&self.backend);
        let ucx_tls = &self.transfer.ucx_tls;
        if ucx_tls.is_some() && !backends.iter().any(|one| one.medium() == Medium::Ucx) {
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
                    targets: self.targets,
                    ucx_tls: ucx_tls.clone().filter(|_| backend.medium() == Medium::Ucx),
                    env: self.env.iter().cloned().collect(),
                    params: self.param.iter().filter(|_| backend.is_nixl()).cloned().collect(),
                    ..self.transfer.spec()
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
        let alone = specs.len() == 1
            && self.json.is_none()
            && self.emulate.emulate_efa.is_none()
            && self.peer.peer.is_none();
        let wanted = self.ceiling.decision().unwrap_or(alone);
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
}

impl EmulateArgs {
    /// What they ask for.
    pub fn spec(&self) -> EmulationSpec {
        EmulationSpec {
            emulate_efa: self.emulate_efa,
            pace: self.pace.map(Word),
            slow_nic: self.slow_nic.clone().map(Word),
            fail_nic: self.fail_nic.clone(),
            memlock: self.memlock.map(Word),
        }
    }

    /// The backend named, or by default the one that sees the NICs, else UCX.
    pub fn backend(&self, named: Option<BackendName>) -> BackendName {
        let default = match self.emulate_efa {
            Some(_) => BackendName::Libfabric,
            None => BackendName::Ucx,
        };
        named.unwrap_or(default)
    }

    /// The backends named, or by default all that see the NICs.
    pub fn backends(&self, named: &[BackendName]) -> Vec<BackendName> {
        match (named, self.emulate_efa) {
            ([], Some(_)) => vec![BackendName::Libfabric],
            ([], None) => BackendName::NIXL.to_vec(),
            (named, _) => named.to_vec(),
        }
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
    fn shares() {
        assert_eq!(share("2%"), Ok(0.02));
        assert_eq!(share("0.5"), Ok(0.5));
        assert!(share("0").is_err() && share("100%").is_err() && share("nan").is_err());
        assert_eq!(scale("1"), Ok(1.0));
        assert_eq!(scale("0.1"), Ok(0.1));
        assert!(scale("2").is_err());
    }

    #[test]
    fn compute_times() {
        assert_eq!((milliseconds("4.2"), milliseconds("0")), (Ok(4.2), Ok(0.0)));
        assert!(["-1", "nan", "inf", "4ms", "1e9"].iter().all(|text| milliseconds(text).is_err()));
        assert_eq!(positive("3e5"), Ok(3e5));
        assert!(["0", "-1", "nan", "inf", "x"].iter().all(|text| positive(text).is_err()));
    }

    #[test]
    fn delays() {
        let delay = |text: &str| text.parse::<Delay>().ok().map(|delay| delay.0);
        assert_eq!(delay("5%"), Some(Injected::Share(0.05)));
        assert_eq!(delay("1ms"), Some(Injected::Delay(Duration::from_millis(1))));
        assert_eq!(delay("-1ms"), None);
    }
}
