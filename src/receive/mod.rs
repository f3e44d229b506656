//! The door: webhook handshakes and deliveries. A delivery is verified over its raw bytes, kept in one write, and answered; nothing
//! else happens before the answer, and nothing is parsed here. Below a door of Meta's lie the addresses of its app-review callbacks, and
//! the page on which somebody sees how their request for deletion stands.

mod clocks;
mod deletion;
mod doors;
pub mod inspect;
pub mod verify;

use std::sync::Arc;
use std::time::Duration;

use crate::http::{GATEWAY_TIME, MAX_BODY_BYTES, Request, Response};
use crate::metrics::{Metric, Metrics};
use crate::model::{Clock, Delivery, DoorId, Provider, Verified};
use crate::platform::{self, DoorSecrets, Doorway, Handshake, Recurring};
use crate::secrets::Secrets;
use crate::store::{DoorEntry, Receipt, Shaken, Store};

pub use doors::Doors;

/// The stage's name in metrics.
const STAGE: &str = "receive";
/// How long everything behind a delivery may take before the platform is asked to come again. Platforms give up soon, and one
/// that was answered 503 sends again, while one that hung up may not.
const KEEP_LIMIT: Duration = Duration::from_millis(2_000);
/// How long a handshake waits for the secret store to say whether a secret has changed: a platform waits three seconds in all.
const REREAD_LIMIT: Duration = Duration::from_millis(500);
/// Seconds after which a platform that reads the header should come again.
const RETRY_AFTER_SECONDS: &str = "5";

/// What the stage works with.
#[derive(Clone)]
pub struct Receive {
    pub store: Store,
    pub doors: Doors,
    pub secrets: Secrets,
    pub clock: Clock,
    pub metrics: Metrics,
}

/// Answers one call of `/webhooks/{door}`, or of an address below it.
pub async fn handle(stage: &Receive, request: &Request) -> Response {
    match tokio::time::timeout(KEEP_LIMIT, stage.answer(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(refusal)) => stage.refuse(&refusal),
        Err(_elapsed) => stage.refuse(&Refusal::ComeAgain("the store took too long".to_owned())),
    }
}

/// Why a call got no 200.
enum Refusal {
    /// No such address.
    NoDoor,
    Method,
    TooLarge,
    /// A forged, broken or mis-keyed call. The answer says nothing.
    Unverified(&'static str),
    /// Our own fault, whatever it is: the platform shall send again.
    ComeAgain(String),
}

impl Receive {
    async fn answer(&self, request: &Request) -> Result<Response, Refusal> {
        let (door, place) = place_of(&request.path).ok_or(Refusal::NoDoor)?;
        if request.body.len() > MAX_BODY_BYTES {
            return Err(Refusal::TooLarge);
        }
        let entry = self.entry(&door).await?;
        if place != Place::Door && entry.terms.provider != Provider::Meta {
            return Err(Refusal::NoDoor);
        }
        match (place, request.method.as_str()) {
            (Place::DeletionState(code), "GET") => self.deletion_state(code).await,
            (Place::Door, "GET") => {
                let secrets = self.newest_secrets(&entry).await?;
                let answer = shake_hands(Doorway { terms: &entry.terms, secrets: &secrets }, request)?;
                self.note_handshake(&door, &entry, request).await;
                Ok(answer)
            }
            (Place::Door | Place::Callback, "POST") => self.take_in(request, &door, &entry).await,
            (Place::Door | Place::Callback | Place::DeletionState(_), _) => Err(Refusal::Method),
        }
    }

    async fn take_in(&self, request: &Request, door: &DoorId, entry: &DoorEntry) -> Result<Response, Refusal> {
        let secrets = self.secrets(entry).await?;
        let delivery = self.verify(request, door, entry, &secrets).await?;
        self.compare_clocks(&delivery);
        let receipt = self.keep(&delivery).await?;
        let reply = platform::reply(entry.terms.provider, request, &receipt.id().digest);
        Ok(self.accept(&receipt, reply))
    }

    /// The page of a request for deletion. It is made without the words of any comment: this stage may not read them.
    async fn deletion_state(&self, code: &str) -> Result<Response, Refusal> {
        let head = match deletion::record_of(code) {
            Some(key) => self.store.wordless_head(&key).await.map_err(come_again)?,
            None => None,
        };
        Ok(deletion::page(head.as_ref()))
    }

    /// The secrets that a handshake is answered with: the newest, because a platform that is answered with a retired one may end the
    /// subscription at once. A secret store that takes its time is not waited for.
    async fn newest_secrets(&self, entry: &DoorEntry) -> Result<Arc<DoorSecrets>, Refusal> {
        let known = self.secrets(entry).await?;
        let newer = tokio::time::timeout(REREAD_LIMIT, self.secrets.reread(&entry.secret, entry.terms.provider, &known)).await;
        Ok(newer.ok().flatten().unwrap_or(known))
    }

    async fn secrets(&self, entry: &DoorEntry) -> Result<Arc<DoorSecrets>, Refusal> {
        self.secrets.get(&entry.secret, entry.terms.provider).await.map_err(come_again)
    }

    async fn entry(&self, door: &DoorId) -> Result<DoorEntry, Refusal> {
        self.doors.find(door).await.map_err(come_again)?.ok_or(Refusal::NoDoor)
    }

