//! Characters that nobody can see, and those that turn the direction of what follows: a comment can use them to hide a word from the people
//! who read it. Pages show each as a mark; names and case numbers must not hold any.

/// Whether a character leaves no trace on a page, or moves what stands beside it. Tab and line feed count: they belong in a text and
/// not in a name.
pub fn is_unseen(c: char) -> bool {
    matches!(c, '\t' | '\n') || mark(c).is_some()
}

/// What to show in a character's place, and its name; `None` for one that shows itself.
pub fn mark(c: char) -> Option<(String, &'static str)> {
    let (short, name) = match c {
        '\t' | '\n' => return None,
        '\u{ad}' => ("SHY", "soft hyphen"),
        '\u{34f}' => ("CGJ", "combining grapheme joiner"),
        '\u{61c}' => ("ALM", "Arabic letter mark"),
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => ("HF", "Hangul filler"),
        '\u{180e}' => ("MVS", "Mongolian vowel separator"),
        '\u{200b}' => ("ZWSP", "zero width space"),
        '\u{200c}' => ("ZWNJ", "zero width non-joiner"),
        '\u{200d}' => ("ZWJ", "zero width joiner"),
        '\u{200e}' => ("LRM", "left-to-right mark"),
        '\u{200f}' => ("RLM", "right-to-left mark"),
        '\u{2028}' => ("LS", "line separator"),
        '\u{2029}' => ("PS", "paragraph separator"),
        '\u{202a}' => ("LRE", "left-to-right embedding"),
        '\u{202b}' => ("RLE", "right-to-left embedding"),
        '\u{202c}' => ("PDF", "pop directional formatting"),
        '\u{202d}' => ("LRO", "left-to-right override"),
        '\u{202e}' => ("RLO", "right-to-left override"),
        '\u{2060}' => ("WJ", "word joiner"),
        '\u{2061}'..='\u{2064}' => ("INV", "invisible mathematical operator"),
        '\u{2066}' => ("LRI", "left-to-right isolate"),
        '\u{2067}' => ("RLI", "right-to-left isolate"),
        '\u{2068}' => ("FSI", "first strong isolate"),
        '\u{2069}' => ("PDI", "pop directional isolate"),
        '\u{206a}'..='\u{206f}' => ("FMT", "deprecated format character"),
        '\u{2800}' => ("BLK", "blank Braille pattern"),
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => ("VS", "variation selector"),
        '\u{feff}' => ("BOM", "zero width no-break space"),
        '\u{fff9}'..='\u{fffb}' => ("IA", "interlinear annotation character"),
        '\u{e0000}'..='\u{e007f}' => ("TAG", "invisible tag character"),
        c if c.is_control() => return Some((format!("{:02X}", u32::from(c)), "control character")),
        _ => return None,
    };
    Some((short.to_owned(), name))
}

/// Whether a joiner or selector after `before` is part of an emoji, as every telephone writes them, and hides nothing.
pub fn joins_emoji(before: Option<char>, c: char) -> bool {
    let pictographic = |c: char| matches!(c, '\u{203c}'..='\u{329f}' | '\u{1f000}'..='\u{1faff}' | '\u{fe0f}');
    let keycap = |c: char| matches!(c, '0'..='9' | '#' | '*' | '\u{a9}' | '\u{ae}');
    match c {
        '\u{200d}' => before.is_some_and(pictographic),
        '\u{fe0e}' | '\u{fe0f}' => before.is_some_and(|before| pictographic(before) || keycap(before)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_has_a_mark_and_what_can_has_none() {
        for (c, short) in [('\u{202e}', "RLO"), ('\u{200b}', "ZWSP"), ('\u{7}', "07"), ('\u{85}', "85"), ('\u{e0041}', "TAG")] {
            assert_eq!(mark(c).map(|(short, _)| short).as_deref(), Some(short), "{c:?}");
        }
        for c in ['a', ' ', '\n', '\t', 'é', '漢', 'ع', '😀', '\u{a0}', '\u{301}'] {
            assert_eq!(mark(c), None, "{c:?}");
        }
    }

    #[test]
    fn emoji_are_left_whole() {
        assert!(joins_emoji(Some('👩'), '\u{200d}'));
        assert!(joins_emoji(Some('❤'), '\u{fe0f}'));
        assert!(joins_emoji(Some('1'), '\u{fe0f}'));
        assert!(!joins_emoji(Some('a'), '\u{200d}'));
        assert!(!joins_emoji(None, '\u{fe0f}'));
        assert!(!joins_emoji(Some('👩'), '\u{200b}'));
    }
}
