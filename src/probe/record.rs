//! Runs the steps of one session under their deadlines, and notes what came of each.

use std::{future::Future, time::Instant};

use super::{
    clock::{Clock, Limit, elapsed_ms},
    codes::Severity,
    report::{Finding, Findings, Step, StepOutcome},
};

/// Why a step, or a session, failed.
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
    /// The first thing in this session that an official client rejects.
    first_error: Option<Stop>,
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
            first_error: None,
        }
    }

    pub fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    pub fn first_error(&self) -> Option<&Stop> {
        self.first_error.as_ref()
    }

    pub fn find(&mut self, finding: Finding) {
        self.findings.add(finding);
    }

    /// Add what was found in `step`: an error fails it, and the session with it.
    pub fn find_in(&mut self, step: &'static str, finding: Finding) {
        if finding.severity == Severity::Error {
            self.entry(step).outcome = StepOutcome::Failed;
            self.first_error
                .get_or_insert_with(|| Stop::new(step, finding.message.clone()));
        }
        self.findings.add(finding);
    }

    /// Whether this step failed.
    pub fn has_failed(&mut self, step: &'static str) -> bool {
        self.entry(step).outcome == StepOutcome::Failed
    }

    /// Go on after a step that failed: it is an error of its own.
    pub fn settle<T>(&mut self, step: &'static str, result: Result<T, Stop>) -> Option<T> {
        result
            .inspect_err(|stop| {
                let finding = Finding::new("request-failed", &stop.stage, &stop.reason);
                self.first_error.get_or_insert_with(|| stop.clone());
                self.find_in(step, finding);
            })
            .ok()
    }

    /// Something that bounds its own time and never fails by itself: what came of it is for the caller to say.
    pub async fn observe<T>(
        &mut self,
        name: &'static str,
        stage: &str,
        work: impl Future<Output = T>,
    ) -> T {
        (self.progress)(&format!("{}: {stage}", self.label));
        let start = Instant::now();
        let result = Box::pin(work).await;
        self.took(name, start);
        let step = self.entry(name);
        if step.outcome == StepOutcome::Skipped {
            step.outcome = StepOutcome::Passed;
        }
        result
    }

    fn took(&mut self, name: &'static str, start: Instant) {
        let step = self.entry(name);
        step.duration_ms = ((step.duration_ms + elapsed_ms(start)) * 100.0).round() / 100.0;
    }

    pub fn findings(&mut self) -> &mut Findings {
        self.findings
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
        let result = limit.run(Box::pin(work)).await.and_then(|result| result);
        self.took(name, start);
        let step = self.entry(name);
        match result {
            Ok(done) => {
                // What failed once stays failed.
                if step.outcome != StepOutcome::Failed {
                    step.outcome = StepOutcome::Passed;
                }
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
