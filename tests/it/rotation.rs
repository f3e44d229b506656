//! Secrets that change while deliveries arrive: several functions with memories of their own, a secret store that goes away, a
//! forger who knows the old secret. The bar: no valid delivery is refused, the old secret opens nothing once its time is over, a new
//! one is in force within five minutes without a deployment.

use dayzero::http::Request;
use dayzero::model::{Provider, Secret};
use dayzero::platform;
use dayzero::receive::{self, Receive};
use dayzero::secrets::{SecretStore, Secrets};
use jiff::SignedDuration;

use crate::secret_store::SecretsManager;
use crate::world::{World, forum_body};

const NAME: &str = "dayzero/forum";
/// Three secrets of the forum, the first of which is in force at the beginning.
const ONE: &str = "whsec_b25lb25lb25lb25lb25lb25lb25lb25l";
const TWO: &str = "whsec_dHdvdHdvdHdvdHdvdHdvdHdvdHdvdHdv";
const THREE: &str = "whsec_dGhyZWV0aHJlZXRocmVldGhyZWV0aHJl";
/// How often a delivery arrives.
const EVERY: i64 = 4;

/// The whole line behind several functions that answer in turn, and what they have answered.
struct Load {
    world: World,
    store: SecretsManager,
    functions: Vec<Receive>,
    body: String,
    sent: usize,
}

/// What came of the deliveries of one signer in one stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    refused: usize,
    /// Seconds from the beginning of the stretch until the last one that was accepted, and refused.
    last_accepted: i64,
    last_refused: i64,
}

impl Load {
    async fn begin(functions: usize) -> Load {
        let world = World::new().await;
        let store = SecretsManager::default();
        store.set(NAME, ONE);
        let secrets = || {
            let manager = SecretStore::SecretsManager(store.client());
            Secrets::new(manager, world.clock.clone()).counted(world.metrics.clone())
        };
        let functions = (0..functions).map(|_| Receive { secrets: secrets(), ..world.receive.clone() }).collect();
        let body = forum_body("comment.created", "c-1", Some("Leuk!"), world.clock.now());
        Load { world, store, functions, body, sent: 0 }
    }

    /// Deliveries for so many seconds, each of which arrives signed by every one of the signers. Gives a tally for each.
    async fn deliver(&mut self, seconds: i64, signers: &[&str]) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); signers.len()];
        for second in (0..seconds).step_by(EVERY as usize) {
            for (signer, tally) in signers.iter().zip(&mut tallies) {
                match self.post(signer).await {
                    200 => (tally.accepted, tally.last_accepted) = (tally.accepted + 1, second),
                    401 => (tally.refused, tally.last_refused) = (tally.refused + 1, second),
                    other => panic!("a delivery was answered {other} after {second} s"),
                }
            }
            self.sent += 1;
            self.world.clock.advance(SignedDuration::from_secs(EVERY));
        }
        tallies
    }

    /// One delivery, to the function whose turn it is. It is always the same comment: what is tried here is the door, not the table.
    async fn post(&self, secret: &str) -> u16 {
        let secret = platform::signing_secret(Provider::Forum, secret).expect("a forum's secret");
        self.post_signed(&secret).await
    }

    async fn post_signed(&self, secret: &Secret) -> u16 {
        let (body, now) = (self.body.as_bytes(), self.world.clock.now());
        let headers = platform::sign(Provider::Forum, secret, body, now, "msg_1");
        let (method, path) = ("POST".to_owned(), "/webhooks/forum".to_owned());
        let request = Request { method, path, query: Vec::new(), headers, body: body.to_vec() };
        receive::handle(&self.functions[self.sent % self.functions.len()], &request).await.status
    }

    async fn end(self) {
        self.world.settle().await;
        self.world.end().await;
    }
}

fn list(secrets: &[&str]) -> String {
    serde_json::json!({ "secrets": secrets }).to_string()
}

#[tokio::test]
async fn secrets_change_under_load_and_the_store_goes_away_and_no_valid_delivery_is_refused() {
    let mut load = Load::begin(4).await;
    let mut valid = 0;
    let mut all_accepted = |what: &str, tally: Tally| {
        valid += tally.accepted;
        assert_eq!(tally.refused, 0, "{what}: {tally:?}");
    };

    all_accepted("before", load.deliver(400, &[ONE]).await[0]);
    // The new secret is put beside the old one; five minutes later the platform is changed, and tries what it had signed before.
    load.store.set(NAME, &list(&[TWO, ONE]));
    all_accepted("both are live, the old one signs", load.deliver(300, &[ONE]).await[0]);
    for (what, tally) in ["the new one signs", "the old one still signs"].iter().zip(load.deliver(600, &[TWO, ONE]).await) {
        all_accepted(what, tally);
    }
    // The old one is taken out, and is a forger's from now on.
    load.store.set(NAME, &list(&[TWO]));
    let after = load.deliver(600, &[TWO, ONE]).await;
    all_accepted("the new one alone signs", after[0]);
    assert!(after[1].last_accepted < 300 && after[1].refused > 0, "the old secret opens the door for too long: {:?}", after[1]);

    // The store is away for an hour, while the forger goes on.
    let (asked, hour) = (load.store.asked(), 3_600);
    load.store.away(true);
    let away = load.deliver(hour, &[TWO, ONE]).await;
    all_accepted("the store is away", away[0]);
    assert_eq!(away[1].accepted, 0);
    let asked = load.store.asked() - asked;
    assert!(asked <= 4 * (hour as usize / 30 + 1), "4 functions asked {asked} times in an hour");
    load.store.away(false);

    println!(
        "S4: {valid} valid deliveries over 4 functions, 0 refused, one hour of them without the store ({asked} questions); the old secret \
         opened the door for {} s after it was taken out, then {} deliveries with it were refused",
        after[1].last_accepted,
        after[1].refused + away[1].refused
    );
    load.end().await;
}

#[tokio::test]
async fn a_platform_that_changes_its_secret_unannounced_is_heard_again_within_half_a_minute() {
    let mut load = Load::begin(4).await;
    let mut longest = 0;
    let mut refused = 0;
    for (old, new) in [(ONE, TWO), (TWO, THREE), (THREE, ONE)] {
        load.deliver(331, &[old]).await;
        // The platform makes the new secret, signs with it at once, and the operator stores it in the same moment.
        load.store.set(NAME, &list(&[new, old]));
        let tally = load.deliver(300, &[new]).await[0];
        assert!(tally.last_refused <= 30 && tally.accepted > 0, "{tally:?}");
        longest = longest.max(tally.last_refused);
        refused += tally.refused;
    }
    println!("S4: 3 unannounced changes over 4 functions: {refused} deliveries had to come again, the last after {longest} s");
    load.end().await;
}

#[tokio::test]
async fn a_secret_that_no_door_could_use_changes_nothing() {
    let mut load = Load::begin(1).await;
    load.deliver(10, &[ONE]).await;
    for garbled in ["", "{\"secrets\": [\"whsec_\"]}", "{\"secrets\": [", "plain"] {
        load.store.set(NAME, garbled);
        let tally = load.deliver(700, &[ONE]).await[0];
        assert_eq!(tally.refused, 0, "{garbled}");
    }
    let counted = load.world.metrics.lines().iter().filter(|line| line.contains("SecretUnreadable")).count();
    assert!(counted >= 4, "an operator is told {counted} times");
    load.end().await;
}
