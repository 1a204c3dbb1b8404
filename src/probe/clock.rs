//! Deadlines: one for the whole run, and one for each step inside it.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use super::target::Options;

#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    end: Instant,
    total: Duration,
    step: Duration,
    open: Duration,
}

impl Clock {
    pub fn start(options: &Options) -> Self {
        Self {
            end: Instant::now() + options.timeout,
            total: options.timeout,
            step: options.step,
            open: options.open,
        }
    }

    pub fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// The same, but opening may take no longer than this.
    #[must_use]
    pub fn opening_within(self, open: Duration) -> Self {
        let open = open.min(self.open);
        Self { open, ..self }
    }

    /// For one request.
    pub fn step(&self) -> Limit {
        self.limit(self.step)
    }

    /// For a request that the server need not answer.
    pub fn probing(&self) -> Limit {
        self.limit(self.step.min(Duration::from_secs(2)))
    }

    /// For starting a process and opening a session.
    pub fn opening(&self) -> Limit {
        self.limit(self.open)
    }

    /// For a process that was asked to end.
    pub fn ending(&self) -> Limit {
        self.limit(self.step / 2)
    }

    fn limit(&self, wanted: Duration) -> Limit {
        let left = self.end.saturating_duration_since(Instant::now());
        let said = if left < wanted {
            format!(
                "before the time limit of {} for everything",
                seconds(self.total)
            )
        } else {
            format!("within {}", seconds(wanted))
        };
        Limit {
            duration: left.min(wanted),
            said,
            complaint: "no answer",
        }
    }
}

/// How long something may take, and how to say that it took longer.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    duration: Duration,
    /// `within 10 s`.
    said: String,
    complaint: &'static str,
}

impl Limit {
    /// What to say before the limit, in place of `no answer`.
    #[must_use]
    pub fn complaining(self, complaint: &'static str) -> Self {
        Self { complaint, ..self }
    }

    /// What the work gives, or what to say when it took too long.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, String> {
        let result = tokio::time::timeout(self.duration, work).await;
        result.map_err(|_| format!("{} {}", self.complaint, self.said))
    }
}

pub(super) fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// Milliseconds since `start`, to a hundredth.
pub(super) fn elapsed_ms(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 100_000.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_never_outlives_the_run() {
        let options = Options {
            timeout: Duration::from_secs(2),
            step: Duration::from_secs(10),
            ..Options::default()
        };
        let limit = Clock::start(&options).step();
        assert!(limit.duration <= Duration::from_secs(2));
        assert!(limit.said.contains("2 s for everything"), "{}", limit.said);
    }

    #[test]
    fn limits_are_said_in_seconds() {
        assert_eq!(seconds(Duration::from_secs(10)), "10 s");
        assert_eq!(seconds(Duration::from_millis(1500)), "1.5 s");
    }
}
