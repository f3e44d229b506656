//! The world that stories are told in: the whole line in one process, the real SDK clients, an embedded table, a topic with a
//! memory, faults on demand, and time that moves only when the story moves it. A story ends with [`World::end`], which fails if
//! anything is still owed; a world that is dropped without it fails too.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use dayzero::alert::{Alerting, Publisher, Topics};
use dayzero::campaigns::Campaigns;
use dayzero::config::{Config, Patience};
use dayzero::http::{Request, Response};
use dayzero::line::Line;
use dayzero::local::{KeyStore, Outbox, Posted, Table, Topic, samples};
use dayzero::metrics::Metrics;
use dayzero::model::{Clock, CommentId, CommentKey, Entry, Head, Platform, Provider, Record};
use dayzero::protocol::Protocol;
use dayzero::publishing;
use dayzero::receive::{self, Doors, Receive};
use dayzero::review::guard::Csrf;
use dayzero::review::sign_in::SignIn;
use dayzero::review::{self, Desk};
use dayzero::secrets::{SecretStore, Secrets};
use dayzero::store::Store;
use jiff::{SignedDuration, Timestamp};

use crate::faults::{Faults, FaultyHttp};

/// A Wednesday morning within business hours, in the campaign's life.
pub const WEDNESDAY_MORNING: &str = "2026-03-11T09:30:00+01:00";

/// Where a fault may strike, and what came of it.
pub struct World {
    pub clock: Clock,
    pub store: Store,
    pub line: Line,
    pub receive: Receive,
    pub campaigns: Campaigns,
    pub outbox: Outbox,
    pub metrics: Metrics,
    /// Faults between the stages and the table.
    pub table_faults: Arc<Faults>,
    /// Faults between the stages and the key store alone; those of the table strike it too, as a crash strikes everything.
    pub key_faults: Arc<Faults>,
    /// Faults between the stages and the topic.
    pub topic_faults: Arc<Faults>,
    /// Faults between the stages and the second carrier, for stories with [`World::second_carrier`].
    pub second_faults: Arc<Faults>,
    /// The first carrier.
    pub topic: Topic,
    carrier: aws_sdk_sns::Client,
    second: aws_sdk_sns::Client,
    pub desk: Desk,
    pub config: Config,
    /// For damage to the table that no part of Dayzero does.
    plain: aws_sdk_dynamodb::Client,
    table: Option<(Table, KeyStore)>,
    ended: bool,
}

impl World {
    /// A world with the sample protocol, standing at [`WEDNESDAY_MORNING`].
    pub async fn new() -> World {
        World::at(WEDNESDAY_MORNING).await
    }

    pub async fn at(time: &str) -> World {
        let world = World::empty(time).await;
        world.publish(samples::PROTOCOL).await.expect("the sample protocol can be published");
        world
    }

    /// A world without a protocol.
    pub async fn empty(time: &str) -> World {
        World::over(time, None).await
    }

