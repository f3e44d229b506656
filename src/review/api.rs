//! The same as the pages, as JSON: for programs, and for people with `curl`. Names here may grow and never shrink.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::http::{Request, Response};
use crate::model::Reading;
use crate::model::record::{AlertState, State, Version};
use crate::model::{Band, CommentKey, Decision, Entry, Evidence, Head, Looked, Place, Record};
use crate::store::ListQuery;

use super::act;
use super::asof::{self, Moment};
use super::day_zero;
use super::decide::{Asked, FIELDS, Matter};
use super::explain::{self, Explained};
use super::fields::Fields;
use super::filter::Filter;
use super::problem::Problem;
use super::seen::Reader;
use super::sign_in::Person;
use super::{Desk, channels, when};
use crate::model::windows::{Window, windows};

/// `GET /api/comments`: every state unless asked otherwise; as of a past moment if that is asked.
pub async fn list(reader: &Reader<'_>) -> Result<Response, Problem> {
    let desk = reader.desk;
    let filter = Filter::parse(reader.request, &desk.campaigns, &[])?;
    let moment = Moment::of(reader.request, &desk.common_zone(), desk.clock.now())?;
    let (heads, next, broken) = match &moment {
        None => desk.store.list(&filter.query(&desk.campaigns)).await.map(|page| (page.heads, page.next, Vec::new()))?,
        Some(moment) => asof::list(desk, &filter, moment).await.map(|found| (found.found, found.next, found.broken))?,
    };
    let then = moment.as_ref().map(|moment| moment.at);
    reader.note(Looked::List, heads.iter().map(|head| head.key.clone()).collect(), then).await?;
    reader.see_all(heads.iter(), Place::Program).await;
    let now = then.unwrap_or_else(|| desk.clock.now());
    let comments: Vec<Value> = heads.iter().map(|head| brief(desk, head, now)).collect();
    let mut value = json!({ "comments": comments, "next": next.map(|next| next.to_string()) });
    if let Some(moment) = moment {
        value["as_of"] = json!(moment.written);
        value["broken"] = json!(broken);
    }
    Ok(answer(&value))
}

/// `GET /api/comments/{key}`; as of a past moment if that is asked.
pub async fn comment(reader: &Reader<'_>, key: &CommentKey) -> Result<Response, Problem> {
    let desk = reader.desk;
    let asof::Asked { today, then } = asof::load(desk, reader.request, key).await?;
    reader.note(Looked::Comment, vec![key.clone()], then.as_ref().map(|then| then.moment.at)).await?;
    let today = reader.see(today, Place::Program).await;
    let Some(then) = then else { return Ok(answer(&whole(desk, &today, desk.clock.now()))) };
    let mut value = whole(desk, &then.matter, then.moment.at);
    value["as_of"] = json!(then.moment.written);
    value["erased_since"] = json!(then.erased_since.map(|(at, because)| json!({ "at": at, "because": because })));
    Ok(answer(&value))
}

/// `POST /api/comments/{key}/acknowledge`: idempotent; the answer says who has it in hand.
pub async fn acknowledge(desk: &Desk, request: &Request, key: &CommentKey, person: &Person) -> Result<Response, Problem> {
    let body: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    let fields = Fields::json(body, &["by"])?;
    let matter = act::acknowledge(desk, key, &person.acting(fields.get("by"))?).await?;
    Ok(answer(&summary(&matter.record)))
}

/// `POST /api/comments/{key}/decision`.
pub async fn decide(desk: &Desk, request: &Request, key: &CommentKey, person: &Person) -> Result<Response, Problem> {
    let fields = Fields::json(&request.body, &FIELDS)?;
    let asked = Asked::parse(&fields).map_err(Problem::Unusable)?;
    let matter = act::decide(desk, key, &asked, &person.acting(fields.get("by"))?).await?;
    Ok(answer(&summary(&matter.record)))
}

/// `POST /api/comments/{key}/day-zero`.
pub async fn set_day_zero(desk: &Desk, request: &Request, key: &CommentKey, person: &Person) -> Result<Response, Problem> {
    let fields = Fields::json(&request.body, &day_zero::FIELDS)?;
    let asked = day_zero::Asked::parse(&fields).map_err(Problem::Unusable)?;
    let matter = act::set_day_zero(desk, key, &asked, &person.acting(fields.get("by"))?).await?;
    let mut value = summary(&matter.record);
    value["day_zero"] = day_zero::to_json(&matter.record);
    Ok(answer(&value))
}

