//! What single values of a protocol file look like: the words that a problem says, and the reader that goes with them.

use jiff::civil::Date;
use toml::de::DeValue;

use super::calendar::Hours;
use super::read::Shape;
use super::rules::Keep;
use super::window::Window;
use crate::model::{Band, Class, DayZeroRule, Sensitivity, SignatureForm, TextLimit};

/// Longest id, in characters: ids stand in addresses and in keys of the table.
const MAX_ID_CHARACTERS: usize = 64;
/// The years that a date of a protocol can lie in; outside them it is a slip of the pen.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2199;

pub(super) const TEXT: Shape<String> = Shape { expected: "text that is not empty", read: text };
pub(super) const ID: Shape<String> =
    Shape { expected: "letters, digits and hyphens, at most 64 characters", read: |value| text(value).filter(|t| is_id(t)) };
pub(super) const VERSION: Shape<u32> =
    Shape { expected: "a whole number from 1", read: |value| whole(value).filter(|n| *n >= 1) };
pub(super) const CALENDAR_DAYS: Shape<u16> = Shape {
    expected: "a whole number of calendar days from 1 to 3650",
    read: |value| whole(value).filter(|n| (1..=3650).contains(n)).and_then(|n| u16::try_from(n).ok()),
};
pub(super) const SHARE: Shape<f64> = Shape { expected: "a share between 0 and 1", read: share };
pub(super) const TRUTH: Shape<bool> = Shape { expected: "true or false", read: |value| value.as_bool() };
pub(super) const DATE: Shape<Date> = Shape { expected: "a date such as 2026-03-01", read: date };
pub(super) const MARKET: Shape<String> = Shape {
    expected: "a country of two capital letters (ISO 3166-1) such as \"NL\"",
    read: |value| text(value).filter(|t| t.len() == 2 && t.bytes().all(|b| b.is_ascii_uppercase())),
};
pub(super) const LANGUAGE: Shape<String> =
    Shape { expected: "a language tag (BCP 47) such as \"nl\"", read: |value| text(value).filter(|t| is_language(t)) };
pub(super) const HOURS: Shape<Hours> = Shape {
    expected: "opening hours such as \"09:00-17:30\", the start before the end",
    read: |value| Hours::parse(value.as_str()?),
};
pub(super) const WINDOW: Shape<Window> =
    Shape { expected: Window::EXPECTED, read: |value| Window::parse(value.as_str()?).filter(|window| !window.is_zero()) };
/// A window that may be nothing, for the first step of a route.
pub(super) const AFTER: Shape<Window> = Shape { expected: Window::EXPECTED, read: |value| Window::parse(value.as_str()?) };
pub(super) const CLOCK_MINUTES: Shape<u32> =
    Shape { expected: "clock time such as \"30m\", \"12h\" or \"2d\"", read: |value| minutes(value.as_str()?) };
pub(super) const CLASS: Shape<Class> = Shape {
    expected: "distress, serious, adverse_event, special_situation or quality_complaint",
    read: |value| Class::from_name(value.as_str()?),
};
pub(super) const BAND: Shape<Band> = Shape { expected: "alert, review or log", read: |value| Band::from_name(value.as_str()?) };
pub(super) const SENSITIVITY: Shape<Sensitivity> = Shape {
    expected: "high or balanced",
    read: |value| match value.as_str()? {
        "high" => Some(Sensitivity::High),
        "balanced" => Some(Sensitivity::Balanced),
        _ => None,
    },
};
pub(super) const TEXT_LIMIT: Shape<TextLimit> = Shape {
    expected: "none, excerpt or full",
    read: |value| match value.as_str()? {
        "none" => Some(TextLimit::None),
        "excerpt" => Some(TextLimit::Excerpt),
        "full" => Some(TextLimit::Full),
        _ => None,
    },
};
pub(super) const DAY_ZERO: Shape<DayZeroRule> =
    Shape { expected: "received, posted or seen", read: |value| DayZeroRule::from_name(value.as_str()?) };
pub(super) const KEEP: Shape<Keep> = Shape {
    expected: "\"forever\" or clock time such as \"180d\"",
    read: |value| match value.as_str()? {
        "forever" => Some(Keep::Forever),
        text => minutes(text).map(Keep::Minutes),
    },
};
/// Whether it is one that this version knows is asked afterwards.
pub(super) const PROVIDER_NAME: Shape<String> =
    Shape { expected: "meta, x, linkedin, tiktok, youtube, discourse, telegram, slack, mastodon or forum", read: text };