    /// A world whose table and keys lie in a folder, as an earlier one may have left them.
    pub async fn over(time: &str, data: Option<&std::path::Path>) -> World {
        let clock = Clock::manual(time.parse().expect("a time"));
        let table = Table::start(data).await.expect("an embedded table");
        let keys = KeyStore::start(data).await.expect("a key store");
        let outbox = Outbox::open(None).expect("an outbox in memory");
        let topic = Topic::start_at(outbox.clone(), clock.clone()).await.expect("a local topic");
        let second_topic = Topic::start_at(outbox.clone(), clock.clone()).await.expect("a second local topic");
        let loopback = Config::loopback(table.endpoint(), topic.endpoint()).with_second_loopback(second_topic.endpoint());
        let config = keys.configure(loopback);
        let plain = config.clients(Patience::Worker);
        let vault = keys.vault(&plain, &config, &clock);
        keys.prove(&vault).await.expect("the keys' own master key");
        Store::new(plain.dynamodb.clone(), &config.table, vault).create_table().await.expect("a table");
        let (table_faults, topic_faults, second_faults) = (Faults::none(), Faults::none(), Faults::none());
        let key_faults = Faults::none();
        let vault = |patience| {
            let http = FaultyHttp::over(FaultyHttp::shared(table_faults.clone()), key_faults.clone());
            keys.vault(&config.clients_over(http, patience), &config, &clock)
        };
        let worker = config.clients_over(FaultyHttp::shared(table_faults.clone()), Patience::Worker);
        let carrier = config.clients_over(FaultyHttp::shared(topic_faults.clone()), Patience::Worker);
        let second = config.clients_over(FaultyHttp::shared(second_faults.clone()), Patience::Worker);
        let second = second.sns_second.expect("a configured second carrier");
        let door = config.clients_over(FaultyHttp::shared(table_faults.clone()), Patience::Door);
        let store = Store::new(worker.dynamodb, &config.table, vault(Patience::Worker)).at(clock.clone());
        let metrics = Metrics::memory();
        let publisher = Publisher::new(carrier.sns.clone(), Topics::Loopback);
        let line = line_over(&store, publisher, &clock, &metrics);
        let campaigns = line.assess.campaigns.clone();
        let door_store = Store::new(door.dynamodb, &config.table, vault(Patience::Door)).at(clock.clone());
        let receive = receive_over(door_store, &clock, &metrics);
        let desk = desk_over(&store, &clock);
        let (table, plain, ended) = (Some((table, keys)), plain.dynamodb, false);
        World {
            clock,
            store,
            line,
            receive,
            campaigns,
            outbox,
            metrics,
            table_faults,
            key_faults,
            topic_faults,
            second_faults,
            topic,
            carrier: carrier.sns,
            second,
            desk,
            config,
            plain,
            table,
            ended,
        }
    }

    /// The same world with a second carrier for what the first does not take.
    pub fn second_carrier(mut self) -> World {
        let publisher = self.line.alert.publisher.clone();
        self.line.alert.publisher = publisher.with_second(self.second.clone(), Topics::SecondLoopback);
        self
    }

    /// Another worker over the same table and topics, whose clock differs by this much.
    pub fn other_worker(&self, skew: SignedDuration) -> Line {
        let clock = Clock::manual(self.clock.now() + skew);
        let campaigns = Campaigns::new(self.store.clone(), clock.clone());
        let mut line = self.line.clone();
        (line.assess.clock, line.watch.clock) = (clock.clone(), clock.clone());
        line.assess.campaigns = campaigns.clone();
        let publisher = Publisher::new(self.carrier.clone(), Topics::Loopback);
        line.alert = Alerting { campaigns, publisher, clock, ..self.line.alert.clone() };
        line
    }

    /// Another process over the same table, topics and faults, which holds no key in memory yet.
    pub fn other_process(&self) -> Line {
        let (_, keys) = self.table.as_ref().expect("the story goes on");
        let table = FaultyHttp::shared(self.table_faults.clone());
        let keyed = self.config.clients_over(FaultyHttp::over(table.clone(), self.key_faults.clone()), Patience::Worker);
        let vault = keys.vault(&keyed, &self.config, &self.clock);
        let worker = self.config.clients_over(table, Patience::Worker);
        let store = Store::new(worker.dynamodb, &self.config.table, vault).at(self.clock.clone());
        let campaigns = Campaigns::new(store.clone(), self.clock.clone());
        let mut line = self.line.clone();
        (line.assess.store, line.assess.campaigns) = (store.clone(), campaigns.clone());
        (line.alert.store, line.alert.campaigns) = (store.clone(), campaigns);
        line.watch.store = store;
        line
    }

