//! Two clocks: that of the function, by which the day zero of a comment is set, and that of the gateway in front of it. Pure; `verify`
//! keeps the other reading with a delivery whose two disagree, and the stage says so.

use jiff::{SignedDuration, Timestamp};

use crate::http::{GATEWAY_TIME, Request};

/// How far two readings may lie apart. The gateway's is taken before the body has arrived and a function has been started.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// The gateway's reading, if it disagrees with ours.
pub fn other_reading(request: &Request, now: Timestamp) -> Option<Timestamp> {
    let gateway = Timestamp::from_millisecond(request.header(GATEWAY_TIME)?.parse().ok()?).ok()?;
    (now.duration_since(gateway).abs() > TOLERANCE).then_some(gateway)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_more_than_five_seconds_apart_disagree() {
        let now: Timestamp = "2026-03-11T08:30:00Z".parse().unwrap();
        let reading = |value: &str| {
            let headers = vec![(GATEWAY_TIME.to_owned(), value.to_owned())];
            let request = Request { method: "POST".to_owned(), path: String::new(), query: vec![], headers, body: vec![] };
            other_reading(&request, now)
        };
        for (milliseconds, disagrees) in
            [(0, false), (-5_000, false), (-5_001, true), (5_000, false), (5_001, true), (86_400_000, true)]
        {
            let at = now + SignedDuration::from_millis(milliseconds);
            assert_eq!(reading(&at.as_millisecond().to_string()), disagrees.then_some(at), "{milliseconds} ms");
        }
        for nonsense in ["", "soon", "9223372036854775807"] {
            assert_eq!(reading(nonsense), None, "{nonsense}");
        }
    }
}
