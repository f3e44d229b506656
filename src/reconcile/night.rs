//! The nightly round: for each campaign, once each date of its own zone, however many workers try. Every step can be done again, and is
//! decided anew on what the journals say, so that a round that broke off is finished by the next.

use std::collections::HashMap;

use jiff::Span;
use jiff::civil::Date;

use super::facts::{CommentFacts, Facts};
use super::{Anew, Error, LOOKS_BACK, MACHINE, RECONCILED, Reconcile, SAMPLES, STAGE, back, gather, sample, statement_of};
use crate::metrics::Metric;
use crate::model::chain::New;
use crate::model::{
    CampaignId, CaseReceipt, CommentKey, Draw, Happening, Head, JournalId, ListedCase, Note, Noted, Period, Reconciled, Record,
};
use crate::protocol::Protocol;
use crate::store::{AppendError, StoreError};

/// Times that something is added to a record anew because somebody else was faster.
const ATTEMPTS: usize = 5;

/// What a round came to for one campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Night {
    /// This date was reconciled before.
    Already,
    Done(Reconciled),
}

/// Reconciles every campaign whose date has changed since it was last reconciled, and says so in the metrics. One campaign that fails
/// keeps no other from its round; the first error is given back, and the round counts as run only if there was none.
pub async fn nights(stage: &Reconcile) -> Result<Vec<(CampaignId, Night)>, Error> {
    let directory = stage.store.directory().await?;
    let (mut nights, mut failed, mut open_tasks) = (Vec::new(), None, 0_u64);
    for campaign in directory.active.keys() {
        match night(stage, campaign).await {
            Ok((night, open)) => {
                open_tasks += open as u64;
                nights.push((campaign.clone(), night));
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    stage.metrics.line(STAGE, &[(Metric::ReconciliationRan, 1), (Metric::ReconciliationDifferences, open_tasks)]);
    Ok(nights)
}

async fn night(stage: &Reconcile, campaign: &CampaignId) -> Result<(Night, usize), Error> {
    let protocol = stage.protocol(campaign).await?;
    let today = stage.clock.now().to_zoned(protocol.time_zone().clone()).date();
    let journal = JournalId::of_campaign(RECONCILED, campaign);
    let done = |note: &Note| matches!(&note.what, Noted::Reconciled(reconciled) if reconciled.on >= today);
    let last = stage.store.last_note(&journal).await?;
    if last.as_ref().is_some_and(done) {
        return Ok((Night::Already, stage.tasks(campaign).await?.open().len()));
    }
    let from = back(today, LOOKS_BACK);
    let mut facts = gather::facts(stage, &protocol, from, today).await?;
    stage.receipts(&facts).await?;
    stage.draw(&protocol, &mut facts, today).await?;
    let open = stage.note_tasks(&facts, from, today).await?;
    for period in stage.due(campaign, protocol.starts(), today).await? {
        stage.keep_statement(campaign, statement_of(&facts, period), MACHINE, Anew::Never).await?;
    }
    let night = reconciled(&facts, from, today, open);
    // Whoever was faster has done all the same.
    let new = stage.to_note(MACHINE, Noted::Reconciled(night.clone()));
    let noted = stage.store.note_after(&journal, last.as_ref(), new).await?;
    Ok((if noted.is_some() { Night::Done(night) } else { Night::Already }, open))
}

fn reconciled(facts: &Facts, from: Date, today: Date, open: usize) -> Reconciled {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Reconciled {
        on: today,
        from,
        to: today,
        deliveries: number(facts.deliveries.len()),
        comments: number(facts.comments.iter().filter(|comment| !comment.drill).count()),
        differences: number(super::compare::differences(facts, from, today).len()),
        open_tasks: number(open),
    }
}

impl Reconcile {
    /// The periods that are over and have no statement: yesterday, and every one before it back to the first that has one. The first night
    /// of all states yesterday, and what has just ended with it.
    async fn due(&self, campaign: &CampaignId, starts: Date, today: Date) -> Result<Vec<Period>, StoreError> {
        let statements = self.statements(campaign).await?;
        let stated = statements.periods().map(|(period, _)| *period).filter(|period| matches!(period, Period::Day(_)));
        // From the first that was ever stated on: a person may have asked for one before its night came.
        let first = stated.map(Period::first).min();
        let first = first.unwrap_or(today).min(back(today, 1)).max(starts).max(back(today, LOOKS_BACK));
        let days = std::iter::successors(Some(first), |day| day.checked_add(Span::new().days(1)).ok());
        let mut due: Vec<Period> = Vec::new();
        for day in days.take_while(|day| *day < today) {
            // A week or a month is stated on the day on which it has just ended.
            let ended = Period::holding(day).into_iter().filter(|period| period.after() == Period::Day(day).after());
            due.extend(ended.filter(|period| statements.newest(*period).is_none()));
        }
        Ok(due)
    }

    /// Writes into each record that the safety database has its case: once for each thing that its lists say.
    pub(super) async fn receipts(&self, facts: &Facts) -> Result<(), Error> {
        let Some(cases) = &facts.cases else { return Ok(()) };
        let listed: std::collections::BTreeMap<String, &ListedCase> =
            cases.rows.iter().map(|row| (ListedCase::normal(&row.case_number), row)).collect();
        for comment in facts.comments.iter().filter(|comment| !comment.drill) {
            let row = comment.case.as_ref().and_then(|(number, _)| listed.get(&ListedCase::normal(number)));
            let Some(row) = row else { continue };
            let (case_number, at) = (row.case_number.clone(), facts.received_at(row.received));
            let receipt = CaseReceipt { case_number, at, list: cases.list.clone() };
            let says = |known: &CaseReceipt| known.case_number == receipt.case_number && known.at == receipt.at;
            if comment.receipts.iter().any(says) {
                continue;
            }
            let add = |record: &Record| (!record.receipts.iter().any(says)).then(|| Happening::CaseReceived(receipt.clone()));
            self.add(&comment.key, add).await?;
        }
        Ok(())
    }

    /// Draws what weeks have no draw, and marks what was drawn and is not marked. The draw is noted before any record is: whoever
    /// loses the race to note it marks what the other drew.
    async fn draw(&self, protocol: &Protocol, facts: &mut Facts, today: Date) -> Result<(), Error> {
        let share = sample::millionths(protocol.sample());
        let journal = JournalId::of_campaign(SAMPLES, &facts.protocol.id);
        if share > 0 {
            for week in sample::weeks_to_draw(facts.starts, &facts.draws, today) {
                facts.draws.push(self.draw_week(&journal, facts, week, share).await?);
            }
        }
        let drawn = facts.draws.iter().flat_map(|draw| draw.drawn.iter().map(move |key| (key, draw)));
        let drawn: HashMap<CommentKey, String> = drawn.map(|(key, draw)| (key.clone(), draw.name())).collect();
        // What is not among the facts was drawn long ago, and marked then.
        for comment in &mut facts.comments {
            if let Some(name) = drawn.get(&comment.key) {
                self.mark(comment, name).await?;
            }
        }
        Ok(())
    }

    async fn draw_week(&self, journal: &JournalId, facts: &Facts, week: Period, share: u32) -> Result<Draw, Error> {
        let population = sample::population(facts, week);
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| StoreError::Unavailable {
            doing: "drawing a sample: the machine gave no random numbers",
            source: error.to_string().into(),
        })?;
        let draw = sample::draw(week, &population, share, &seed);
        self.store.keep_document(&sample::document(&population)).await?;
        let drawn = |notes: &[Note]| {
            notes.iter().find_map(|note| match &note.what {
                Noted::Drawn(drawn) if drawn.week == week => Some(drawn.clone()),
                _ => None,
            })
        };
        let once = |notes: &[Note]| Ok(drawn(notes).is_none().then(|| Noted::Drawn(draw.clone())));
        let notes = self.decide_and_note(journal, MACHINE, once).await?;
        Ok(drawn(&notes).unwrap_or(draw))
    }

    async fn mark(&self, comment: &mut CommentFacts, name: &str) -> Result<(), Error> {
        if comment.samples.iter().any(|known| known == name) {
            return Ok(());
        }
        let sampled = Happening::Sampled { draw: name.to_owned() };
        let unmarked = |record: &Record| !record.samples.iter().any(|known| known == name);
        self.add(&comment.key, |record| unmarked(record).then(|| sampled.clone())).await?;
        comment.samples.push(name.to_owned());
        Ok(())
    }

    /// Adds to a record what `decide` says of it as it is, and renews its head.
    async fn add(&self, key: &CommentKey, decide: impl Fn(&Record) -> Option<Happening>) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let mut entries = self.store.chain(key).await?;
            let Some(what) = Record::fold(&entries).as_ref().and_then(&decide) else { return Ok(()) };
            let new = New { at: self.clock.now(), by: MACHINE, what, words: None };
            match self.store.append(key, entries.last(), vec![new]).await {
                Ok(appended) => entries.extend(appended),
                Err(AppendError::Conflict(_)) => continue,
                Err(AppendError::Store(error)) => return Err(error.into()),
            }
            if let Some(record) = Record::fold(&entries) {
                let head = Head::of(&record, record.wake(self.clock.now()));
                self.store.project(&head).await?;
            }
            return Ok(());
        }
        Err(super::raced())
    }
}