    /// Publishes a protocol as the operator's command does.
    pub async fn publish(&self, source: &str) -> Result<(), publishing::NotPublished> {
        let protocol = Protocol::parse(source).unwrap_or_else(|problems| panic!("{problems:?}"));
        publishing::publish(&self.store, protocol, "Ann", self.clock.now()).await?;
        self.campaigns.renew();
        Ok(())
    }

    /// Posts a body as its platform would, signed with the development secret, and gives the answer.
    pub async fn post(&self, door: &str, body: &[u8]) -> Response {
        receive::handle(&self.receive, &signed_call(door, body, self.clock.now())).await
    }

    /// Posts a body and demands that it was kept.
    pub async fn deliver(&self, door: &str, body: &str) {
        let answer = self.post(door, body.as_bytes()).await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"stored".as_slice()));
    }

    /// A person's comment in the forum.
    pub async fn forum_says(&self, id: &str, text: &str) -> CommentKey {
        self.forum_event("comment.created", id, Some(text)).await
    }

    /// Something that happened to a comment in the forum, at the world's time.
    pub async fn forum_event(&self, kind: &str, id: &str, text: Option<&str>) -> CommentKey {
        self.deliver("forum", &forum_body(kind, id, text, self.clock.now())).await;
        forum_key(id)
    }

    /// Does all the work that is due now.
    pub async fn settle(&self) {
        self.line.sweep(Timestamp::MAX).await.expect("a table without faults");
    }

    /// Moves time on, with the schedule's tick in every minute in which something is due. Minutes in which nothing is due are
    /// passed over: a tick would find nothing in them.
    pub async fn pass(&self, minutes: i64) {
        let start = self.clock.now();
        let mut passed = 0;
        while passed < minutes {
            let end = start + SignedDuration::from_mins(minutes);
            let open = self.store.open_work(end, 1).await.expect("a table without faults");
            let tick = open.first().map_or(minutes, |open| (open.due.duration_since(start).as_millis() + 59_999) as i64 / 60_000);
            let tick = tick.clamp(passed + 1, minutes);
            self.clock.advance(SignedDuration::from_mins(tick - passed));
            passed = tick;
            self.settle().await;
        }
    }

    pub async fn chain(&self, key: &CommentKey) -> Vec<Entry> {
        self.store.chain(key).await.expect("a chain")
    }

    pub async fn record(&self, key: &CommentKey) -> Record {
        let entries = self.chain(key).await;
        Record::fold(&entries).unwrap_or_else(|| panic!("{key} has no record"))
    }

    pub async fn head(&self, key: &CommentKey) -> Head {
        self.store.head(key).await.expect("a head").unwrap_or_else(|| panic!("{key} has no head"))
    }

    /// What the topics accepted, oldest first: topic's short name and message.
    pub fn sent(&self) -> Vec<(String, Posted)> {
        let mut sent = self.outbox.newest(usize::MAX);
        sent.reverse();
        sent.into_iter().map(|posted| (posted.topic.rsplit(':').next().unwrap_or_default().to_owned(), posted)).collect()
    }

    /// The topics that were told, in order.
    pub fn told(&self) -> Vec<String> {
        self.sent().into_iter().map(|(topic, _)| topic).collect()
    }

    /// Every item of one partition, as the table holds it.
    pub async fn items(&self, pk: &str) -> Vec<std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>> {
        let pk = aws_sdk_dynamodb::types::AttributeValue::S(pk.to_owned());
        let query = self.plain.query().table_name("dayzero").key_condition_expression("pk = :pk");
        let answer = query.expression_attribute_values(":pk", pk).send().await.expect("a table without faults");
        answer.items().to_vec()
    }

    /// Takes a whole partition away, for a table of the time before Dayzero kept such items.
    pub async fn as_if_never_kept(&self, pk: &str) {
        for mut item in self.items(pk).await {
            let key = ["pk", "sk"].map(|name| (name.to_owned(), item.remove(name).expect("every item has its key")));
            let delete = self.plain.delete_item().table_name("dayzero").set_key(Some(key.into()));
            delete.send().await.expect("a table without faults");
        }
    }

    /// Writes a text over one attribute of one item, behind everybody's back, and gives what stood there.
    pub async fn spoil(&self, pk: &str, sk: &str, attribute: &str, value: &str) -> AttributeValue {
        self.put(pk, sk, attribute, AttributeValue::S(value.to_owned())).await
    }

    /// The same with any value.
    pub async fn put(&self, pk: &str, sk: &str, attribute: &str, value: AttributeValue) -> AttributeValue {
        let s = |text: &str| AttributeValue::S(text.to_owned());
        let update = self.plain.update_item().table_name("dayzero").key("pk", s(pk)).key("sk", s(sk));
        let update = update.update_expression("SET #a = :v").expression_attribute_names("#a", attribute);
        let update = update.expression_attribute_values(":v", value).return_values(ReturnValue::UpdatedOld);
        let answer = update.send().await.expect("a table without faults");
        let old = answer.attributes().and_then(|old| old.get(attribute)).cloned();
        old.unwrap_or_else(|| panic!("{pk} {sk} has no {attribute}"))
    }

    /// Copies attributes from one item to another, behind everybody's back.
    pub async fn copy(&self, from: (&str, &str), to: (&str, &str), attributes: &[&str]) {
        let s = |text: &str| AttributeValue::S(text.to_owned());
        let get = self.plain.get_item().table_name("dayzero").key("pk", s(from.0)).key("sk", s(from.1));
        let item = get.send().await.expect("a table without faults").item.expect("an item to copy from");
        for attribute in attributes {
            self.put(to.0, to.1, attribute, item[*attribute].clone()).await;
        }
    }

    /// A request to the pages or the API, as a browser or a program on this machine sends it.
    pub async fn ask(&self, method: &str, address: &str, json: Option<serde_json::Value>) -> Response {
        let body = json.map(|json| ("application/json", json.to_string()));
        self.send(method, address, body).await
    }

    /// A form, as a browser on this machine posts it.
    pub async fn submit(&self, address: &str, fields: &[(&str, &str)]) -> Response {
        let encode = review::percent::encode;
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.send("POST", address, Some(("application/x-www-form-urlencoded", pairs.join("&")))).await
    }

    /// A request with a body of any kind.
    pub async fn send(&self, method: &str, address: &str, body: Option<(&str, String)>) -> Response {
        ask_desk(&self.desk, &self.campaigns, method, address, body).await
    }

    /// A request just as it is.
    pub async fn handle(&self, request: &Request) -> Response {
        let in_force = self.campaigns.current().await.expect("protocols");
        let desk = Desk { campaigns: Desk::campaigns_of(&in_force), ..self.desk.clone() };
        review::handle(&desk, request).await
    }

    /// A page, demanding 200.
    pub async fn page(&self, address: &str) -> String {
        let answer = self.ask("GET", address, None).await;
        let page = String::from_utf8(answer.body).expect("UTF-8");
        assert_eq!(answer.status, 200, "{address}: {page}");
        page
    }

    /// The same, demanding 200 and reading the answer's JSON.
    pub async fn api(&self, method: &str, address: &str, json: Option<serde_json::Value>) -> serde_json::Value {
        let answer = self.ask(method, address, json).await;
        let body = String::from_utf8(answer.body).expect("UTF-8");
        assert_eq!(answer.status, 200, "{method} {address}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// Ends a story that leaves something broken on purpose.
    pub async fn abandon_files(mut self) {
        self.ended = true;
        self.close().await;
    }

    async fn close(&mut self) {
        if let Some((table, keys)) = self.table.take() {
            table.stop().await;
            keys.stop().await;
        }
    }

    /// The same, for a story whose files nobody needs.
    pub fn abandon(mut self) {
        self.ended = true;
    }

    /// Ends the story. Nothing may be due, and no head may be older than its chain.
    pub async fn end(mut self) {
        self.ended = true;
        let open = self.store.open_work(self.clock.now(), 10).await.expect("a table without faults");
        assert!(open.is_empty(), "the story ends and this is still owed: {open:?}");
        for key in self.store.keys().await.expect("a table without faults") {
            let (chain, head) = (self.chain(&key).await, self.head(&key).await);
            assert_eq!(Some(head.revision), chain.last().map(|entry| entry.seq), "the head of {key} is behind its chain");
        }
        self.close().await;
    }
}

/// The stages behind the door, over a store and a carrier.
pub fn line_over(store: &Store, publisher: Publisher, clock: &Clock, metrics: &Metrics) -> Line {
    let campaigns = Campaigns::new(store.clone(), clock.clone());
    Line::of(Alerting {
        store: store.clone(),
        campaigns,
        publisher,
        clock: clock.clone(),
        metrics: metrics.clone(),
        console_url: Some("https://console.example".to_owned()),
    })
}

/// The door, with the development secrets, over a store of a platform's patience.
pub fn receive_over(store: Store, clock: &Clock, metrics: &Metrics) -> Receive {
    Receive {
        doors: Doors::new(store.clone(), clock.clone()),
        secrets: Secrets::new(SecretStore::Development(samples::development_secrets()), clock.clone()),
        store,
        clock: clock.clone(),
        metrics: metrics.clone(),
    }
}

/// The pages and the API, as a laptop has them.
pub fn desk_over(store: &Store, clock: &Clock) -> Desk {
    Desk {
        store: store.clone(),
        clock: clock.clone(),
        sign_in: SignIn::local("Ann").expect("a name"),
        campaigns: Arc::from([]),
        csrf: Csrf::new().expect("randomness"),
        more_pages: &[],
    }
}

/// A request to the pages or the API, with a body of any kind, as somebody on this machine sends it.
pub async fn ask_desk(desk: &Desk, campaigns: &Campaigns, method: &str, address: &str, body: Option<(&str, String)>) -> Response {
    // Whoever asks while the store is away sees the pages without the campaigns' names.
    let in_force = campaigns.current().await;
    let campaigns = in_force.map_or_else(|_| Arc::from([]), |in_force| Desk::campaigns_of(&in_force));
    let desk = Desk { campaigns, ..desk.clone() };
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut headers = vec![("host".to_owned(), "127.0.0.1:8080".to_owned())];
    if let Some((kind, _)) = &body {
        headers.push(("content-type".to_owned(), (*kind).to_owned()));
    }
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: dayzero::http::form(query.as_bytes()),
        headers,
        body: body.map(|(_, body)| body.into_bytes()).unwrap_or_default(),
    };
    review::handle(&desk, &request).await
}

