//! The proof that a delivery is genuine, and the only place that gives it.
//!
//! How a platform signs is `platform`'s business and storing is `store`'s; the receive stage calls [`verify`] in between, before
//! anybody reads a byte of the body.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::clocks;
use crate::http::{GATEWAY_TIME, Request};
use crate::model::{Delivery, DoorId, Verified};
use crate::platform::{self, Doorway, SignatureFault};

/// Checks the signature over the raw body with every live secret of the door, and vouches for the delivery if one matches.
///
/// `now` is the moment of receipt: it decides whether a signed time is still within tolerance, and it becomes `received_at`. If the
/// gateway's clock told another time, its reading is kept beside it.
pub fn verify(request: &Request, id: &DoorId, door: Doorway<'_>, now: Timestamp) -> Result<Verified<Delivery>, SignatureFault> {
    platform::check_signature(door, request, now)?;
    let provider = door.terms.provider;
    let mut kept: BTreeMap<String, String> = platform::kept_headers(provider)
        .iter()
        .filter_map(|name| request.header(name).map(|value| ((*name).to_owned(), value.to_owned())))
        .collect();
    if let Some(gateway) = clocks::other_reading(request, now) {
        kept.insert(GATEWAY_TIME.to_owned(), gateway.as_millisecond().to_string());
    }
    Ok(Verified::vouch(Delivery { door: id.clone(), provider, body: request.body.clone(), headers: kept, received_at: now }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DoorTerms, Provider};
    use crate::platform::DoorSecrets;

    #[test]
    fn a_vouched_delivery_holds_the_bytes_as_received_and_no_signature() {
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let secrets = DoorSecrets::parse(Provider::Forum, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = b"{ \"kept\":  \"with its blanks\" }\n";
        let mut headers = platform::sign(Provider::Forum, &secrets.signing[0], body, now, "msg_1");
        headers.push(("cookie".to_owned(), "session=1".to_owned()));
        let request = Request {
            method: "POST".to_owned(),
            path: "/webhooks/forum".to_owned(),
            query: vec![],
            headers,
            body: body.to_vec(),
        };

        let verified =
            verify(&request, &DoorId::new("forum"), Doorway { terms: &DoorTerms::of(Provider::Forum), secrets: &secrets }, now)
                .unwrap();

        let delivery = verified.get();
        assert_eq!(delivery.body, body);
        assert_eq!(delivery.received_at, now);
        let kept: Vec<&str> = delivery.headers.keys().map(String::as_str).collect();
        assert_eq!(kept, ["webhook-id", "webhook-timestamp"]);
    }

    #[test]
    fn a_body_changed_on_the_way_is_not_vouched_for() {
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let secrets = DoorSecrets::parse(Provider::Meta, "an app secret").unwrap();
        let headers = platform::sign(Provider::Meta, &secrets.signing[0], b"{}", now, "");
        let request = Request {
            method: "POST".to_owned(),
            path: "/webhooks/meta".to_owned(),
            query: vec![],
            headers,
            body: b"{ }".to_vec(),
        };
        let door = Doorway { terms: &DoorTerms::of(Provider::Meta), secrets: &secrets };
        assert_eq!(verify(&request, &DoorId::new("meta"), door, now), Err(SignatureFault::NoMatch));
    }
}
