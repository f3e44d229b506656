//! Reviews of a Facebook Page: the `ratings` field.
//!
//! `facebook.rs` calls [`read`]. A review without words is counted like a like; what people write under a review is a comment.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::facebook;
use super::json::{self, Id, Seconds};
use super::reading::{self, Reading, Source};
use crate::model::{Action, CommentEvent, CommentId};

#[derive(Deserialize)]
struct Review {
    item: Option<String>,
    verb: Option<String>,
    #[serde(default)]
    open_graph_story_id: Id,
    #[serde(default)]
    reviewer_id: Id,
    reviewer_name: Option<String>,
    /// Newer deliveries have the two above in here.
    reviewer: Option<Reviewer>,
    review_text: Option<String>,
    #[serde(default)]
    created_time: Seconds,
}

#[derive(Deserialize)]
struct Reviewer {
    #[serde(default)]
    id: Id,
    name: Option<String>,
}

/// Reads one change of the field.
pub(super) fn read(reading: &mut Reading<'_>, source: Source<'_>, value: &RawValue) {
    let review: Review = match json::object(value) {
        Ok(review) => review,
        Err(fault) => return reading.misshapen(source, "a facebook review", fault),
    };
    match review.item.as_deref() {
        Some("comment") => {
            if let Some(comment) = facebook::comment(reading, source, review.verb.as_deref(), value) {
                // The post that it stands under is the review, which is somebody's words: "same here" means what the review means.
                let answered = comment.parent_id.clone().or(comment.post_id.clone());
                facebook::tell(reading, source, review.verb.as_deref(), CommentEvent { parent_id: answered, ..comment });
            }
        }
        Some(name) if facebook::NOT_COMMENTS.contains(&name) => reading.ignore(source, format!("facebook {name}")),
        Some("rating") | None => read_review(reading, source, review),
        other => facebook::read_unknown_item(reading, source, ("ratings item", other), value),
    }
}

fn read_review(reading: &mut Reading<'_>, source: Source<'_>, review: Review) {
    let known = facebook::action(review.verb.as_deref());
    let action = known.unwrap_or(Action::Created);
    let text = reading::words(review.review_text);
    if text.is_none() && known.is_some_and(|action| action != Action::Deleted) {
        return reading.ignore(source, "facebook rating".to_owned());
    }
    let (reviewer_id, reviewer_name) = match review.reviewer {
        Some(reviewer) => (reviewer.id.into_inner(), reviewer.name),
        None => (review.reviewer_id.into_inner(), review.reviewer_name),
    };
    // A person has one review of a Page: without a story its author names it.
    let by_author = reviewer_id.as_ref().map(|reviewer| format!("review by {}", reading::digest_of_person(reviewer)));
    let Some(id) = review.open_graph_story_id.into_inner().or(by_author) else {
        return reading.spoilt(source, "a facebook review has no open_graph_story_id and no reviewer".to_owned());
    };
    let event = CommentEvent {
        own_account: reviewer_id.as_deref() == Some(source.account),
        author: reading::author(reviewer_id, reviewer_name),
        text,
        at: facebook::at(source, action, review.created_time),
        created_at: review.created_time.0,
        sent_at: source.sent_at,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), action)
    };
    facebook::tell(reading, source, review.verb.as_deref(), event);
}
