//! Which language a comment is in: what the platform says, else what its commonest words say, else a guess by its letters. Knows
//! nothing of what the comment means.

use std::collections::HashMap;
use std::sync::LazyLock;

use whatlang::{Detector, Lang};

use super::lists::{LANGUAGES, terms_of};
use super::normalise::Normalised;

/// Letters below which a guess is worth nothing, and every word list is tried.
const TOO_SHORT: usize = 20;

/// Letters from which a language that the campaign does not have is believed.
const SURE: usize = 40;

/// A language of which a comment has more common words than this is thought to be spoken.
const HEARD: usize = 2;

/// Words of a comment that are looked up: after so many its language is clear, or it has several.
const LOOKED_UP: usize = 60;

/// Letters and signs that tell a language from the others.
const OWN_LETTERS: [(&str, &[char]); 3] =
    [("de", &['ä', 'ö', 'ü', 'ß', 'Ä', 'Ö', 'Ü']), ("fr", &['à', 'ê', 'è', 'ç', 'œ', 'Ç', 'À']), ("es", &['ñ', '¿', '¡', 'Ñ'])];

/// Which languages a common word belongs to: a bit each, in the order of [`LANGUAGES`].
static COMMON: LazyLock<HashMap<&'static str, u8>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (language, word) in terms_of(include_str!("lexicons/common.txt")) {
        let bit = LANGUAGES.iter().position(|tag| *tag == language).map_or(0, |index| 1 << index);
        *words.entry(word).or_default() |= bit;
    }
    words
});

/// What is known of a comment's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// One of the campaign's, or one that has word lists. BCP 47, primary part.
    Known(String),
    /// Too short, or two at once.
    Unclear,
    /// Neither the campaign nor the word lists have it.
    Foreign(Option<String>),
}

/// Tells the language. `allowed` holds the campaign's languages and those with word lists.
pub(crate) fn tell(stated: Option<&str>, text: &str, words: &Normalised, allowed: &[String]) -> Language {
    let stated = stated.and_then(|tag| tag.split(['-', '_']).next()).map(str::to_ascii_lowercase);
    if words.foreign > words.latin {
        return Language::Foreign(stated.or_else(|| detect(text).map(|(lang, _)| code(lang).to_owned())));
    }
    if let Some(tag) = stated.filter(|tag| (2..=3).contains(&tag.len()) && tag != "und") {
        return if allowed.contains(&tag) { Language::Known(tag) } else { Language::Foreign(Some(tag)) };
    }
    if words.latin < TOO_SHORT {
        return Language::Unclear;
    }
    // A guess by letters among all languages costs as much as all the rest of a reading, and most comments have no need of it.
    let votes = votes(text, words);
    if let Some(tag) = clear(&votes, words) {
        return Language::Known(tag.to_owned());
    }
    if words.latin >= SURE
        && let Some((lang, true)) = detect(text)
        && !allowed.iter().any(|tag| tag == code(lang))
    {
        return Language::Foreign(Some(code(lang).to_owned()));
    }
    let candidates: Vec<Lang> = allowed.iter().filter_map(|tag| lang_of(tag)).collect();
    match Detector::with_allowlist(candidates).detect(text) {
        Some(info) if info.is_reliable() || words.latin >= SURE => Language::Known(code(info.lang()).to_owned()),
        Some(_) | None => Language::Unclear,
    }
}

/// How many of the commonest words of each language it has, and one more for letters that hardly another one writes.
fn votes(text: &str, words: &Normalised) -> [usize; LANGUAGES.len()] {
    let own = |tag: &str| OWN_LETTERS.iter().any(|(language, letters)| *language == tag && text.contains(*letters));
    let mut votes = LANGUAGES.map(|tag| usize::from(own(tag)));
    for index in 0..words.tokens.len().min(LOOKED_UP) {
        let languages = COMMON.get(words.word(index)).copied().unwrap_or_default();
        for (at, vote) in votes.iter_mut().enumerate() {
            *vote += usize::from(languages >> at & 1);
        }
    }
    votes
}

/// The language of the commonest words, if they are many enough and mostly of one language.
fn clear(votes: &[usize; LANGUAGES.len()], words: &Normalised) -> Option<&'static str> {
    let (at, most) = votes.iter().copied().enumerate().max_by_key(|(_, vote)| *vote)?;
    let next = votes.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, vote)| *vote).max()?;
    let looked_up = words.tokens.len().min(LOOKED_UP);
    (most > HEARD && most * 4 >= looked_up && most * 2 >= next * 3).then(|| LANGUAGES[at])
}

fn detect(text: &str) -> Option<(Lang, bool)> {
    whatlang::detect(text).map(|info| (info.lang(), info.is_reliable()))
}

/// BCP 47 for what whatlang names by ISO 639-3. Afrikaans is what short Dutch is taken for.
fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::Eng => "en",
        Lang::Nld | Lang::Afr => "nl",
        Lang::Deu => "de",
        Lang::Fra => "fr",
        Lang::Spa => "es",
        Lang::Ita => "it",
        Lang::Por => "pt",
        Lang::Pol => "pl",
        Lang::Tur => "tr",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Nob => "no",
        Lang::Fin => "fi",
        Lang::Ron => "ro",
        Lang::Ces => "cs",
        Lang::Hun => "hu",
        other => other.code(),
    }
}

fn lang_of(tag: &str) -> Option<Lang> {
    Lang::all().iter().copied().filter(|lang| *lang != Lang::Afr).find(|lang| code(*lang) == tag)
}

#[cfg(test)]
mod tests {
    use super::super::normalise::normalise;
    use super::*;

    #[test]
    fn languages_are_told_apart() {
        let known = |tag: &str| Language::Known(tag.to_owned());
        let foreign = |tag: &str| Language::Foreign(Some(tag.to_owned()));
        let rows = [
            (Some("nl-BE"), "whatever", known("nl")),
            (Some("ja"), "konnichiwa", foreign("ja")),
            (None, "ik ben moe", Language::Unclear),
            (None, "Sinds ik dit slik heb ik elke dag hoofdpijn en ben ik moe", known("nl")),
            (None, "since I started this I have had a headache every day", known("en")),
            (None, "Od kiedy biorę ten lek, bardzo boli mnie głowa i nie mogę spać w nocy", foreign("pl")),
            (None, "С тех пор как я принимаю это лекарство, у меня болит голова", foreign("rus")),
        ];
        let allowed = ["en".to_owned(), "nl".to_owned()];
        for (stated, text, expected) in rows {
            assert_eq!(tell(stated, text, &normalise(text), &allowed), expected, "{text}");
        }
    }
}