/// `GET /api/channels`.
pub async fn channels(desk: &Desk) -> Result<Response, Problem> {
    Ok(answer(&channels::json(desk, &channels::load(desk).await?)))
}

/// `POST /api/comments/{key}/cause`: adds why a window was missed.
pub async fn explain(desk: &Desk, request: &Request, key: &CommentKey, person: &Person) -> Result<Response, Problem> {
    let fields = Fields::json(&request.body, &explain::FIELDS)?;
    let asked = Explained::parse(&fields).map_err(Problem::Unusable)?;
    let matter = act::explain(desk, key, &asked, &person.acting(fields.get("by"))?).await?;
    Ok(answer(&summary(&matter.record)))
}

/// `POST /api/comments/{key}/export`: writes down for whom the record leaves Dayzero.
pub async fn hand_out(desk: &Desk, request: &Request, key: &CommentKey, person: &Person) -> Result<Response, Problem> {
    let fields = Fields::json(&request.body, &explain::HAND_OUT_FIELDS)?;
    let to = explain::recipient(&fields).map_err(Problem::Unusable)?;
    let matter = act::hand_out(desk, key, &to, &person.acting(fields.get("by"))?).await?;
    Ok(answer(&summary(&matter.record)))
}

/// `GET /api/health`: good if the store answers one small question.
pub async fn health(desk: &Desk) -> Result<Response, Problem> {
    let query = ListQuery { campaigns: vec![None], states: vec![State::Open], bands: vec![Band::Alert], after: None, limit: 1 };
    desk.store.list(&query).await?;
    Ok(answer(&json!({ "status": "ok" })))
}

/// An answer of 200 with this JSON.
pub(super) fn answer(value: &Value) -> Response {
    Response::new(200, "application/json", value.to_string())
}

fn brief(desk: &Desk, head: &Head, now: Timestamp) -> Value {
    let zone = desk.zone(head.campaign.as_ref());
    let text = head.text.as_ref().map(|text| text.expose());
    let mut value = json!(head);
    value["text"] = json!(text);
    value["evidence"] = evidence(text, &head.evidence);
    value["time_left"] = json!(head.deadline.as_ref().map(|miss| when::left(miss.deadline, now)));
    value["overdue"] = json!(head.deadline.as_ref().is_some_and(|miss| miss.deadline.standing(now).is_overdue()));
    value["due"] = json!(head.deadline.as_ref().map(|miss| when::machine(miss.deadline.timestamp(), &zone)));
    value
}

/// What a change answers: how the record stands now.
fn summary(record: &Record) -> Value {
    let mut value = json!({
        "key": record.key,
        "revision": record.revision,
        "state": record.state(),
        "band": record.band(),
        "class": record.class(),
        "acknowledged_by": record.in_hand().map(|acknowledgement| &acknowledgement.by),
        "acknowledged_at": record.in_hand().map(|acknowledgement| acknowledgement.at),
    });
    value["decision"] = record.standing_decision().map_or(Value::Null, decision);
    value
}

/// Everything that is known of a record, seen from `now`.
pub(super) fn whole(desk: &Desk, matter: &Matter, now: Timestamp) -> Value {
    let record = &matter.record;
    let zone = desk.zone(record.campaign.as_ref());
    let mut value = summary(record);
    let parts = json!({
        "id": record.id,
        "campaign": record.campaign,
        "aware_at": record.aware_at,
        "author": record.author,
        "post_text": record.post_text,
        "text": record.current().map(|version| &version.text),
        "deleted": record.deleted,
        "hidden": record.hidden,
        "held": record.holds.last().filter(|_| !record.is_erased()).map(|(because, ground)| json!({ "because": because, "ground": ground, "said": ground.sentence() })),
        "erased": record.erased.map(|(on, because)| json!({ "on": on, "because": because })),
        "quarantined": record.quarantined,
        "drill": record.drill,
        "permalink": record.permalink,
        "case_number": record.case_number(),
        "first_seen": record.shown.as_ref().map(|(at, by, place)| json!({ "at": at, "by": by, "place": place })),
        "assessment": record.reading().map(|reading| assessment(record, reading)),
        "versions": record.versions.iter().map(version).collect::<Vec<_>>(),
        "deadlines": windows(record).iter().map(|window| deadline(record, window, now, &zone)).collect::<Vec<_>>(),
        "day_zero": day_zero::to_json(record),
        "ledger": day_zero::ledger_json(record, &zone),
        "alerts": record.alerts.iter().map(|one| alert(record, one)).collect::<Vec<_>>(),
        "acknowledgements": record.acknowledgements,
        "decisions": record.decisions.iter().map(decision).collect::<Vec<_>>(),
        "events": matter.entries.iter().map(event).collect::<Vec<_>>(),
    });
    merge(&mut value, parts);
    value
}

