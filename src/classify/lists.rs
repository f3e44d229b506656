//! Which word lists there are: the names of the files, and the languages that have them. Read by the program and by its build script,
//! so it uses nothing else.

/// What a list is for. The order is that of [`LISTS`], and is part of what the model has learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum List {
    Reaction,
    Body,
    Trouble,
    Serious,
    Special,
    Quality,
    Urgent,
    Explicit,
    Cause,
    Medicine,
    Person,
    MeToo,
    Negation,
    Question,
    Hypothetical,
    Indication,
    OtherCause,
    Media,
    Joke,
}

/// Every list with its file in a language's folder.
pub(crate) const LISTS: [(List, &str); 19] = [
    (List::Reaction, "reactions.txt"),
    (List::Body, "body.txt"),
    (List::Trouble, "trouble.txt"),
    (List::Serious, "serious.txt"),
    (List::Special, "special.txt"),
    (List::Quality, "quality.txt"),
    (List::Urgent, "urgent.txt"),
    (List::Explicit, "explicit.txt"),
    (List::Cause, "cause.txt"),
    (List::Medicine, "medicine.txt"),
    (List::Person, "person.txt"),
    (List::MeToo, "me_too.txt"),
    (List::Negation, "negation.txt"),
    (List::Question, "question.txt"),
    (List::Hypothetical, "hypothetical.txt"),
    (List::Indication, "indication.txt"),
    (List::OtherCause, "other_cause.txt"),
    (List::Media, "media.txt"),
    (List::Joke, "joke.txt"),
];

/// The languages that have word lists, by their folders.
pub(crate) const LANGUAGES: [&str; 5] = ["en", "nl", "de", "fr", "es"];

/// Emoji that show a complaint: of every language. Asked for when the program is built, and by tests.
#[cfg_attr(not(test), allow(dead_code))]
pub(crate) const EMOJI: &str = "emoji.txt";

/// The terms of a file, each with the name of its section.
pub(crate) fn terms_of(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut label = "";
    text.lines().map(str::trim).flat_map(move |line| {
        let section = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        label = section.unwrap_or(label);
        let terms = if section.is_some() || line.starts_with('#') { "" } else { line };
        let label = label;
        terms.split(',').map(str::trim).filter(|term| !term.is_empty()).map(move |term| (label, term))
    })
}
