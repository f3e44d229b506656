//! Reading platforms' JSON one element at a time, so that one bad element costs nothing but itself.
//!
//! An element stays raw text (`RawValue`) until it is its turn: splitting checks grammar only and never recurses, so a lone
//! surrogate, a doubled key or a hundred thousand brackets spoil the element they stand in and no other. Ids are read from a
//! string or from a number's own digits, never through a floating-point number. Errors hold positions and no content.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The longest id that is believed, in bytes. The longest documented one is below 200.
pub(super) const MAX_ID_BYTES: usize = 512;

/// The longest link that is passed on, in bytes: what browsers commonly accept.
const MAX_LINK_BYTES: usize = 2_048;

/// The longest name of an unknown kind that is repeated in a sentence, in characters.
const MAX_KIND_CHARS: usize = 48;

/// Where reading failed, counted from the start of the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: usize,
    pub column: usize,
}

impl From<serde_json::Error> for Fault {
    /// Drops the message: it may repeat a value.
    fn from(error: serde_json::Error) -> Self {
        Self { line: error.line(), column: error.column() }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// The same JSON with every escaped half of a character (a lone surrogate) written as U+FFFD: a half must not cost the words around it.
/// Whole characters, and everything else, stay byte for byte; what was kept stays as it came.
pub(super) fn mend(body: &[u8]) -> Cow<'_, [u8]> {
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(found) = body.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        let start = at + found;
        at = start
            + match (escaped_unit(body, start), escaped_unit(body, start + ESCAPE_BYTES)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE_BYTES,
                (Some(0xd800..=0xdfff), _) => {
                    let copy = mended.get_or_insert_with(|| body.to_vec());
                    copy[start..start + ESCAPE_BYTES].copy_from_slice(b"\\ufffd");
                    ESCAPE_BYTES
                }
                (Some(_), _) => ESCAPE_BYTES,
                // A backslash and what it escapes, which may be another backslash.
                (None, _) => 2,
            };
    }
    mended.map_or(Cow::Borrowed(body), Cow::Owned)
}

/// Bytes of an escape such as `\u00e9`.
const ESCAPE_BYTES: usize = 6;

/// The code unit that is escaped at this place, if one is.
fn escaped_unit(body: &[u8], at: usize) -> Option<u16> {
    let digits = body.get(at..at + ESCAPE_BYTES)?.strip_prefix(b"\\u")?;
    let plain = digits.iter().all(u8::is_ascii_hexdigit);
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|_| plain)
}

/// Checks that a body is one JSON text, and nothing more.
pub(super) fn text(body: &[u8]) -> Result<&RawValue, Fault> {
    Ok(serde_json::from_slice(body)?)
}

/// Reads an object into `T`. A list is refused even where it would fit: its members have no names to trust.
pub(super) fn object<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, Fault> {
    if !raw.get().trim_start().starts_with('{') {
        return Err(Fault { line: 1, column: 1 });
    }
    Ok(serde_json::from_str(raw.get())?)
}

/// An id: a string, or a whole number by its digits. An empty one is no id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Id(Option<String>);

impl Id {
    /// The id's text; `None` if the platform sent none.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// As `get`, for whoever keeps the text.
    pub fn into_inner(self) -> Option<String> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let id = match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).map_err(|_| D::Error::custom("not an id"))?,
            // A minus sign belongs to some ids: Telegram's groups have negative ones.
            Some(b'-' | b'0'..=b'9') if is_whole_number(raw) => raw.to_owned(),
            Some(b'n') => String::new(),
            _ => return Err(D::Error::custom("not an id")),
        };
        // A mended id is nobody's: two broken ones must not meet in one record.
        if id.contains(char::REPLACEMENT_CHARACTER) {
            return Err(D::Error::custom("an id with half a character"));
        }
        if id.len() > MAX_ID_BYTES {
            return Err(D::Error::custom("an id of unlikely length"));
        }
        Ok(Self((!id.trim().is_empty()).then_some(id)))
    }
}

