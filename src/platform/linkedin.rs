//! LinkedIn: the signature and its forms, the challenge, and the notifications of what members do with an organisation's posts.
//!
//! Names, pictures and ad ids do not come along. LinkedIn spells one comment in two ways; here it has one id.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Handshake;
use super::json::{self, Id, Milliseconds};
use super::reading::{self, ParseContext, Reading, Source, UNKNOWN_ACCOUNT};
use super::signature::{self, SignatureFault};
use crate::http::{Request, Response};
use crate::model::{Action, CommentEvent, CommentId, CommentText, Parsed, Platform, Secret, SignatureForm};

const SIGNATURE: &str = "x-li-signature";

/// Stands before the body that is signed and, in some forms, in the header.
const PREFIX: &str = "hmacsha256=";

const CODE: &str = "challengeCode";

/// LinkedIn asks every two hours and blocks an address after three failures. A quarter of an hour more, because its asking is not
/// to the minute.
pub(super) const ASKS_AGAIN_WITHIN: SignedDuration = SignedDuration::from_mins(3 * 120 + 15);

/// Hexadecimal digits between the hyphens of a UUID.
const UUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// Checks the MAC in the door's form. A signature that is right in another form is refused all the same, under a name of its own:
/// whoever runs the door then knows which key to turn.
pub(super) fn check_signature(request: &Request, secrets: &[Secret], form: SignatureForm) -> Result<(), SignatureFault> {
    let written = signature::only_header(request, SIGNATURE)?;
    // In the forms that sign the bare body, the answer to a challenge is the signature of a body that is its code.
    if is_code(&request.body) {
        return Err(SignatureFault::SignedForAnybody);
    }
    let result = check_form(form, written, &request.body, secrets);
    let others = || SignatureForm::ALL.into_iter().filter(|other| *other != form);
    match result {
        Err(SignatureFault::NoMatch | SignatureFault::Malformed(_))
            if others().any(|other| check_form(other, written, &request.body, secrets).is_ok()) =>
        {
            Err(SignatureFault::OtherForm)
        }
        result => result,
    }
}

fn check_form(form: SignatureForm, written: &str, body: &[u8], secrets: &[Secret]) -> Result<(), SignatureFault> {
    let (in_header, before_body) = prefixes(form);
    let presented = written.strip_prefix(in_header).and_then(signature::mac_of_digits);
    let presented = presented.ok_or(SignatureFault::Malformed(SIGNATURE))?;
    signature::any_match(secrets, &[presented], &[before_body.as_bytes(), body])
}

/// What stands before the digits of the header, and what before the body.
fn prefixes(form: SignatureForm) -> (&'static str, &'static str) {
    match form {
        SignatureForm::Documented => ("", PREFIX),
        SignatureForm::PrefixInHeader => (PREFIX, ""),
        SignatureForm::PrefixInBoth => (PREFIX, PREFIX),
        SignatureForm::NoPrefix => ("", ""),
    }
}

pub(super) fn sign(secret: &Secret, body: &[u8]) -> Vec<(String, String)> {
    vec![(SIGNATURE.to_owned(), hex::encode(signature::mac(secret, &[PREFIX.as_bytes(), body])))]
}

/// A GET with one `challengeCode`, which LinkedIn wants to see signed. Whoever asks gets a signature, so it is given for UUIDs
/// alone: none begins with the prefix that a signed body has, and none is a body.
pub(super) fn handshake(request: &Request, secrets: &[Secret]) -> Handshake {
    let mut codes = request.query.iter().filter(|(name, _)| name == CODE).map(|(_, code)| code.as_str());
    let (true, Some(code)) = (request.method == "GET", codes.next()) else {
        return Handshake::NotOne;
    };
    if codes.next().is_some() {
        return Handshake::Refused("the challenge has more than one challengeCode");
    }
    if !is_code(code.as_bytes()) {
        return Handshake::Refused("the challenge's challengeCode is not a UUID");
    }
    let Some(secret) = secrets.first() else {
        return Handshake::Refused("the door has no secret, so that no challenge can be answered");
    };
    let response = hex::encode(signature::mac(secret, &[code.as_bytes()]));
    let answer = serde_json::json!({"challengeCode": code, "challengeResponse": response}).to_string();
    let answer = Response::new(200, "application/json", answer).with_header("x-content-type-options", "nosniff");
    Handshake::Answer(answer.with_header("cache-control", "no-store"))
}

fn is_code(message: &[u8]) -> bool {
    let groups: Vec<&[u8]> = message.split(|b| *b == b'-').collect();
    groups.iter().map(|group| group.len()).eq(UUID_GROUPS) && groups.concat().iter().all(u8::is_ascii_hexdigit)
}

/// The only kind of delivery that holds comments.
const SOCIAL_ACTIONS: &str = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS";

/// What people are told where the words themselves do not come along.
const UNSENT: &str = "text that LinkedIn did not send";