/// A call of a door as its platform would make it, signed with the development secret.
pub fn signed_call(door: &str, body: &[u8], at: Timestamp) -> Request {
    let provider = Provider::from_name(door).expect("a door named after its provider");
    let headers = samples::sign(door, provider, body, at).expect("a development secret");
    let path = format!("/webhooks/{door}");
    Request { method: "POST".to_owned(), path, query: Vec::new(), headers, body: body.to_vec() }
}

impl Drop for World {
    fn drop(&mut self) {
        assert!(self.ended || std::thread::panicking(), "a story must end with World::end, which checks what is owed");
    }
}

/// A text of this many characters that does not compress, and is the same each time.
pub fn noise(characters: usize) -> String {
    let mut noise = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        match char::from(b'!' + u8::try_from(noise % 90).expect("a remainder of 90 is below 256")) {
            '"' | '\\' => 'x',
            plain => plain,
        }
    };
    std::iter::repeat_with(next).take(characters).collect()
}

/// A body of the forum's webhook.
pub fn forum_body(kind: &str, id: &str, text: Option<&str>, at: Timestamp) -> String {
    let mut data = serde_json::json!({
        "comment_id": id, "post_id": "topic-1", "author": {"id": "member-1", "name": "Sanne"}, "created_at": at.to_string(),
    });
    if let Some(text) = text {
        data["text"] = text.into();
    }
    serde_json::json!({"type": kind, "timestamp": at.to_string(), "data": data}).to_string()
}

