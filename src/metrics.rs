//! Metrics, as lines in CloudWatch's embedded metric format on standard output. A line holds numbers and the stage's name: no id,
//! no door, no text. Each metric stands in an alarm of `infra/alarms.yaml` or on its dashboard, or in both.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::json;

/// What is counted or measured, and under which name: the one list of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    DeliveryKept,
    DeliveryAgain,
    SignatureRefused,
    StoreUnavailable,
    /// A secret could not be read, or what was read cannot be used; the last good one stays in use, or none is.
    SecretUnreadable,
    /// The key store did not answer: a delivery was kept unsealed, or a step was taken without a comment's words.
    KeyStoreUnavailable,
    /// The clocks of the function and of the gateway before it told two times of one delivery.
    ClockDisagrees,
    CommentSighted,
    Quarantined,
    ElementIgnored,
    /// A platform said that it sends nothing more of an account.
    SubscriptionEnded,
    /// Doors whose platform has not asked again whether the address is ours, though it was to.
    HandshakeOverdue,
    /// Channels of which nothing has been heard for longer than their protocols allow.
    ChannelsSilent,
    AlertPublished,
    CarrierRefused,
    /// Messages that the second carrier took because the first did not.
    SecondCarrierUsed,
    /// Messages that told of several alerts, because more waited than the pace of their topic takes.
    DigestSent,
    /// Topics that nobody hears, or to which somebody has not confirmed a subscription.
    SubscriptionUnconfirmed,
    DeadlineMissed,
    /// The same in a fire drill, where no patient waits.
    DrillWindowMissed,
    NeedsPerson,
    OpenWork,
    /// Seconds since the longest-waiting open work fell due.
    OldestOpenWorkAge,
    /// Seconds since the longest-waiting delivery was kept whose comments are not all read: taking it apart and reading are one step.
    OldestUnreadAge,
    /// Seconds since the oldest comment was received with an alert that no carrier has accepted.
    OldestUnpublishedAge,
    /// Seconds since the oldest comment was received that people were alerted of and nobody has in hand.
    OldestUnacknowledgedAge,
    /// Seconds until the next window of a serious report ends, 0 once it has; not said where none runs.
    TimeToSeriousDeadline,
    /// Deliveries that the stream should have woken a stage for, and that the sweep found.
    FoundBySweep,
    SweepRan,
    /// Seconds since the end of the last window whose root is noted.
    AuditRootAge,
    /// A night's reconciliation of every campaign is done.
    ReconciliationRan,
    /// Tasks of reconciliation that are open.
    ReconciliationDifferences,
}

impl Metric {
    /// The metric's name in CloudWatch, where alarms and dashboards refer to it.
    pub fn as_str(self) -> &'static str {
        match self {
            Metric::DeliveryKept => "DeliveryKept",
            Metric::DeliveryAgain => "DeliveryAgain",
            Metric::SignatureRefused => "SignatureRefused",
            Metric::StoreUnavailable => "StoreUnavailable",
            Metric::SecretUnreadable => "SecretUnreadable",
            Metric::KeyStoreUnavailable => "KeyStoreUnavailable",
            Metric::ClockDisagrees => "ClockDisagrees",
            Metric::CommentSighted => "CommentSighted",
            Metric::Quarantined => "Quarantined",
            Metric::ElementIgnored => "ElementIgnored",
            Metric::SubscriptionEnded => "SubscriptionEnded",
            Metric::HandshakeOverdue => "HandshakeOverdue",
            Metric::ChannelsSilent => "ChannelsSilent",
            Metric::AlertPublished => "AlertPublished",
            Metric::CarrierRefused => "CarrierRefused",
            Metric::SecondCarrierUsed => "SecondCarrierUsed",
            Metric::DigestSent => "DigestSent",
            Metric::SubscriptionUnconfirmed => "SubscriptionUnconfirmed",
            Metric::DeadlineMissed => "DeadlineMissed",
            Metric::DrillWindowMissed => "DrillWindowMissed",
            Metric::NeedsPerson => "NeedsPerson",
            Metric::OpenWork => "OpenWork",
            Metric::OldestOpenWorkAge => "OldestOpenWorkAge",
            Metric::OldestUnreadAge => "OldestUnreadAge",
            Metric::OldestUnpublishedAge => "OldestUnpublishedAge",
            Metric::OldestUnacknowledgedAge => "OldestUnacknowledgedAge",
            Metric::TimeToSeriousDeadline => "TimeToSeriousDeadline",
            Metric::FoundBySweep => "FoundBySweep",
            Metric::SweepRan => "SweepRan",
            Metric::AuditRootAge => "AuditRootAge",
            Metric::ReconciliationRan => "ReconciliationRan",
            Metric::ReconciliationDifferences => "ReconciliationDifferences",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Metric::OldestOpenWorkAge
            | Metric::OldestUnreadAge
            | Metric::OldestUnpublishedAge
            | Metric::OldestUnacknowledgedAge
            | Metric::TimeToSeriousDeadline
            | Metric::AuditRootAge => "Seconds",
            _ => "Count",
        }
    }
}

/// Where metric lines go.
#[derive(Clone, Debug)]
pub enum Metrics {
    /// Standard output, where Lambda's log pipeline picks them up.
    Stdout,
    /// Nowhere: a laptop has nobody to read them.
    Off,
    /// A list in memory, for tests.
    Memory(Arc<Mutex<Vec<String>>>),
}

impl Metrics {
    /// Keeps the lines instead of printing them, so that tests can ask what was counted.
    pub fn memory() -> Self {
        Metrics::Memory(Arc::default())
    }

    /// One line with one value of one stage.
    pub fn count(&self, stage: &'static str, metric: Metric, value: u64) {
        self.line(stage, &[(metric, value)]);
    }

    /// One line with several values of one stage.
    pub fn line(&self, stage: &'static str, values: &[(Metric, u64)]) {
        let line = line(stage, values, Timestamp::now());
        match self {
            Metrics::Stdout => println!("{line}"),
            Metrics::Off => {}
            Metrics::Memory(lines) => lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(line),
        }
    }

    /// The lines kept in memory.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Metrics::Stdout | Metrics::Off => Vec::new(),
            Metrics::Memory(lines) => lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone(),
        }
    }
}

fn line(stage: &str, values: &[(Metric, u64)], at: Timestamp) -> String {
    let names: Vec<_> = values.iter().map(|(metric, _)| json!({"Name": metric.as_str(), "Unit": metric.unit()})).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": "Dayzero", "Dimensions": [["Stage"]], "Metrics": names}],
        },
        "Stage": stage,
    });
    for (metric, value) in values {
        line[metric.as_str()] = json!(value);
    }
    line.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let line = line("watch", &[(Metric::SweepRan, 1), (Metric::OldestOpenWorkAge, 42)], Timestamp::UNIX_EPOCH);
        let expected = concat!(
            r#"{"OldestOpenWorkAge":42,"Stage":"watch","SweepRan":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["Stage"]],"#,
            r#""Metrics":[{"Name":"SweepRan","Unit":"Count"},{"Name":"OldestOpenWorkAge","Unit":"Seconds"}],"Namespace":"Dayzero"}],"Timestamp":0}}"#
        );
        assert_eq!(line, expected);
    }
}
