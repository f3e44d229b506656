//! The evidence as JSON: of one case, of a period, missed windows, and who read what.

use serde_json::{Value, json};

use crate::http::Response;
use crate::model::windows::windows;
use crate::model::{Action, CommentKey, Looked, Note, Noted, Place, Record};

use super::api::{answer, merge, whole};
use super::evidence::{self, Deviation, Kept};
use super::problem::Problem;
use super::seen::Reader;
use super::{act, stamps, when};

/// `GET /api/comments/{key}/evidence`: the record, and what an inspector asks beside it.
pub async fn case(reader: &Reader<'_>, key: &CommentKey) -> Result<Response, Problem> {
    let desk = reader.desk;
    let matter = act::load_unbroken(desk, key).await?;
    reader.note(Looked::Evidence, vec![key.clone()], None).await?;
    let matter = reader.see(matter, Place::Program).await;
    let (record, now) = (&matter.record, desk.clock.now());
    let zone = desk.zone(record.campaign.as_ref());
    let mut value = whole(desk, &matter, now);
    let stamps = stamps::stamps(&matter).into_iter().map(|stamp| {
        json!({ "name": stamp.name, "title": stamp.title, "at": when::machine(stamp.at, &zone), "clock": stamp.clock.as_str() })
    });
    let last = matter.entries.last().map(|entry| &entry.hash);
    let more = json!({
        "made_at": now,
        "made_for": reader.person.as_str(),
        "verified": { "at": now, "entries": matter.entries.len(), "last_hash": last },
        "timestamps": stamps.collect::<Vec<_>>(),
        "readings": record.readings,
        "sightings": record.sightings.iter().map(|(on, sighting)| json!({ "on": on, "sighting": sighting })).collect::<Vec<_>>(),
        "viewers": record.viewers.iter().map(|(at, by, place)| json!({ "at": at, "by": by, "place": place })).collect::<Vec<_>>(),
        "holds": record.holds.iter().map(|(because, ground)| json!({ "because": because, "ground": ground })).collect::<Vec<_>>(),
        "exports": record.exports.iter().map(|(at, to)| json!({ "at": at, "to": to })).collect::<Vec<_>>(),
        "receipts": record.receipts,
        "samples": record.samples,
        "drill": record.drill,
    });
    merge(&mut value, more);
    Ok(answer(&value))
}

/// `GET /api/evidence`.
pub async fn period(reader: &Reader<'_>) -> Result<Response, Problem> {
    let found = evidence::gather(reader).await?;
    let journal = |kept: &Kept| json!({ "day": kept.day, "notes": kept.newest.as_ref().map(|(count, _)| count), "hash": kept.newest.as_ref().map(|(_, hash)| hash) });
    let told = |action| found.told(action);
    Ok(answer(&json!({
        "from": found.period.from,
        "to": found.period.to,
        "zone": found.period.zone.iana_name(),
        "still_running": found.period.runs(found.made_at),
        "made_at": found.made_at,
        "received": found.received.len(),
        "nil": found.received.is_empty() && found.next.is_none(),
        "drills": found.drills,
        "dispositions": found.dispositions(),
        "edited": told(Action::Edited),
        "deleted": told(Action::Deleted),
        "hidden": told(Action::Hidden),
        "comments": found.received.iter().map(|record| row(record, &found)).collect::<Vec<_>>(),
        "deviations": found.deviations.iter().map(deviation).collect::<Vec<_>>(),
        "protocols_active": found.active,
        "protocols_used": found.protocols(),
        "classifiers_used": found.classifiers(),
        "roots": found.roots.iter().map(journal).collect::<Vec<_>>(),
        "reads": found.reads(),
        "gone_through": found.read,
        "broken": found.broken,
        "next": found.next.as_ref().map(ToString::to_string),
    })))
}

fn row(record: &Record, found: &evidence::Evidence) -> Value {
    let windows = windows(record).into_iter().map(|window| {
        json!({
            "obligation": window.obligation,
            "due": when::machine(window.deadline.timestamp(), &found.period.zone),
            "standing": window.standing(found.made_at).as_str(),
            "done_at": window.done.as_ref().map(|done| done.at),
        })
    });
    json!({
        "key": record.key,
        "campaign": record.campaign,
        "aware_at": record.aware_at,
        "band": record.band(),
        "class": record.class(),
        "state": record.state(),
        "decision": record.standing_decision().map(|decision| decision.outcome.as_str()),
        "decided_at": record.standing_decision().map(|decision| decision.at),
        "decided_by": record.standing_decision().map(|decision| &decision.by),
        "case_number": record.case_number(),
        "windows": windows.collect::<Vec<_>>(),
    })
}

/// A missed window with its causes.
fn deviation(deviation: &Deviation) -> Value {
    let causes = deviation.causes.iter().map(|cause| json!({ "cause": cause.cause, "by": cause.by, "at": cause.at }));
    json!({
        "key": deviation.key,
        "alert": deviation.miss.alert,
        "class": deviation.class,
        "obligation": deviation.miss.obligation,
        "deadline": deviation.miss.deadline,
        "recorded_at": deviation.recorded_at,
        "causes": causes.collect::<Vec<_>>(),
    })
}

/// `GET /api/deviations`.
pub async fn deviations(reader: &Reader<'_>) -> Result<Response, Problem> {
    let found = evidence::gather_deviations(reader).await?;
    Ok(answer(&json!({
        "from": found.period.from,
        "to": found.period.to,
        "deviations": found.missed.iter().map(deviation).collect::<Vec<_>>(),
        "gone_through": found.read,
        "broken": found.broken,
        "next": found.next.as_ref().map(ToString::to_string),
    })))
}

/// `GET /api/access`.
pub async fn accesses(reader: &Reader<'_>) -> Result<Response, Problem> {
    let found = evidence::gather_reads(reader.desk, reader.request).await?;
    Ok(answer(&json!({
        "day": found.day,
        "total": found.total,
        "reads": found.notes.iter().map(read).collect::<Vec<_>>(),
        "next": found.next,
    })))
}

fn read(note: &Note) -> Value {
    let mut value = json!({ "seq": note.seq, "at": note.at, "by": note.by.label(), "hash": note.hash });
    match &note.what {
        Noted::Read(access) => merge(&mut value, json!(access)),
        Noted::Entrance(entrance) => merge(&mut value, json!(entrance)),
        _ => {}
    }
    value
}