pub fn forum_key(id: &str) -> CommentKey {
    CommentId::new(Platform::Forum, "forum.samenovermigraine.example", id).key()
}

/// What happened to a record, in a word each: the story as an inspector would read it. That people saw it is left out, since a story
/// looks at pages to learn what they say; [`kinds_with_reads`] has it.
pub fn kinds(chain: &[Entry]) -> Vec<String> {
    let shown = |entry: &&Entry| matches!(entry.what, dayzero::model::Happening::Shown { .. });
    chain.iter().filter(|entry| !shown(entry)).map(kind).collect()
}

/// The same, with who saw it first and where.
pub fn kinds_with_reads(chain: &[Entry]) -> Vec<String> {
    chain.iter().map(kind).collect()
}

fn kind(entry: &Entry) -> String {
    use dayzero::model::Happening::*;
    match &entry.what {
        Sighted(sighting) => format!("sighted {}", sighting.action.as_str()),
        Quarantined { .. } => "quarantined".to_owned(),
        Assessed(reading) => {
            let due: Vec<&str> = reading.alerts.iter().map(|alert| alert.class.as_str()).collect();
            format!("assessed {} {}", reading.assessment.band.as_str(), due.join(" ")).trim_end().to_owned()
        }
        StepDue { step } => format!("step due {}.{}", step.step, step.repeat),
        Published { step, topic, .. } => format!("published {topic} {}.{}", step.step, step.repeat),
        Acknowledged(by) => format!("acknowledged by {}", by.by),
        Decided(decision) => format!("decided {} by {}", decision.outcome.as_str(), decision.by),
        Missed(miss) => format!("missed {}", miss.obligation.as_str()),
        Held { because, ground } => format!("held {ground:?} {because:?}").to_lowercase(),
        ErasureAsked { .. } => "erasure asked".to_owned(),
        Erased { because } => format!("erased {because:?}").to_lowercase(),
        Shown { place } => format!("shown {}", place.as_str()),
        DayZeroSet(set) => format!("day zero set to {}", set.date),
        Explained(said) => format!("explained {}", said.miss.obligation.as_str()),
        Exported { to } => format!("exported to {to}"),
        CaseReceived(receipt) => format!("case {} received", receipt.case_number),
        Sampled { .. } => "sampled".to_owned(),
    }
}

/// Everything of a record that must not depend on the order in which its deliveries came.
pub fn end_state(record: &Record) -> BTreeMap<&'static str, String> {
    let texts: Vec<&str> = record.texts().into_iter().map(|version| version.text.expose()).collect();
    let mut sightings: Vec<String> =
        record.sightings.iter().map(|(_, told)| format!("{} {:?} {}", told.action.as_str(), told.at, told.id.account)).collect();
    sightings.sort_unstable();
    sightings.dedup();
    let mut classes: Vec<&str> = record.alerts.iter().map(|alert| alert.class.as_str()).collect();
    classes.sort_unstable();
    BTreeMap::from([
        ("texts", texts.join("|")),
        ("author", format!("{:?}", record.author.as_ref().map(|author| (&author.id, &author.name)))),
        ("own", record.sightings.iter().any(|(_, told)| told.own_account).to_string()),
        ("sightings", sightings.join("|")),
        ("deleted", record.deleted.to_string()),
        ("hidden", record.hidden.to_string()),
        ("band", record.band().as_str().to_owned()),
        ("class", record.class().map_or("none", |class| class.as_str()).to_owned()),
        ("campaign", format!("{:?}", record.campaign)),
    ])
}