/// The same for the platform of a channel.
pub(super) const PLATFORM_NAME: Shape<String> = Shape {
    expected: "facebook, instagram, threads, messenger, whatsapp, x, linkedin, tiktok, youtube, discourse, telegram, slack, mastodon or forum",
    read: text,
};
pub(super) const SIGNATURE: Shape<SignatureForm> = Shape {
    expected: "documented, prefix_in_header, prefix_in_both or no_prefix",
    read: |value| SignatureForm::from_name(value.as_str()?),
};
pub(super) const TOPIC: Shape<String> = Shape {
    expected: "the ARN of an SNS topic, or a placeholder such as \"${SafetyDeskTopic}\"",
    read: |value| text(value).filter(|t| is_topic(t)),
};

fn text(value: &DeValue<'_>) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn whole(value: &DeValue<'_>) -> Option<u32> {
    let number = value.as_integer()?;
    u32::from_str_radix(number.as_str(), number.radix()).ok()
}

fn share(value: &DeValue<'_>) -> Option<f64> {
    let share: f64 = match value {
        DeValue::Float(number) => number.as_str().parse().ok()?,
        other => f64::from(whole(other)?),
    };
    (0.0..=1.0).contains(&share).then_some(share)
}

fn date(value: &DeValue<'_>) -> Option<Date> {
    let DeValue::Datetime(moment) = value else { return None };
    if moment.time.is_some() || moment.offset.is_some() {
        return None;
    }
    let found = moment.date?;
    let (year, month, day) = (i16::try_from(found.year).ok()?, i8::try_from(found.month).ok()?, i8::try_from(found.day).ok()?);
    Date::new(year, month, day).ok().filter(|date| YEARS.contains(&date.year()))
}

fn minutes(text: &str) -> Option<u32> {
    match Window::parse(text)? {
        Window::Clock(0) | Window::BusinessHours(_) | Window::BusinessDays(_) => None,
        Window::Clock(minutes) => Some(minutes),
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= MAX_ID_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether a key of `[topics]` can be one.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && is_id(text)
}

pub(super) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let primary = parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase()));
    primary && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_topic(text: &str) -> bool {
    if let Some(name) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        return !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    }
    let parts: Vec<&str> = text.split(':').collect();
    matches!(parts.as_slice(), ["arn", partition, "sns", region, account, name]
        if partition.starts_with("aws") && ![region, account, name].iter().any(|part| part.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Platform, Provider};
    use crate::protocol::problem::one_of;

    #[test]
    fn the_words_name_every_choice_that_there_is() {
        let rows = [
            (CLASS.expected, one_of(Class::ALL.map(Class::as_str))),
            (BAND.expected, one_of(Band::ALL.map(Band::as_str))),
            (DAY_ZERO.expected, one_of(DayZeroRule::ALL.map(DayZeroRule::as_str))),
            (PROVIDER_NAME.expected, one_of(Provider::ALL.map(Provider::as_str))),
            (PLATFORM_NAME.expected, one_of(Platform::ALL.map(Platform::as_str))),
            (SIGNATURE.expected, one_of(SignatureForm::ALL.map(SignatureForm::as_str))),
        ];
        for (words, choices) in rows {
            assert_eq!(words, choices);
        }
    }

    #[test]
    fn topics_are_arns_or_placeholders() {
        let rows = [
            ("arn:aws:sns:eu-central-1:123456789012:safety-desk", true),
            ("arn:aws-cn:sns:cn-north-1:123456789012:safety", true),
            ("${SafetyDeskTopic}", true),
            ("", false),
            ("safety-desk", false),
            ("${}", false),
            ("${Safety Desk}", false),
            ("arn:aws:sqs:eu-central-1:123456789012:safety", false),
            ("arn:aws:sns:eu-central-1::safety", false),
            ("arn:aws:sns:eu-central-1:123456789012:safety:8f2b", false),
        ];
        for (text, expected) in rows {
            assert_eq!(is_topic(text), expected, "{text:?}");
        }
    }

    #[test]
    fn languages_are_tags() {
        for (text, expected) in
            [("nl", true), ("pt-BR", true), ("zh-Hant-TW", true), ("", false), ("NL", false), ("dutch", false), ("nl-", false)]
        {
            assert_eq!(is_language(text), expected, "{text:?}");
        }
    }
}
