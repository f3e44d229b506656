//! A person's words on a page: escaped, with the evidence marked in place, and with every character visible that was meant not to be.

use maud::{Markup, html};

use crate::model::{Evidence, EvidenceKind};
use crate::review::story;
use crate::review::visible;

/// A text with its evidence marked. Spans may overlap: the text is cut where any of them begins or ends, and each piece carries all
/// that lie over it. A span that does not fit the text (it was read from another one) is left out.
pub fn evidence(text: &str, evidence: &[Evidence]) -> Markup {
    let spans: Vec<&Evidence> = evidence.iter().filter(|span| !span.words(text).is_empty()).collect();
    let edges = spans.iter().flat_map(|span| [span.start as usize, span.end as usize]);
    let mut cuts: Vec<usize> = edges.chain([0, text.len()]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    html! {
        @for pair in cuts.windows(2) {
            @let over: Vec<&Evidence> = spans.iter().copied().filter(|span| (span.start as usize) <= pair[0] && pair[1] <= span.end as usize).collect();
            @let before = text[..pair[0]].chars().next_back();
            @match strongest(&over) {
                None => (seen(&text[pair[0]..pair[1]], before)),
                Some(kind) => mark.(class(kind)) title=(why(&over)) { (seen(&text[pair[0]..pair[1]], before)) },
            }
        }
    }
}

/// A text from outside, without evidence.
pub fn plain(text: &str) -> Markup {
    seen(text, None)
}

/// The name in the stylesheet for a kind of evidence.
pub fn class(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Reaction => "reaction",
        EvidenceKind::Serious => "serious",
        EvidenceKind::Special => "special",
        EvidenceKind::QualityComplaint => "quality",
        EvidenceKind::Product => "product",
        EvidenceKind::Urgent => "urgent",
        EvidenceKind::Against => "against",
    }
}

/// Which of several kinds over one word gives it its look: the one that nobody should overlook.
fn strongest(over: &[&Evidence]) -> Option<EvidenceKind> {
    let rank = |kind: &EvidenceKind| match kind {
        EvidenceKind::Urgent => 6,
        EvidenceKind::Serious => 5,
        EvidenceKind::Reaction => 4,
        EvidenceKind::Special => 3,
        EvidenceKind::QualityComplaint => 2,
        EvidenceKind::Against => 1,
        EvidenceKind::Product => 0,
    };
    over.iter().map(|span| span.kind).max_by_key(rank)
}

fn why(over: &[&Evidence]) -> String {
    let whys: Vec<String> = over.iter().map(|span| format!("{}: {}", story::evidence(span.kind), span.why)).collect();
    whys.join("; ")
}

/// Escapes, and puts a mark in place of each character that cannot be seen.
fn seen(text: &str, before: Option<char>) -> Markup {
    let mut pieces: Vec<(&str, Option<(String, &'static str)>)> = Vec::new();
    let (mut from, mut last) = (0, before);
    for (at, c) in text.char_indices() {
        let mark = visible::mark(c).filter(|_| !visible::joins_emoji(last, c));
        if mark.is_some() {
            pieces.push((&text[from..at], mark));
            from = at + c.len_utf8();
        }
        last = Some(c);
    }
    html! {
        @for (shown, mark) in pieces {
            (shown)
            @if let Some((short, name)) = mark { span.unseen title=(name) { (short) } }
        }
        (text[from..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u32, end: u32, kind: EvidenceKind, why: &str) -> Evidence {
        Evidence { start, end, kind, why: why.to_owned() }
    }

    #[test]
    fn evidence_is_marked_where_it_lies() {
        use EvidenceKind::{Against, Product, Reaction, Serious};
        let rows: &[(&str, Vec<Evidence>, &str)] = &[
            ("plain", vec![], "plain"),
            (
                "so dizzy",
                vec![span(3, 8, Reaction, "a reaction")],
                "so <mark class=\"reaction\" title=\"Reaction: a reaction\">dizzy</mark>",
            ),
            // Multi-byte: spans are in bytes.
            (
                "né misèlijk!",
                vec![span(4, 13, Reaction, "r")],
                "né <mark class=\"reaction\" title=\"Reaction: r\">misèlijk</mark>!",
            ),
            // Overlapping: three pieces, the middle one explains both and looks like the graver.
            (
                "abcdef",
                vec![span(0, 4, Reaction, "r"), span(2, 6, Serious, "s")],
                "<mark class=\"reaction\" title=\"Reaction: r\">ab</mark>\
                 <mark class=\"serious\" title=\"Reaction: r; Seriousness: s\">cd</mark>\
                 <mark class=\"serious\" title=\"Seriousness: s\">ef</mark>",
            ),
            // Nested, and equal.
            (
                "abc",
                vec![span(0, 3, Against, "a"), span(1, 2, Product, "p")],
                "<mark class=\"against\" title=\"Speaks against: a\">a</mark>\
                 <mark class=\"against\" title=\"Speaks against: a; Product: p\">b</mark>\
                 <mark class=\"against\" title=\"Speaks against: a\">c</mark>",
            ),
            // Outside the text, empty, turned round, through the middle of a character: left out.
            (
                "né",
                vec![span(2, 9, Reaction, "r"), span(1, 1, Reaction, "r"), span(3, 1, Reaction, "r"), span(0, 2, Reaction, "r")],
                "né",
            ),
            ("", vec![span(0, 1, Reaction, "r")], ""),
        ];
        for (text, spans, expected) in rows {
            assert_eq!(evidence(text, spans).0, *expected, "{text}");
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let rows = [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\"><img src=x onerror=y>", "&quot;&gt;&lt;img src=x onerror=y&gt;"),
            ("https://evil.example/?a=b&c", "https://evil.example/?a=b&amp;c"),
            ("a\u{202e}b", "a<span class=\"unseen\" title=\"right-to-left override\">RLO</span>b"),
            ("di\u{200b}zzy", "di<span class=\"unseen\" title=\"zero width space\">ZWSP</span>zzy"),
            (
                "a\u{0}\u{7f}",
                "a<span class=\"unseen\" title=\"control character\">00</span><span class=\"unseen\" title=\"control character\">7F</span>",
            ),
            ("👩\u{200d}⚕\u{fe0f} ok", "👩\u{200d}⚕\u{fe0f} ok"),
            ("line\nline", "line\nline"),
        ];
        for (text, expected) in rows {
            assert_eq!(plain(text).0, expected);
        }
    }

    #[test]
    fn hostile_text_stays_text_inside_a_mark() {
        let markup = evidence("<b>\u{200b}</b>", &[span(0, 8, EvidenceKind::Reaction, "\"<i>\"")]).0;
        assert_eq!(
            markup,
            "<mark class=\"reaction\" title=\"Reaction: &quot;&lt;i&gt;&quot;\">&lt;b&gt;\
             <span class=\"unseen\" title=\"zero width space\">ZWSP</span>&lt;/</mark>b&gt;"
        );
    }

    #[test]
    fn an_emoji_cut_by_a_span_is_still_left_whole() {
        let text = "👩\u{200d}⚕\u{fe0f}";
        let marked = evidence(text, &[span(0, 4, EvidenceKind::Reaction, "r")]).0;
        assert!(!marked.contains("unseen"), "{marked}");
    }
}