/// The same of a post that was passed on: whether words were added, nobody can tell.
const UNSENT_SHARE: &str = "share whose words LinkedIn did not send";

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    notifications: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'a> {
    #[serde(default)]
    organizational_entity: Id,
    action: Option<String>,
    #[serde(default)]
    source_post: Id,
    #[serde(borrow)]
    decorated_source_post: Option<&'a RawValue>,
    #[serde(default)]
    generated_activity: Id,
    decorated_generated_activity: Option<Generated>,
    #[serde(default)]
    last_modified_at: Milliseconds,
}

/// What was written. Absent where LinkedIn does not send it along.
#[derive(Default, Deserialize)]
struct Generated {
    comment: Option<Written>,
    share: Option<Written>,
}

#[derive(Default, Deserialize)]
struct Written {
    #[serde(default)]
    entity: Id,
    #[serde(default)]
    owner: Id,
    text: Option<String>,
    /// What a comment stands under: a post, or the comment that it answers.
    #[serde(default)]
    object: Id,
}

pub(super) fn parse(body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    let nobody = Source::unknown(Platform::LinkedIn);
    if let Some(envelope) = reading.whole(nobody, body) {
        read_envelope(&mut reading, nobody, &envelope);
    }
    reading.finish()
}

fn read_envelope(reading: &mut Reading<'_>, nobody: Source<'_>, envelope: &Envelope<'_>) {
    let list = match (envelope.kind.as_deref(), envelope.notifications) {
        (Some(SOCIAL_ACTIONS), list) => list.map_or_else(|| Ok(Vec::new()), json::list),
        (None, Some(list)) => json::list(list),
        (other, _) => return reading.unread(nobody, &format!("linkedin type {}", json::kind(other))),
    };
    match list {
        Err(fault) => reading.misshapen(nobody, "the list of notifications of a linkedin delivery", fault),
        Ok(list) if list.is_empty() => {
            let about = "linkedin delivery without notifications";
            reading.matter(nobody, about.to_owned(), format!("a {about} came; at least one was expected"));
        }
        Ok(list) => list.into_iter().for_each(|raw| match json::object::<Notification<'_>>(raw) {
            Err(fault) => reading.misshapen(place(raw).source(), "a linkedin notification", fault),
            Ok(notification) => read_notification(reading, notification),
        }),
    }
}

/// Read by itself, so that a notification that cannot be read still says where it belongs.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(default)]
    organizational_entity: Id,
}

impl Place {
    fn source(&self) -> Source<'_> {
        let account = self.organizational_entity.get().unwrap_or(UNKNOWN_ACCOUNT);
        Source { account, ..Source::unknown(Platform::LinkedIn) }
    }
}

fn place(raw: &RawValue) -> Place {
    json::object(raw).unwrap_or_default()
}

/// A notification whose action is known.
struct Notice<'a> {
    source: Source<'a>,
    /// What was written, by whichever of its names it was told.
    id: Option<String>,
    /// `None` where LinkedIn sends the name alone.
    written: Option<Written>,
    post: Option<String>,
    post_text: Option<CommentText>,
    at: Option<Timestamp>,
    /// Written by the organisation, unless an owner is told who is another.
    own_unless_told: bool,
}

fn read_notification(reading: &mut Reading<'_>, notification: Notification<'_>) {
    let place = Place { organizational_entity: notification.organizational_entity };
    let generated = notification.decorated_generated_activity.unwrap_or_default();
    let mut post = notification.decorated_source_post.and_then(|raw| json::object::<Written>(raw).ok());
    let action = notification.action.as_deref();
    let written = match action {
        Some("SHARE") => generated.share,
        // Where nothing else is told, the post that holds the mention is itself the source.
        Some("SHARE_MENTION") => generated.share.or_else(|| post.take()),
        Some("COMMENT" | "ADMIN_COMMENT" | "COMMENT_EDIT" | "COMMENT_DELETE" | "LIKE") => generated.comment,
        _ => generated.comment.or(generated.share),
    };
    let entity = written.as_ref().and_then(|written| written.entity.get());
    let notice = Notice {
        source: place.source(),
        id: entity.or(notification.generated_activity.get()).map(whole_urn),
        written,
        post: notification.source_post.into_inner(),
        post_text: reading::words(post.and_then(|post| post.text)),
        at: notification.last_modified_at.0,
        own_unless_told: false,
    };
    match action {
        Some("COMMENT") => read_comment(reading, Action::Created, notice),
        // An administrator's comment, in the organisation's name or in their own: the owner tells which.
        Some("ADMIN_COMMENT") => read_comment(reading, Action::Created, Notice { own_unless_told: true, ..notice }),
        Some("COMMENT_EDIT") => read_comment(reading, Action::Edited, notice),
        Some("COMMENT_DELETE") => read_comment(reading, Action::Deleted, notice),
        Some("SHARE_MENTION") => read_share(reading, UNSENT, Notice { id: notice.id.or_else(|| notice.post.clone()), ..notice }),
        // Most pass a post on as it is. Who adds words has written a comment under it, and what was not told may have words.
        Some("SHARE") if notice.written.is_none() => read_share(reading, UNSENT_SHARE, notice),
        Some("SHARE") if adds_words(&notice) => read_share(reading, UNSENT, notice),
        Some("SHARE") => reading.ignore(notice.source, "linkedin share".to_owned()),
        Some("LIKE") => reading.ignore(notice.source, "linkedin like".to_owned()),
        other => read_unknown(reading, other, notice),
    }
}

