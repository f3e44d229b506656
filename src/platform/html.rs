//! HTML as the text that a person wrote: what a browser would show, in lines.
//!
//! Only html5ever's tokenizer is used and no tree is built: nothing here grows with the depth of the markup, and nothing recurses.
//! Style, visibility and scripts are not looked at; links keep their words and lose their addresses. `mastodon.rs` and
//! `discourse.rs` call it.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// Bytes that the tokenizer is given at a time. It compares every attribute of a tag with all before it, so that a tag without an
/// end must be noticed before it is megabytes long: one that spans two whole pieces is no tag that anybody wrote.
const PIECE_BYTES: usize = 8 * 1024;

/// Line breaks that may follow each other outside preformatted text: one empty line.
const MAX_BREAKS: u8 = 2;

/// Elements that begin and end a line of their own, as browsers show them.
const BLOCKS: [&str; 35] = [
    "address",
    "article",
    "aside",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
];

/// The text of a piece of HTML.
pub(super) fn text_of(html: &str) -> String {
    read(html).0
}

/// The text of a piece of HTML, and what it shows that is none: `photo`, `video` or `audio`. Markup that no browser's author wrote
/// (see [`PIECE_BYTES`]) is passed on as it is: words between tags are better than no words.
pub(super) fn read(html: &str) -> (String, Option<&'static str>) {
    let tokenizer = Tokenizer::new(Page::default(), TokenizerOpts::default());
    let mut idle = false;
    for piece in pieces(html) {
        tokenizer.sink.moved.set(false);
        let queue = BufferQueue::default();
        queue.push_back(StrTendril::from_slice(piece));
        // The tokenizer only stops early for a script to be run, and the page below never asks for that.
        let _ = tokenizer.feed(&queue);
        let still = !tokenizer.sink.moved.get() && piece.len() > PIECE_BYTES / 2;
        if idle && still {
            return (html.trim().to_owned(), None);
        }
        idle = still;
    }
    tokenizer.end();
    let held = tokenizer.sink.held.get();
    (tokenizer.sink.out.into_inner().trim().to_owned(), held)
}

/// Cuts between characters, at most [`PIECE_BYTES`] a piece.
fn pieces(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// The text so far, and where on the page the next word goes.
#[derive(Default)]
struct Page {
    out: RefCell<String>,
    /// A blank is due before the next word.
    blank: Cell<bool>,
    /// Line breaks are due before the next word.
    breaks: Cell<u8>,
    /// How many `pre` are open.
    preformatted: Cell<u32>,
    /// A `pre` has just begun: its first line break is not shown.
    fresh: Cell<bool>,
    /// Within a script or a style sheet, which nobody sees.
    unseen: Cell<bool>,
    /// Whether text or a whole tag came since this was last reset.
    moved: Cell<bool>,
    /// The first picture, film or sound.
    held: Cell<Option<&'static str>>,
}

impl TokenSink for Page {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::CharacterTokens(text) => self.text(&text),
            Token::TagToken(tag) => return self.tag(&tag),
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl Page {
    fn text(&self, text: &str) {
        self.moved.set(true);
        if self.unseen.get() {
            return;
        }
        for c in text.chars() {
            if self.preformatted.get() > 0 {
                let first = self.fresh.replace(false);
                if !(first && c == '\n') {
                    self.put(c);
                }
            } else if matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c') {
                self.blank.set(true);
            } else {
                self.put(c);
            }
        }
    }

    /// Writes one character after the blank or the line breaks that are due; at the beginning none is.
    fn put(&self, c: char) {
        let mut out = self.out.borrow_mut();
        let (breaks, blank) = (self.breaks.take(), self.blank.take());
        if !out.is_empty() {
            match breaks {
                0 if blank => out.push(' '),
                breaks => (0..breaks).for_each(|_| out.push('\n')),
            }
        }
        out.push(c);
    }

    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        self.moved.set(true);
        let name: &str = &tag.name;
        let begins = tag.kind == TagKind::StartTag;
        match name {
            "script" | "style" => self.unseen.set(begins),
            "br" => self.breaks.set((self.breaks.get() + 1).min(MAX_BREAKS)),
            "p" | "blockquote" => self.due(MAX_BREAKS),
            "tr" => self.due(1),
            "td" | "th" => self.blank.set(true),
            "img" => self.picture(tag),
            "video" | "audio" if begins => {
                self.held.set(self.held.get().or(Some(if name == "video" { "video" } else { "audio" })))
            }
            _ if BLOCKS.binary_search(&name).is_ok() => self.due(1),
            _ => {}
        }
        if name == "pre" {
            let open = self.preformatted.get();
            self.preformatted.set(if begins { open.saturating_add(1) } else { open.saturating_sub(1) });
            self.fresh.set(begins);
        }
        if begins { content_of(name) } else { TokenSinkResult::Continue }
    }

    fn due(&self, breaks: u8) {
        self.breaks.set(self.breaks.get().max(breaks));
    }

    /// A picture reads as what stands in its place where it cannot be shown; forums write emoji that way. Every other one is to be
    /// looked at.
    fn picture(&self, tag: &Tag) {
        let value = |name: &str| tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|found| &*found.value);
        let emoji = value("class").is_some_and(|classes| classes.split_ascii_whitespace().any(|class| class == "emoji"));
        if !emoji {
            self.held.set(self.held.get().or(Some("photo")));
        }
        self.text(value("alt").unwrap_or_default());
    }
}

