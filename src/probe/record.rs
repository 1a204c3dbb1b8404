//! Runs the steps of one session under their deadlines, and notes what came of each.

use std::{future::Future, time::Instant};

use super::{
    clock::{Clock, Limit, elapsed_ms},
    report::{Finding, Findings, Step, StepOutcome},
};

/// Why a session ends early.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    pub stage: String,
    pub reason: String,
}

impl Stop {
    pub fn new(stage: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            stage: stage.into(),
            reason: reason.into(),
        }
    }
}

/// What a step gives, and what the report says about it.
#[derive(Debug)]
pub(super) struct Done<T> {
    pub value: T,
    pub detail: String,
}

impl<T> Done<T> {
    pub fn new(value: T, detail: impl Into<String>) -> Self {
        Self {
            value,
            detail: detail.into(),
        }
    }
}

pub(super) struct Recorder<'a> {
    pub clock: Clock,
    progress: &'a dyn Fn(&str),
    /// `stdio, discover`, before each step's name.
    label: String,
    steps: Vec<Step>,
    findings: &'a mut Findings,
}

impl<'a> Recorder<'a> {
    pub fn new(
        clock: Clock,
        progress: &'a dyn Fn(&str),
        label: String,
        findings: &'a mut Findings,
    ) -> Self {
        Self {
            clock,
            progress,
            label,
            steps: Vec::new(),
            findings,
        }
    }

    pub fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    pub fn find(&mut self, finding: Finding) {
        self.findings.add(finding);
    }

    pub fn findings(&mut self) -> &mut Findings {
        self.findings
    }

    /// One request.
    pub async fn step<T>(
        &mut self,
        name: &'static str,
        work: impl Future<Output = Result<Done<T>, String>>,
    ) -> Result<T, Stop> {
        let limit = self.clock.step();
        self.within(limit, name, name, work).await
    }

    /// One request about `subject`; repeated requests of one name are one step of the report.
    pub async fn step_on<T>(
        &mut self,
        name: &'static str,
        subject: &str,
        work: impl Future<Output = Result<Done<T>, String>>,
    ) -> Result<T, Stop> {
        let limit = self.clock.step();
        self.within(limit, name, &format!("{name}, {subject}"), work)
            .await
    }

    /// Anything with a limit of its own.
    pub async fn within<T>(
        &mut self,
        limit: Limit,
        name: &'static str,
        stage: &str,
        work: impl Future<Output = Result<Done<T>, String>>,
    ) -> Result<T, Stop> {
        (self.progress)(&format!("{}: {stage}", self.label));
        let start = Instant::now();
        let result = limit.run(Box::pin(work)).await;
        let step = self.entry(name);
        step.duration_ms = ((step.duration_ms + elapsed_ms(start)) * 100.0).round() / 100.0;
        match result {
            Ok(done) => {
                step.outcome = StepOutcome::Passed;
                append(&mut step.detail, &done.detail);
                Ok(done.value)
            }
            Err(reason) => {
                step.outcome = StepOutcome::Failed;
                append(&mut step.detail, &reason);
                Err(Stop::new(stage, reason))
            }
        }
    }

    /// Say that (a part of) a step was not tried.
    pub fn skip(&mut self, name: &'static str, reason: &str) {
        append(&mut self.entry(name).detail, reason);
    }

    /// Say more about a step that was tried.
    pub fn add_detail(&mut self, name: &'static str, detail: &str) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.name == name) {
            append(&mut step.detail, detail);
        }
    }

    /// A step turned out to be impossible.
    pub fn mark_skipped(&mut self, name: &'static str) {
        self.entry(name).outcome = StepOutcome::Skipped;
    }

    fn entry(&mut self, name: &'static str) -> &mut Step {
        let index = self
            .steps
            .iter()
            .position(|step| step.name == name)
            .unwrap_or_else(|| {
                let outcome = StepOutcome::Skipped;
                self.steps.push(Step {
                    name,
                    outcome,
                    detail: String::new(),
                    duration_ms: 0.0,
                });
                self.steps.len() - 1
            });
        &mut self.steps[index]
    }
}

fn append(detail: &mut String, more: &str) {
    if !more.is_empty() {
        if !detail.is_empty() {
            detail.push_str("; ");
        }
        detail.push_str(more);
    }
}