    /// Checks the signature with the secrets in use and, if none matches, with those that the secret store holds by now.
    async fn verify(
        &self,
        request: &Request,
        door: &DoorId,
        entry: &DoorEntry,
        secrets: &Arc<DoorSecrets>,
    ) -> Result<Verified<Delivery>, Refusal> {
        let now = self.clock.now();
        let fault = match verify::verify(request, door, Doorway { terms: &entry.terms, secrets }, now) {
            Ok(delivery) => return Ok(delivery),
            Err(fault) => fault,
        };
        let rotated = match self.secrets.reread(&entry.secret, entry.terms.provider, secrets).await {
            Some(newer) => verify::verify(request, door, Doorway { terms: &entry.terms, secrets: &newer }, now).ok(),
            None => None,
        };
        rotated.ok_or(Refusal::Unverified(fault.word()))
    }

    /// Notes that the platform asked. One that asks once leaves no note, and a note that fails is no reason to fail the handshake: the
    /// next one brings another.
    async fn note_handshake(&self, door: &DoorId, entry: &DoorEntry, request: &Request) {
        let Some(Recurring { about, within }) = platform::asks_again(entry.terms.provider, request) else { return };
        let at = self.clock.now();
        if !self.doors.may_note(door, &about, at) {
            return;
        }
        let shaken = Shaken { at, again_by: at.checked_add(within).ok(), missed: false };
        if let Err(error) = self.store.shook_hands(door, &about, &shaken).await {
            tracing::warn!(error = crate::error::one_line(&error), "a handshake was answered and not noted");
        }
    }

    /// Says that two clocks disagree; both readings are kept with the delivery. After the check of its signature, so that no stranger
    /// makes the alarm ring.
    fn compare_clocks(&self, delivery: &Verified<Delivery>) {
        let delivery = delivery.get();
        if let Some(gateway_ms) = delivery.headers.get(GATEWAY_TIME) {
            self.metrics.count(STAGE, Metric::ClockDisagrees, 1);
            tracing::error!(gateway_ms, ours_ms = delivery.received_at.as_millisecond(), "the gateway's clock and ours disagree");
        }
    }

    async fn keep(&self, delivery: &Verified<Delivery>) -> Result<Receipt, Refusal> {
        let telling = platform::telling_headers(delivery.get().provider);
        self.store.keep(delivery, telling).await.map_err(come_again)
    }

    /// The only 200 that a delivery gets: it takes the receipt of the store. A platform that wants to be told more is told.
    fn accept(&self, receipt: &Receipt, reply: Option<Response>) -> Response {
        let metric = if receipt.again() { Metric::DeliveryAgain } else { Metric::DeliveryKept };
        self.metrics.count(STAGE, metric, 1);
        if !receipt.sealed() {
            self.metrics.count(STAGE, Metric::KeyStoreUnavailable, 1);
        }
        tracing::info!(delivery = %receipt.id(), again = receipt.again(), "kept");
        reply.unwrap_or_else(|| Response::text(200, "stored"))
    }

    fn refuse(&self, refusal: &Refusal) -> Response {
        match refusal {
            Refusal::NoDoor => Response::text(404, ""),
            Refusal::Method => Response::text(405, "").with_header("allow", "GET, POST"),
            Refusal::TooLarge => Response::text(413, ""),
            Refusal::Unverified(fault) => {
                // The zeros are data: a share of what was refused needs both sides in a minute in which nothing was kept.
                let values = [(Metric::SignatureRefused, 1), (Metric::DeliveryKept, 0), (Metric::DeliveryAgain, 0)];
                self.metrics.line(STAGE, &values);
                tracing::warn!(fault, "refused a call whose signature did not match");
                Response::text(401, "")
            }
            Refusal::ComeAgain(why) => {
                self.metrics.count(STAGE, Metric::StoreUnavailable, 1);
                tracing::error!(why, "asked a platform to send again");
                Response::text(503, "").with_header("retry-after", RETRY_AFTER_SECONDS)
            }
        }
    }
}

fn shake_hands(door: Doorway<'_>, request: &Request) -> Result<Response, Refusal> {
    match platform::handshake(door, request) {
        Handshake::Answer(response) => Ok(response),
        Handshake::Refused(why) => Err(Refusal::Unverified(why)),
        Handshake::NotOne => Err(Refusal::Method),
    }
}

/// What an address is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    /// The door itself.
    Door,
    /// Where Meta says that somebody asks for deletion, or takes back what they allowed our app.
    Callback,
    /// The page of the request with this code.
    DeletionState(&'a str),
}

fn place_of(path: &str) -> Option<(DoorId, Place<'_>)> {
    let rest = path.strip_prefix("/webhooks/")?;
    let (door, below) = rest.split_once('/').map_or((rest, None), |(door, below)| (door, Some(below)));
    let place = match below {
        None => Place::Door,
        Some("data-deletion" | "deauthorize") => Place::Callback,
        Some(below) => Place::DeletionState(below.strip_prefix("data-deletion/")?),
    };
    let plain = !door.is_empty() && door.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then(|| (DoorId::new(door), place))
}

fn come_again(error: impl std::error::Error + 'static) -> Refusal {
    Refusal::ComeAgain(crate::error::one_line(&error))
}
