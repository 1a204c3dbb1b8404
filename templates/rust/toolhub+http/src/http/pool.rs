//! Metrics of the connections to the database, which are read when Prometheus asks.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::gauge::ConstGauge;

use crate::database::Database;

#[derive(Debug)]
pub(super) struct Pool(pub(super) Database);

impl Collector for Pool {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = self.0.pool();
        for (name, help, value) in [
            ("connections", "Most connections", status.size),
            ("connections_in_use", "Busy connections", status.in_use),
            ("requests_waiting", "Waiting requests", status.waiting),
        ] {
            let name = format!("database_{name}");
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            let metric = encoder.encode_descriptor(&name, help, None, gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        Ok(())
    }
}
