//! Fire drills as people and programs ask for them: start one, look how far it has come, end it. What a drill is and measures is
//! `drill`'s; posting its signed event is the asker's.

use serde_json::{Value, json};

use crate::drill::{self, Asked, DrillError};
use crate::http::{Request, Response};
use crate::model::drill::Measured;
use crate::model::{CampaignId, Class};
use crate::store::KeptDrill;

use super::Desk;
use super::fields::Fields;
use super::problem::Problem;
use super::sign_in::Person;

/// Drills that a page and a list show: two years of one a week.
const SHOWN: i32 = 100;

/// A drill with what was measured so far.
pub struct Shown {
    pub kept: KeptDrill,
    pub measured: Measured,
}

/// The newest drills.
pub async fn load(desk: &Desk) -> Result<Vec<Shown>, Problem> {
    let mut shown = Vec::new();
    for kept in desk.store.drills(SHOWN).await? {
        let measured = drill::measured(&desk.store, &kept).await?;
        shown.push(Shown { kept, measured });
    }
    Ok(shown)
}

/// `GET /api/drills`.
pub async fn list(desk: &Desk) -> Result<Response, Problem> {
    let drills: Vec<Value> = load(desk).await?.iter().map(of_drill).collect();
    Ok(answer(&json!({ "drills": drills })))
}

/// `GET /api/drills/{id}`.
pub async fn one(desk: &Desk, id: &str) -> Result<Response, Problem> {
    let kept = desk.store.drill(id).await?.ok_or(NONE)?;
    let measured = drill::measured(&desk.store, &kept).await?;
    Ok(answer(&of_drill(&Shown { kept, measured })))
}

/// `POST /api/drills`: registers one. The answer holds the event's body, which is a drill once it is signed and posted to the door.
pub async fn start(desk: &Desk, request: &Request, person: &Person) -> Result<Response, Problem> {
    let body: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    let fields = Fields::json(body, &["campaign", "class", "language", "by"])?;
    let class = fields.get("class").map(|name| {
        let known = Class::ALL.map(Class::as_str).join(", ");
        Class::from_name(name).ok_or_else(|| Problem::Unusable(format!("`class` is not one of {known}.")))
    });
    let asked = Asked {
        campaign: fields.get("campaign").map(CampaignId::new),
        class: class.transpose()?,
        language: fields.get("language").map(str::to_owned),
    };
    let person = person.acting(fields.get("by"))?;
    let ready = drill::register(&desk.store, &asked, person.as_str(), desk.clock.now()).await.map_err(refused)?;
    Ok(answer(&json!({ "drill": ready.drill, "provider": ready.provider, "body": ready.body })))
}

/// `POST /api/drills/{id}/end`: keeps what was measured; asked again it changes nothing.
pub async fn end(desk: &Desk, request: &Request, id: &str, person: &Person) -> Result<Response, Problem> {
    let body: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    let person = person.acting(Fields::json(body, &["by"])?.get("by"))?;
    let measured = drill::end(&desk.store, id, person.as_str(), desk.clock.now()).await?;
    Ok(answer(&json!({ "measured": measured.ok_or(NONE)? })))
}

const NONE: Problem = Problem::NotFound("No fire drill has this id.");

fn of_drill(shown: &Shown) -> Value {
    json!({
        "drill": shown.kept.drill,
        "measured": shown.measured,
        "in_time": shown.measured.in_time(),
        "ended": shown.kept.measured.is_some(),
    })
}

fn refused(error: DrillError) -> Problem {
    match error {
        DrillError::Unusable(sentence) => Problem::Unusable(sentence),
        DrillError::Store(error) => Problem::Store(error),
    }
}

fn answer(value: &Value) -> Response {
    Response::new(200, "application/json", value.to_string())
}