fn is_whole_number(raw: &str) -> bool {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Unix time in whole seconds, written as a number or as its digits. Anything else is no time: it costs the time, not the comment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seconds(pub Option<Timestamp>);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let seconds = raw.trim_matches('"').parse().ok();
        Ok(Self(seconds.and_then(|seconds| Timestamp::from_second(seconds).ok())))
    }
}

/// Unix time in whole milliseconds, written as a number or as its digits. Anything else is no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Milliseconds(pub Option<Timestamp>);

impl<'de> Deserialize<'de> for Milliseconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let milliseconds = raw.trim_matches('"').parse().ok();
        Ok(Self(milliseconds.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok())))
    }
}

/// From here on a Unix time is one in milliseconds: as seconds it would lie beyond the year 5000.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

/// Unix time as Meta writes it: in seconds for some objects and in milliseconds for others, so its size says which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UnixTime(pub Option<Timestamp>);

impl<'de> Deserialize<'de> for UnixTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let read = |number: i64| {
            let milliseconds = number.unsigned_abs() >= FIRST_MILLISECONDS.unsigned_abs();
            if milliseconds { Timestamp::from_millisecond(number) } else { Timestamp::from_second(number) }.ok()
        };
        Ok(Self(raw.trim_matches('"').parse().ok().and_then(read)))
    }
}

/// A moment in RFC 3339. Anything else is no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment(pub Option<Timestamp>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let written: Option<String> = serde_json::from_str(raw).ok();
        Ok(Self(written.and_then(|text| text.parse().ok())))
    }
}

/// A link worth passing on: `https`, bounded, without blanks or control characters.
pub(super) fn link(written: Option<String>) -> Option<String> {
    written.filter(|link| {
        link.starts_with("https://") && link.len() <= MAX_LINK_BYTES && !link.chars().any(|c| c.is_whitespace() || c.is_control())
    })
}

/// A kind's name as it may stand in a sentence that people and logs see: letters, digits and `_.-`, bounded.
pub(super) fn kind(name: Option<&str>) -> String {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return "without a name".to_owned() };
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' };
    name.chars().take(MAX_KIND_CHARS).map(plain).collect()
}

/// Splits a list into its elements, unread.
pub(super) fn list(raw: &RawValue) -> Result<Vec<&RawValue>, Fault> {
    Ok(serde_json::from_str(raw.get())?)
}

