//! Statements, tasks, the sample and recall as JSON. Names here may grow and never shrink.

use serde_json::{Value, json};

use super::{Measured, Waiting};
use crate::http::Response;
use crate::model::Draw;
use crate::reconcile::{CaseFile, Reconcile, Statement, TaskStanding, TaskState, Tasks, Version};
use crate::review::Desk;
use crate::review::problem::Problem;

/// `GET /api/statements`.
pub async fn overview(desk: &Desk, stage: &Reconcile) -> Result<Response, Problem> {
    let mut campaigns = Vec::new();
    for campaign in desk.campaigns.iter() {
        let statements = stage.statements(&campaign.id).await?;
        let statements: Vec<Value> =
            statements.periods().rev().filter_map(|(_, versions)| versions.last()).map(version).collect();
        let tasks: Vec<Value> = stage.tasks(&campaign.id).await?.open().into_iter().map(task).collect();
        campaigns.push(json!({ "campaign": campaign.id, "tasks": tasks, "statements": statements }));
    }
    answer(&json!({ "campaigns": campaigns }))
}

/// `GET /api/statements/{campaign}/{period}`, and the answer to making or signing one.
pub fn statement(made: &Version, statement: &Statement, newest: usize) -> Result<Response, Problem> {
    let mut value = version(made);
    value["newest_version"] = json!(newest);
    value["nil_sentence"] = json!(statement.nil.sentence());
    value["statement"] = json!(statement);
    answer(&value)
}

/// The answer to closing a task: what is still open.
pub fn tasks(tasks: &Tasks) -> Result<Response, Problem> {
    answer(&json!({ "tasks": tasks.open().into_iter().map(task).collect::<Vec<_>>() }))
}

/// The answer to a list of cases.
pub fn cases(file: &CaseFile) -> Result<Response, Problem> {
    answer(&json!({ "used": file.rows.len(), "unusable": file.unusable, "faults": file.faults }))
}

/// `GET /api/sample`.
pub fn sample(desk: &Desk, waiting: &[Waiting]) -> Result<Response, Problem> {
    let campaigns = waiting.iter().map(|waiting| {
        let records = waiting.records.iter().map(|record| {
            let due = record.next_deadline().map(|miss| miss.deadline);
            json!({ "key": record.key, "received_at": record.aware_at, "revision": record.revision, "deadline": due })
        });
        let records: Vec<Value> = records.collect();
        let draws: Vec<Value> = waiting.draws.iter().map(draw).collect();
        json!({ "campaign": waiting.campaign, "waiting": records, "not_looked_at": waiting.more, "draws": draws })
    });
    answer(&json!({ "as_of": desk.clock.now(), "campaigns": campaigns.collect::<Vec<_>>() }))
}

/// `GET /api/quality`.
pub fn quality(measured: &[Measured]) -> Result<Response, Problem> {
    let campaigns = measured.iter().map(|measured| {
        let draws: Vec<Value> = measured.draws.iter().map(draw).collect();
        let statement = measured.statement.as_ref();
        json!({
            "campaign": measured.campaign,
            "as_of": statement.map(|statement| statement.as_of),
            "recall": statement.map(|statement| &statement.recall),
            "draws": draws,
        })
    });
    answer(&json!({ "campaigns": campaigns.collect::<Vec<_>>() }))
}

fn answer(value: &Value) -> Result<Response, Problem> {
    Ok(Response::new(200, "application/json", value.to_string()))
}

fn version(version: &Version) -> Value {
    let signatures = version.signatures.iter().map(|(at, signature)| {
        let mut value = json!(signature);
        value["at"] = json!(at);
        value["sentence"] = json!(signature.meaning.sentence());
        value
    });
    let signatures: Vec<Value> = signatures.collect();
    json!({
        "period": version.made.period,
        "version": version.number,
        "digest": version.made.digest,
        "made_at": version.at,
        "made_by": version.by,
        "received": version.made.received,
        "differences": version.made.differences,
        "nil": version.made.nil,
        "signatures": signatures,
        "signed": version.is_signed(),
    })
}

fn task(state: &TaskState) -> Value {
    let mut value = json!(state.task);
    value["opened_at"] = json!(state.opened_at);
    value["open"] = json!(state.standing == TaskStanding::Open);
    value
}

fn draw(draw: &Draw) -> Value {
    json!(draw)
}