fn adds_words(share: &Notice<'_>) -> bool {
    let words = reading::words(share.written.as_ref().and_then(|written| written.text.clone()));
    words.is_some() && words != share.post_text
}

fn read_comment(reading: &mut Reading<'_>, action: Action, notice: Notice<'_>) {
    match notice.id.clone() {
        None => reading.spoilt(notice.source, "a linkedin comment has no URN".to_owned()),
        Some(id) => reading.event(comment(action, id, notice)),
    }
}

/// An action that this version does not know: of a comment, if one is told of or named.
fn read_unknown(reading: &mut Reading<'_>, action: Option<&str>, notice: Notice<'_>) {
    let source = notice.source;
    match notice.id.clone().filter(|id| notice.written.is_some() || post_of(id).is_some()) {
        None => reading.unread(source, &format!("linkedin action {}", json::kind(action))),
        Some(id) => reading.unknown_event(source, ("action", action), comment(Action::Created, id, notice)),
    }
}

fn comment(action: Action, id: String, notice: Notice<'_>) -> CommentEvent {
    let told = notice.written.is_some();
    let written = notice.written.unwrap_or_default();
    let under = written.object.get().map(whole_urn);
    let (parent_id, object) = match under {
        Some(urn) if post_of(&urn).is_some() => (Some(urn), None),
        other => (None, other),
    };
    let post_id = post_of(&id).map(str::to_owned).or(object).or(notice.post);
    let owner = written.owner.into_inner();
    let text = reading::words(written.text);
    let unreadable = match action {
        Action::Created | Action::Edited if text.is_none() && told => Some("picture"),
        Action::Created | Action::Edited if text.is_none() => Some(UNSENT),
        Action::Created | Action::Edited | Action::Deleted | Action::Hidden | Action::Unhidden => None,
    };
    CommentEvent {
        parent_id,
        permalink: post_id.as_deref().and_then(permalink),
        post_id,
        own_account: owner.as_deref().map_or(notice.own_unless_told, |owner| owner == notice.source.account),
        author: reading::author(owner, None),
        text,
        post_text: notice.post_text,
        at: notice.at,
        unreadable: unreadable.map(str::to_owned),
        ..CommentEvent::new(CommentId::new(notice.source.platform, notice.source.account, id), action)
    }
}

/// A member's post that names the organisation, or one of its posts passed on with words: a comment that is a post itself.
fn read_share(reading: &mut Reading<'_>, unsent: &str, notice: Notice<'_>) {
    let Some(id) = notice.id else {
        return reading.spoilt(notice.source, "a linkedin share has no URN".to_owned());
    };
    let written = notice.written.unwrap_or_default();
    let owner = written.owner.into_inner();
    let text = reading::words(written.text);
    reading.event(CommentEvent {
        post_id: notice.post.filter(|post| *post != id),
        permalink: permalink(&id),
        own_account: owner.as_deref() == Some(notice.source.account),
        author: reading::author(owner, None),
        unreadable: text.is_none().then(|| unsent.to_owned()),
        text,
        post_text: notice.post_text,
        at: notice.at,
        ..CommentEvent::new(CommentId::new(notice.source.platform, notice.source.account, id), Action::Created)
    });
}

/// One spelling for a comment that LinkedIn spells in two: `urn:li:comment:(activity:A,C)` is written out. Any other URN stays.
fn whole_urn(urn: &str) -> String {
    match urn.strip_prefix("urn:li:comment:(") {
        Some(rest) if !rest.starts_with("urn:li:") => format!("urn:li:comment:(urn:li:{rest}"),
        _ => urn.to_owned(),
    }
}

/// The post of a comment's URN, which has been written out.
fn post_of(urn: &str) -> Option<&str> {
    let (post, _) = urn.strip_prefix("urn:li:comment:(")?.strip_suffix(')')?.split_once(',')?;
    Some(post)
}

/// The page of a post. LinkedIn sends no addresses and documents none for a comment.
fn permalink(post: &str) -> Option<String> {
    let plain = post.starts_with("urn:li:") && post.bytes().all(|b| b.is_ascii_alphanumeric() || b":_-".contains(&b));
    json::link(plain.then(|| format!("https://www.linkedin.com/feed/update/{post}/")))
}