/// Splits an object into its members, unread and in their order. A name that stands twice stands twice here.
pub(super) fn members(raw: &RawValue) -> Result<Vec<(String, &RawValue)>, Fault> {
    Ok(serde_json::from_str::<Members<'_>>(raw.get())?.0)
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneByOne;

        impl<'de> Visitor<'de> for OneByOne {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(OneByOne).map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_split_in_their_order_and_a_repeated_name_keeps_both() {
        let raw: &RawValue = serde_json::from_str(r#"{"b":[1,{"x":2}],"a":"1","b":null}"#).unwrap();
        let found: Vec<(String, &str)> = members(raw).unwrap().into_iter().map(|(name, value)| (name, value.get())).collect();
        assert_eq!(found, [("b".into(), r#"[1,{"x":2}]"#), ("a".into(), r#""1""#), ("b".into(), "null")]);
        for refused in ["[]", "null", r#""a""#, "7", r#"{"\ud800":1}"#] {
            let raw: &RawValue = serde_json::from_str(refused).unwrap();
            assert!(members(raw).is_err(), "{refused}");
        }
    }

    #[test]
    fn half_a_character_costs_nothing_but_itself() {
        let rows = [
            (r#"{"a": "caf\u00e9 \ud83d\ude00"}"#, None),
            (r#"{"a": "x\ud83d y"}"#, Some(r#"{"a": "x\ufffd y"}"#)),
            (r#"{"a": "\ude00\ud83d"}"#, Some(r#"{"a": "\ufffd\ufffd"}"#)),
            (r#"{"a": "\uD83D\uD83D\uDE00"}"#, Some(r#"{"a": "\ufffd\uD83D\uDE00"}"#)),
            (r#"{"a": "\\ud83d"}"#, None),
            (r#"{"a": "\\\ud83d"}"#, Some(r#"{"a": "\\\ufffd"}"#)),
            (r#"{"a": "\ud8"#, None),
            (r#"{"a": "\u+83d"}"#, None),
            ("\\", None),
        ];
        for (written, expected) in rows {
            let mended = mend(written.as_bytes());
            assert_eq!(std::str::from_utf8(&mended).unwrap(), expected.unwrap_or(written));
            assert_eq!(matches!(mended, Cow::Owned(_)), expected.is_some(), "{written}");
        }
    }

    #[test]
    fn an_id_keeps_every_digit_and_an_empty_one_is_none() {
        let rows = [
            (r#""104857600000001_7""#, Some("104857600000001_7")),
            ("9007199254740993", Some("9007199254740993")),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            ("-1001234567890", Some("-1001234567890")),
            (r#""\u0031\u0032""#, Some("12")),
            (r#""""#, None),
            (r#""  ""#, None),
            ("null", None),
        ];
        for (written, expected) in rows {
            let id: Id = serde_json::from_str(written).unwrap();
            assert_eq!(id.get(), expected, "{written}");
        }
        let long = format!("\"{}\"", "7".repeat(MAX_ID_BYTES + 1));
        for refused in ["1e3", "1.0", "-1.5", "true", "{}", "[]", r#""\ud83d""#, long.as_str()] {
            assert!(serde_json::from_str::<Id>(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_time_that_is_none_costs_only_the_time() {
        let at = Timestamp::from_second(1_772_000_000).ok();
        let rows = [
            ("1772000000", at),
            (r#""1772000000""#, at),
            ("1e999", None),
            ("null", None),
            ("99999999999999999999", None),
            ("{}", None),
        ];
        for (written, expected) in rows {
            assert_eq!(serde_json::from_str::<Seconds>(written).unwrap().0, expected, "{written}");
        }
        for written in ["1772000000", r#""1772000000""#, "1772000000000", r#""1772000000000""#] {
            assert_eq!(serde_json::from_str::<UnixTime>(written).unwrap().0, at, "{written}");
        }
        for written in ["1e999", "null", "99999999999999999999", "9223372036854775807", "{}"] {
            assert_eq!(serde_json::from_str::<UnixTime>(written).unwrap().0, None, "{written}");
        }
        let rows = [
            (r#""2026-02-25T06:13:20Z""#, at),
            (r#""2026-02-25T06:13:20+0000""#, at),
            (r#""2026-02-25T07:13:20+01:00""#, at),
            (r#""yesterday""#, None),
            ("7", None),
        ];
        for (written, expected) in rows {
            assert_eq!(serde_json::from_str::<Moment>(written).unwrap().0, expected, "{written}");
        }
    }

    #[test]
    fn a_kind_holds_nothing_that_a_sentence_or_a_log_line_cannot() {
        let rows = [
            (Some("story_insights"), "story_insights".to_owned()),
            (Some("a\nb \"c\""), "a_b__c_".to_owned()),
            (Some(""), "without a name".to_owned()),
            (None, "without a name".to_owned()),
        ];
        for (name, expected) in rows {
            assert_eq!(kind(name), expected);
        }
        assert_eq!(kind(Some(&"x".repeat(1_000))).len(), MAX_KIND_CHARS);
    }

    #[test]
    fn only_a_link_that_cannot_surprise_is_passed_on() {
        let rows = [
            ("https://www.facebook.com/1/posts/2", true),
            ("http://www.facebook.com/", false),
            ("javascript:alert(1)", false),
            ("https://example.com/a b", false),
            ("https://example.com/\u{0}", false),
        ];
        for (written, expected) in rows {
            assert_eq!(link(Some(written.to_owned())).is_some(), expected, "{written}");
        }
    }
}