/// How what follows a start tag is to be read: within some elements there are no tags.
fn content_of(name: &str) -> TokenSinkResult<()> {
    match name {
        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(RawKind::Rawtext),
        "textarea" | "title" => TokenSinkResult::RawData(RawKind::Rcdata),
        "plaintext" => TokenSinkResult::Plaintext,
        _ => TokenSinkResult::Continue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_read_as_a_browser_shows_it() {
        let rows = [
            ("", ""),
            ("Gewoon tekst", "Gewoon tekst"),
            ("<p>Sinds gisteren</p>", "Sinds gisteren"),
            ("<p>Eerste</p><p>Tweede</p>", "Eerste\n\nTweede"),
            ("<p>Eerste</p>\n\n<p>Tweede</p>\n", "Eerste\n\nTweede"),
            ("Eerste<br>Tweede<br/>Derde", "Eerste\nTweede\nDerde"),
            ("Eerste<br><br><br><br>Tweede", "Eerste\n\nTweede"),
            ("<div>Eerste</div><div>Tweede</div>", "Eerste\nTweede"),
            ("<ul><li>misselijk</li><li>duizelig</li></ul>rest", "misselijk\nduizelig\nrest"),
            ("<ol>\n <li>\n  misselijk </li></ol>", "misselijk"),
            ("  veel \t\n  wit  ", "veel wit"),
            ("aan<b>een</b>gesloten", "aaneengesloten"),
            ("los <b> en </b> vast", "los en vast"),
            ("&lt;3 &amp; &eacute;&#233;n &#x1F922; &copy zonder", "<3 & één 🤢 © zonder"),
            ("AT&T &onbekend; & los", "AT&T &onbekend; & los"),
            ("<a href=\"https://example.com/x\">mijn verhaal</a>", "mijn verhaal"),
            (
                "<a href=\"#\"><span class=\"invisible\">https://</span><span>voorbeeld.example</span></a>",
                "https://voorbeeld.example",
            ),
            ("<a class=\"mention\">@<span>norvexa</span></a> help", "@norvexa help"),
            ("<script>alert('x')</script>na", "na"),
            ("voor<style>p { color: red }</style>na", "voorna"),
            ("<script>if (a</b>c) {}</script>na", "na"),
            ("voor<!-- niet zichtbaar -->na", "voorna"),
            ("<!DOCTYPE html>na", "na"),
            ("misselijk <img class=\"emoji\" alt=\":nauseated_face:\" src=\"x\">!", "misselijk :nauseated_face:!"),
            ("<img src=x>", ""),
            ("<pre><code>\n dosis:  2\n\n tijd\n</code></pre>na", "dosis:  2\n\n tijd\n\nna"),
            ("<blockquote><p>citaat</p></blockquote><p>antwoord</p>", "citaat\n\nantwoord"),
            (
                "<table><tr><td>dag</td><td>klacht</td></tr><tr><td>1</td><td>hoofdpijn</td></tr></table>",
                "dag klacht\n1 hoofdpijn",
            ),
            ("<textarea><b>letterlijk</b></textarea>", "<b>letterlijk</b>"),
            ("niet af <b", "niet af"),
            ("niet af &am", "niet af &am"),
            ("1 < 2 en 3 > 2", "1 < 2 en 3 > 2"),
            ("a\0b", "ab"),
            ("<P>HOOFD</P><P>letters</P>", "HOOFD\n\nletters"),
            ("\u{feff}<p>merk</p>", "merk"),
            ("a\u{a0}b", "a\u{a0}b"),
        ];
        for (html, expected) in rows {
            assert_eq!(text_of(html), expected, "{html}");
        }
    }

    #[test]
    fn the_names_of_blocks_are_in_order_so_that_they_are_found() {
        assert!(BLOCKS.is_sorted());
    }

    #[test]
    fn what_is_no_text_is_named() {
        let rows = [
            ("<p>woorden</p>", None),
            ("<img class=\"emoji only-emoji\" alt=\"🤢\">", None),
            ("<p>kijk</p><img src=\"https://example.com/a.jpg\" alt=\"mijn arm\">", Some("photo")),
            ("<video src=\"x\"></video><img src=x>", Some("video")),
            ("<audio controls></audio>", Some("audio")),
        ];
        for (html, expected) in rows {
            assert_eq!(read(html).1, expected, "{html}");
        }
    }

    #[test]
    fn size_and_depth_cost_time_in_proportion_and_nothing_else() {
        let deep = format!("{}diep{}", "<div><b>".repeat(100_000), "</b></div>".repeat(100_000));
        assert_eq!(text_of(&deep), "diep");
        let long = "<p>ik ben misselijk &amp; moe</p>".repeat(190_000);
        let text = text_of(&long);
        assert_eq!(text.len(), 190_000 * "ik ben misselijk & moe\n\n".len() - 2);
        // A character of four bytes on every border between pieces.
        assert_eq!(text_of(&"🤢".repeat(100_000)).chars().count(), 100_000);
        let border = format!("{}&amp;<br>na", "x".repeat(PIECE_BYTES - 2));
        assert!(text_of(&border).ends_with("x&\nna"));
    }

    #[test]
    fn a_tag_that_no_author_wrote_is_passed_on_as_it_is() {
        let names: String = (0..500_000).map(|n| format!(" a{n}")).collect();
        let endless = format!("<p>woorden<b{names}>");
        assert_eq!(text_of(&endless), endless);
        let scheme: String = format!("<p>woorden<a href=\"https://example.com/{}\">link</a>", "x".repeat(PIECE_BYTES));
        assert_eq!(text_of(&scheme), "woordenlink");
    }
}
