use super::*;
use crate::stats::Interval;
use crate::tune::Candidate;
use crate::variant::{BackendName, Rails};

/// Judges by a latency that a test makes up; a round takes what it is given, and a share for starts.
struct Fake<F> {
    latency: F,
    elapsed: Duration,
    measured: Vec<(Variant, Vec<Variant>)>,
}

impl<F: FnMut(&Variant) -> f64> Fake<F> {
    fn new(latency: F) -> Self {
        Self { latency, elapsed: Duration::ZERO, measured: Vec::new() }
    }
}

impl<F: FnMut(&Variant) -> f64> Measurer for Fake<F> {
    fn measure(
        &mut self,
        base: &Variant,
        others: &[Variant],
        time: Duration,
    ) -> Result<Vec<Answer>> {
        self.elapsed += time.div_f64(MEASURING.0);
        self.measured.push((base.clone(), others.to_vec()));
        let reference = (self.latency)(base);
        let answers = others.iter().map(|other| {
            let value = (self.latency)(other) / reference;
            judged(Interval { value, low: value * 0.97, high: value * 1.03, confidence: 0.95 })
        });
        Ok(answers.collect())
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

fn judged(ratio: Interval) -> Answer {
    let by = (ratio.value - 1.0).abs();
    if !ratio.value.is_finite() {
        return Answer::Failed("the worker died".to_owned());
    }
    Answer::Judged(match ratio {
        _ if ratio.high < 1.0 => Verdict::Faster { by, ratio },
        _ if ratio.low > 1.0 => Verdict::Slower { by, ratio },
        _ => Verdict::NoDifference { beyond: 0.02, ratio },
    })
}

const ZERO_COPY: &[Candidate] = &[
    Candidate::Env(&[("UCX_ZCOPY_THRESH", "1k")]),
    Candidate::Env(&[("UCX_ZCOPY_THRESH", "16k")]),
    Candidate::Env(&[("UCX_ZCOPY_THRESH", "64k")]),
    Candidate::Env(&[("UCX_ZCOPY_THRESH", "256k")]),
];
const THREADS: &[Candidate] =
    &[Candidate::Params(&[("num_threads", "2")]), Candidate::Params(&[("num_threads", "4")])];

fn grid() -> Vec<Setting> {
    let rails = [1, 2, 4, 8].map(|count| Candidate::Rails(Rails::Count(count)));
    vec![
        Setting { name: "zero copy", candidates: ZERO_COPY.to_vec() },
        Setting { name: "rails", candidates: rails.to_vec() },
        Setting { name: "posting threads", candidates: THREADS.to_vec() },
    ]
}

/// Four rails, 64k, and two threads are best, each by itself and all together.
fn smooth(variant: &Variant) -> f64 {
    let rails = match variant.rails {
        Rails::Count(4) => 0.5,
        Rails::Count(8) => 0.6,
        _ => 1.0,
    };
    let zero_copy = match variant.env.get("UCX_ZCOPY_THRESH").map(String::as_str) {
        Some("64k") => 0.8,
        Some("256k") => 0.9,
        _ => 1.0,
    };
    let threads =
        if variant.params.get("num_threads").is_some_and(|n| n == "2") { 0.7 } else { 1.1 };
    1e6 * rails * zero_copy * threads
}

const BUDGET: Duration = Duration::from_secs(120);

fn base() -> Variant {
    Variant::new(BackendName::Ucx)
}

#[test]
fn the_best_of_a_grid_is_found_in_fewer_trials_than_the_grid_has() {
    let mut fake = Fake::new(smooth);
    let tuned = search(&base(), &grid(), BUDGET, &mut fake).unwrap();
    assert_eq!(tuned.best.label(), "UCX rails=4 UCX_ZCOPY_THRESH=64k num_threads=2");
    let points: usize = grid().iter().map(|setting| setting.candidates.len() + 1).product();
    assert!(tuned.trials.len() * 2 < points, "{} of {points}", tuned.trials.len());
    assert!(tuned.untried.is_empty());
    let (variant, answer) = tuned.last_round.unwrap();
    assert_eq!(variant, tuned.best);
    let Answer::Judged(Verdict::Faster { by, .. }) = answer else { panic!("{answer:?}") };
    assert!((by - (1.0 - 0.5 * 0.8 * 0.7 / 1.1)).abs() < 1e-9, "the gain is that on the base");
}

#[test]
fn the_last_round_is_the_best_against_the_base_alone() {
    let mut fake = Fake::new(smooth);
    let tuned = search(&base(), &grid(), BUDGET, &mut fake).unwrap();
    assert_eq!(fake.measured.last(), Some(&(base(), vec![tuned.best])));
    assert!(fake.measured.iter().all(|(_, others)| others.len() <= CHALLENGERS));
    assert!(fake.elapsed <= BUDGET, "{:?}", fake.elapsed);
}

#[test]
fn no_variant_is_measured_twice_against_the_best() {
    let mut fake = Fake::new(smooth);
    search(&base(), &grid(), BUDGET, &mut fake).unwrap();
    let rounds = &fake.measured[..fake.measured.len() - 1];
    let tried: Vec<_> = rounds.iter().flat_map(|(_, others)| others).collect();
    let twice = |one: &&&Variant| tried.iter().filter(|other| *other == *one).count() > 1;
    assert_eq!(tried.iter().find(twice), None);
}

#[test]
fn defaults_stay_where_there_is_only_noise() {
    let mut noise = [1.0, 1.01, 0.99, 1.005, 0.995].into_iter().cycle();
    let mut fake = Fake::new(|_: &Variant| noise.next().unwrap());
    let tuned = search(&base(), &grid(), BUDGET, &mut fake).unwrap();
    assert_eq!((tuned.best, tuned.last_round), (base(), None));
    assert_eq!(tuned.trials.len(), 4 + 4 + 2, "each value once");
}

#[test]
fn what_the_last_round_does_not_confirm_is_not_best() {
    let mut calls = 0;
    let mut fake = Fake::new(|variant: &Variant| {
        calls += 1;
        let lucky = calls < 5 && variant.env.contains_key("UCX_ZCOPY_THRESH");
        if lucky { 0.9 } else { 1.0 }
    });
    let tuned = search(&base(), &grid()[..1], BUDGET, &mut fake).unwrap();
    let (seemed, answer) = tuned.last_round.unwrap();
    assert_eq!(seemed.env["UCX_ZCOPY_THRESH"], "1k");
    assert!(matches!(answer, Answer::Judged(Verdict::NoDifference { .. })), "{answer:?}");
    assert_eq!(tuned.best, base());
}

#[test]
fn a_setting_that_depends_on_another_is_found_in_a_second_pass() {
    // Zero copy pays with four rails only, and has its turn before them.
    let latency = |variant: &Variant| {
        let four = variant.rails == Rails::Count(4);
        let copies = variant.env.get("UCX_ZCOPY_THRESH").is_none_or(|size| size != "1k");
        match (four, copies) {
            (true, false) => 0.4,
            (true, true) => 0.5,
            (false, _) => 1.0,
        }
    };
    /// Rounds end long before their time.
    struct Quick<F>(Fake<F>);
    impl<F: FnMut(&Variant) -> f64> Measurer for Quick<F> {
        fn measure(
            &mut self,
            base: &Variant,
            others: &[Variant],
            time: Duration,
        ) -> Result<Vec<Answer>> {
            self.0.measure(base, others, time / 20)
        }
        fn elapsed(&self) -> Duration {
            self.0.elapsed()
        }
    }
    let mut quick = Quick(Fake::new(latency));
    let tuned = search(&base(), &grid()[..2], BUDGET, &mut quick).unwrap();
    assert_eq!(tuned.best.label(), "UCX rails=4 UCX_ZCOPY_THRESH=1k");
}

#[test]
fn what_fails_is_told_and_not_chosen() {
    let mut fake = Fake::new(
        |variant: &Variant| {
            if variant.rails == Rails::Count(8) { f64::NAN } else { 1.0 }
        },
    );
    let tuned = search(&base(), &grid(), BUDGET, &mut fake).unwrap();
    let failed: Vec<_> =
        tuned.trials.iter().filter(|trial| matches!(trial.answer, Answer::Failed(_))).collect();
    assert_eq!((failed.len(), &*failed[0].value), (1, "rails=8"));
    assert_eq!(tuned.best, base());
}

#[test]
fn what_there_was_no_time_for_is_told() {
    struct Slow(Duration);
    impl Measurer for Slow {
        fn measure(&mut self, _: &Variant, others: &[Variant], _: Duration) -> Result<Vec<Answer>> {
            self.0 += BUDGET;
            let same = Interval { value: 1.0, low: 0.99, high: 1.01, confidence: 0.95 };
            Ok(others.iter().map(|_| judged(same)).collect())
        }
        fn elapsed(&self) -> Duration {
            self.0
        }
    }
    let tuned = search(&base(), &grid(), BUDGET, &mut Slow(Duration::ZERO)).unwrap();
    let untried: Vec<_> = tuned.untried.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(tuned.trials.len(), CHALLENGERS);
    let rest = ["rails=1", "rails=2", "rails=4", "rails=8", "num_threads=2", "num_threads=4"];
    assert_eq!(untried, [&["UCX_ZCOPY_THRESH=256k"], &rest[..]].concat());
}

#[test]
fn starting_counts_against_measuring() {
    let share = Duration::from_secs(10);
    let seconds = |overhead| measuring(share, Duration::from_secs(overhead)).as_secs();
    assert_eq!([0, 4, 5, 9, 30].map(seconds), [6, 6, 5, 2, 2]);
}
