//! A variant on its way through a run: its workers as long as they run, and what was measured.

use std::time::Duration;

use super::culprit::{culprit, left_alone};
use super::gathered::Gathered;
use super::job::{Contender, Job, Outcome};
use super::judge::Answers;
use super::observer::{Observer, TurnReport};
use super::subject::Subject;
use crate::error::{Error, Result};
use crate::worker::{Group, GroupSpec, Role, SliceReport, Step};
use crate::workload::{Plan, Side};

/// A variant of a run.
pub(super) struct Turn<'j> {
    pub contender: &'j Contender,
    /// Where its workers run, or why they cannot.
    subject: Result<Subject<'j>>,
    pub label: String,
    pub gathered: Gathered,
    index: usize,
    state: State,
}

/// Where a variant is.
enum State {
    /// Between two starts of its processes.
    Resting,
    Running(Box<Group>),
    Failed(Error),
}

impl<'j> Turn<'j> {
    pub fn new(job: &'j Job, index: usize, contender: &'j Contender) -> Self {
        let (label, gathered) = (contender.variant.label(), Gathered::new());
        let subject = Subject::look(job, contender);
        Self { contender, subject, label, gathered, index, state: State::Resting }
    }

    /// Whether it has not failed.
    pub fn is_well(&self) -> bool {
        self.subject.is_ok() && !matches!(self.state, State::Failed(_))
    }

    /// Starts its processes, and verifies a first request.
    pub fn start(&mut self, job: &Job, plan: &Plan, observer: &mut dyn Observer) {
        let (Ok(subject), true) = (&self.subject, self.is_well()) else { return };
        observer.step(&self.label, Step::Start);
        let Contender { variant, nixl, .. } = self.contender;
        let (initiators, targets) = subject.starts();
        let spec = GroupSpec {
            binary: &job.binary,
            backend: variant.backend,
            name: format!("v{}", self.index),
            initiators,
            targets,
            workload: &job.workload,
            nixl,
            deadline: job.deadline,
        };
        let started = Group::start(&spec, plan).and_then(|mut group| {
            observer.step(&self.label, Step::Verify);
            let (checked, first) = group.verify(prefill_role(job), self.seed())?;
            group.setup.first_transfer = first.delivered_ns;
            self.gathered.verified_bytes += checked;
            Ok(group)
        });
        self.state = match started {
            Ok(mut group) => {
                group.delay_ns = self.gathered.delay_ns;
                self.gathered.setups.push(group.setup);
                self.gathered.echoes_ns.append(&mut group.echoes_ns);
                State::Running(Box::new(group))
            }
            Err(error) => State::Failed(error),
        };
        self.tell_failure(observer);
    }

    /// Tells if it cannot run at all.
    pub fn tell_refusal(&self, observer: &mut dyn Observer) {
        if let Err(error) = &self.subject {
            observer.failed(self.index, error);
        }
    }

    /// Tells if it has just failed.
    fn tell_failure(&self, observer: &mut dyn Observer) {
        if let State::Failed(error) = &self.state {
            observer.failed(self.index, error);
        }
    }

    /// Takes a turn of `budget`, if it is running.
    pub fn slice(
        &mut self,
        step: Step,
        budget: Duration,
        observer: &mut dyn Observer,
    ) -> Option<Vec<SliceReport>> {
        let State::Running(group) = &mut self.state else { return None };
        match group.slice(step, budget) {
            Ok(reports) => Some(reports),
            Err(error) => {
                self.state = State::Failed(error);
                self.tell_failure(observer);
                None
            }
        }
    }

    /// Takes a turn of `budget`, and keeps what was measured.
    pub fn measure(&mut self, plan: &Plan, budget: Duration, observer: &mut dyn Observer) {
        let reports = self.slice(Step::Measure, budget, observer);
        if let (Some(reports), State::Running(group)) = (reports, &self.state) {
            if let Some(leader) = reports.first() {
                observer.turn(&TurnReport {
                    variant: self.index,
                    samples: &leader.samples,
                    payload_bytes: plan.bytes() * leader.samples.len() as u64,
                    elapsed_ns: leader.elapsed_ns,
                    nic_bytes: &leader.nic_bytes,
                });
            }
            self.gathered.record(group, plan, reports);
        }
    }

    /// From now on, deliveries count so much later than they are.
    pub fn delay(&mut self, delay_ns: u64) {
        self.gathered.delay_ns = delay_ns;
        if let State::Running(group) = &mut self.state {
            group.delay_ns = delay_ns;
        }
    }

    /// Verifies a last request, and ends its processes.
    pub fn end(&mut self, job: &Job, observer: &mut dyn Observer) {
        if !matches!(self.state, State::Running(_)) {
            return;
        }
        observer.step(&self.label, Step::Report);
        let seed = self.seed() + 1;
        let State::Running(mut group) = std::mem::replace(&mut self.state, State::Resting) else {
            return;
        };
        let ended = group.verify(prefill_role(job), seed).and_then(|(checked, _)| {
            self.gathered.verified_bytes += checked;
            self.gathered.end(&mut group)
        });
        if let Err(error) = ended {
            self.state = State::Failed(error);
            self.tell_failure(observer);
        }
    }

    /// What became of it, with the NICs that are to blame.
    pub fn outcome(self, job: &Job, answers: Answers) -> (Option<Subject<'j>>, Outcome) {
        let Self { gathered, state, .. } = self;
        let subject = match self.subject {
            Ok(subject) => subject,
            Err(error) => return (None, Outcome::Failed(error)),
        };
        let outcome = match state {
            State::Failed(Error::Worker(mut error)) => {
                error.restart = gathered.restarts.len() as u32;
                error.findings.extend(culprit(job, &subject, &error));
                Outcome::Failed(Error::Worker(error))
            }
            State::Failed(error) => Outcome::Failed(error),
            State::Resting | State::Running(_) => {
                let mut measured =
                    gathered.into_measured(&subject.places, job.workload.op, answers);
                let left_alone = left_alone(job, &subject, &measured.observed);
                measured.observed.findings.extend(left_alone);
                Outcome::Measured(Box::new(measured))
            }
        };
        (Some(subject), outcome)
    }

    /// Of the pattern: of its own for each request that is checked.
    fn seed(&self) -> u64 {
        (self.index as u64 + 1) << 32 | (2 * self.gathered.restarts.len() as u64)
    }
}

fn prefill_role(job: &Job) -> Role {
    match job.workload.op.initiator() {
        Side::Prefill => Role::Initiator,
        Side::Decode => Role::Target,
    }
}