fn assessment(record: &Record, reading: &Reading) -> Value {
    let text = record.versions.iter().find(|version| version.seq == reading.on).map(|version| version.text.expose());
    let mut value = json!(reading.assessment);
    value["evidence"] = evidence(text, &reading.assessment.evidence);
    value["classes"] = json!(reading.assessment.classes());
    value["on"] = json!(reading.on);
    value["protocol"] = json!(reading.protocol);
    value
}

/// Spans with the words they mark: what a span is worth to somebody who reads the answer.
fn evidence(text: Option<&str>, spans: &[Evidence]) -> Value {
    let words = |span: &Evidence| text.map(|text| span.words(text).to_owned());
    let rows = spans
        .iter()
        .map(|span| json!({ "start": span.start, "end": span.end, "text": words(span), "kind": span.kind, "why": span.why }));
    rows.collect()
}

fn version(version: &Version) -> Value {
    json!({
        "seq": version.seq,
        "action": version.action,
        "text": version.text,
        "at": version.at,
        "received_at": version.received_at,
    })
}

fn deadline(record: &Record, window: &Window, now: Timestamp, zone: &TimeZone) -> Value {
    let miss = window.miss();
    let causes = record.causes_of(&miss).map(|cause| json!({ "cause": cause.cause, "by": cause.by, "at": cause.at }));
    json!({
        "alert": window.alert.as_ref().map(|(alert, _)| alert),
        "class": window.alert.as_ref().map(|(_, class)| class),
        "obligation": window.obligation,
        "due": when::machine(window.deadline.timestamp(), zone),
        "standing": window.standing(now).as_str(),
        "time_left": window.done.is_none().then(|| when::left(window.deadline, now)),
        "done_at": window.done.as_ref().map(|done| done.at),
        "done_by": window.done.as_ref().and_then(|done| done.by.as_deref()),
        "deviation_recorded": window.recorded,
        "causes": causes.collect::<Vec<_>>(),
    })
}

fn alert(record: &Record, alert: &AlertState) -> Value {
    let published = alert.published.iter().map(|(step, published)| {
        let topic = alert.step(step).map(|step| step.topic.as_str());
        json!({ "step": step.step, "repeat": step.repeat, "topic": topic, "message_id": published.message_id(), "at": published.at() })
    });
    let published: Vec<Value> = published.collect();
    json!({
        "id": alert.id,
        "class": alert.class,
        "on": alert.on,
        "protocol": alert.protocol,
        "legal": record.legal_date(alert),
        "legal_as_planned": alert.plan.deadlines.legal,
        "steps": alert.plan.steps,
        "due": alert.due,
        "published": published,
        "acknowledged": alert.acknowledged,
    })
}

/// `outcome`'s own fields beside the rest, as they were sent.
fn decision(decision: &Decision) -> Value {
    let mut value = json!({ "by": decision.by, "at": decision.at, "on": decision.on, "reason": decision.reason });
    merge(&mut value, json!(decision.outcome));
    value
}

fn event(entry: &Entry) -> Value {
    let mut details = json!(entry.what);
    let kind = details.as_object_mut().and_then(|fields| fields.remove("kind"));
    json!({
        "seq": entry.seq,
        "at": entry.at,
        "by": entry.by.label(),
        "kind": kind,
        "details": details,
        "program": entry.program,
        "prev": entry.prev,
        "hash": entry.hash,
    })
}

/// Adds the fields of one object to another.
pub(super) fn merge(value: &mut Value, more: Value) {
    if let (Value::Object(fields), Value::Object(more)) = (value, more) {
        fields.extend(more);
    }
}
