//! The classifier as a whole: rows of comments with what they must come to, and properties that hold for any text.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::model::{Class, Product, Seriousness, SpecialSituation};

fn rules() -> ReadingRules {
    let product = |name: &str, substance: Option<&str>, spellings: &[&str], own: bool| Product {
        name: name.to_owned(),
        substance: substance.map(str::to_owned),
        spellings: spellings.iter().map(|spelling| (*spelling).to_owned()).collect(),
        own,
    };
    let extra = [("nl", "sterretjes zien"), ("en", "rebound")];
    ReadingRules {
        products: vec![
            product("Norvexa", Some("norvexatin"), &["norvexa", "norvexatine"], true),
            product("Triptaline", None, &[], false),
        ],
        languages: ["nl", "en", "fr"].map(str::to_owned).to_vec(),
        sensitivity: Sensitivity::High,
        extra_reactions: extra.map(|(tag, term)| (tag.to_owned(), vec![term.to_owned()])).into(),
    }
}

fn classifier() -> &'static Classifier {
    static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| Classifier::new(&rules()));
    &CLASSIFIER
}

fn plain(text: &str) -> Comment<'_> {
    Comment { text, ..Comment::default() }
}

fn under_ad(text: &str) -> Comment<'_> {
    Comment { text, implied_product: Some("Norvexa"), ..Comment::default() }
}

#[test]
fn comments_come_to_their_band() {
    let rows = [
        (plain("Sinds ik Norvexa slik heb ik hartkloppingen"), Band::Alert),
        (under_ad("Mijn moeder is na de tweede tablet met de ambulance opgehaald"), Band::Alert),
        (plain("since I started norvexa I have been throwing up every day"), Band::Alert),
        (plain("Those pills gave my dad a terrible rash"), Band::Alert),
        (plain("norvexia geeft me hoofdpijn en jeuk"), Band::Alert),
        (plain("seit ich Norvexa nehme, habe ich jeden Tag Herzrasen"), Band::Alert),
        (under_ad("meine Mutter liegt seit der zweiten Tablette im Krankenhaus"), Band::Alert),
        (plain("depuis que je prends Norvexa j'ai des palpitations tous les jours"), Band::Alert),
        (under_ad("ma fille a fini aux urgences après le premier comprimé"), Band::Alert),
        (plain("desde que tomo Norvexa tengo taquicardia todos los días"), Band::Alert),
        (under_ad("mi madre está ingresada desde la segunda pastilla"), Band::Alert),
        (under_ad("my toddler swallowed two of these"), Band::Alert),
        (plain("ik wil niet meer leven"), Band::Alert),
        (under_ad("pen lekt en de naald is krom, krijg ik een nieuwe?"), Band::Review),
        (under_ad("De pen lekt"), Band::Review),
        (plain("bijwerkingen?"), Band::Review),
        (plain("the hospital"), Band::Review),
        (plain("mooie foto, succes allemaal"), Band::Log),
        (plain("what a lovely video, well done team"), Band::Log),
        (plain("when does the webinar start"), Band::Log),
        (plain("schönes Foto, viel Erfolg euch allen"), Band::Log),
        (plain("très belle photo, bravo à toute l'équipe"), Band::Log),
        (plain("qué foto tan bonita, felicidades a todo el equipo"), Band::Log),
    ];
    for (comment, band) in rows {
        let read = classifier().assess(&comment);
        assert!(if band == Band::Review { read.band >= band } else { read.band == band }, "{}: {read:#?}", comment.text);
    }
}

#[test]
fn a_voice_that_reports_nothing_pages_nobody() {
    let rows = [
        ("Krijg je hier hoofdpijn van?", Assertion::Question),
        ("does this make you dizzy?", Assertion::Question),
        ("Al een jaar norvexa en geen bijwerkingen, geen hoofdpijn", Assertion::Negated),
        ("no nausea for me, lucky", Assertion::Negated),
        ("stel dat ik er misselijk van word", Assertion::Hypothetical),
        ("de hoofdpijn had niks te maken met de pillen", Assertion::OtherCause),
        ("that headache had nothing to do with the tablets", Assertion::OtherCause),
        ("I read in the paper that it causes hair loss", Assertion::Media),
        ("deze reclame geeft me hoofdpijn", Assertion::Joke),
        ("Bekommt man davon Kopfschmerzen?", Assertion::Question),
        ("ein Jahr Norvexa und keine Nebenwirkungen, keine Kopfschmerzen", Assertion::Negated),
        ("aucun effet secondaire, pas de nausées, rien", Assertion::Negated),
        ("ningún efecto secundario, ni náuseas ni nada", Assertion::Negated),
    ];
    for (text, voice) in rows {
        let read = classifier().assess(&plain(text));
        assert!(read.band < Band::Alert, "{text}: {read:#?}");
        assert_eq!(read.assertion, voice, "{text}");
    }
}

#[test]
fn labels_are_named() {
    let read = classifier().assess(&under_ad("Mijn moeder is na de tweede tablet met de ambulance opgehaald"));
    assert!(read.serious.contains(&Seriousness::Hospitalisation), "{read:#?}");
    assert_eq!(read.classes(), [Class::Serious]);
    assert_eq!(read.patient, Patient::Other);
    assert_eq!(read.product.as_deref(), Some("Norvexa"));
    assert_eq!(read.validity.product, Presence::Inferred);
    let read = classifier().assess(&plain("Sinds ik Norvexa slik heb ik hartkloppingen"));
    assert_eq!(read.classes(), [Class::AdverseEvent]);
    assert_eq!((read.patient, read.validity.product), (Patient::Oneself, Presence::Present));
    let rows = [
        ("I am 8 weeks pregnant and still on norvexa", SpecialSituation::Pregnancy),
        ("ik geef borstvoeding en slik norvexa", SpecialSituation::Breastfeeding),
        ("norvexa doet helemaal niks bij mij", SpecialSituation::LackOfEfficacy),
        ("I took a double dose of norvexa by mistake", SpecialSituation::MedicationError),
        ("gekocht via marktplaats, volgens mij nep", SpecialSituation::Counterfeit),
    ];
    for (text, kind) in rows {
        let read = classifier().assess(&plain(text));
        assert!(read.special.contains(&kind) && read.band >= Band::Review, "{text}: {read:#?}");
    }
    assert!(classifier().assess(&under_ad("my pen leaks")).pqc);
    assert!(classifier().assess(&plain("hij ademt niet meer, bel 112")).urgent);
}

#[test]
fn danger_now_pages_people_and_a_figure_of_speech_does_not() {
    let rows = [
        ("I can't go on, I have written a goodbye letter", true),
        ("he is slumped in the chair and I can't rouse him", true),
        ("can barely breathe and my tongue is swelling", true),
        ("ik stap eruit vannacht", true),
        ("ze is niet wakker te krijgen", true),
        ("mijn peuter heeft er net twee doorgeslikt", true),
        ("I'm dying of laughter", false),
        ("I could kill for a coffee", false),
        ("ik ga dood van het lachen", false),
        ("ik stik van het lachen", false),
    ];
    for (text, urgent) in rows {
        let read = classifier().assess(&plain(text));
        assert_eq!((read.urgent, read.band == Band::Alert), (urgent, urgent), "{text}: {read:#?}");
    }
}

#[test]
fn agreement_is_read_with_the_comment_above() {
    let reply = |parent| Comment { text: "ik ook!", parent: Some(parent), lang: Some("nl"), ..Comment::default() };
    let above = "Sinds de norvexa heb ik elke nacht kramp in mijn benen";
    assert_eq!(classifier().assess(&reply(above)).band, Band::Alert);
    assert_eq!(classifier().assess(&reply(above)).assertion, Assertion::Affirmed);
    assert_eq!(classifier().assess(&Comment { text: "+1 🙋", ..reply(above) }).band, Band::Alert);
    assert_eq!(classifier().assess(&reply("Wat een mooie foto")).band, Band::Log);
}

#[test]
fn what_no_machine_reads_goes_to_people() {
    let texts = [
        "",
        "   ",
        "🤢🤢🤢",
        "https://example.org/a",
        "12345 !!",
        "これを飲んでから頭が痛いです",
        "Od kiedy biorę ten lek, bardzo boli mnie głowa i nie mogę spać w nocy",
        "Da quando prendo questo farmaco dormo malissimo la notte e mi gira la testa",
        "Tämän lääkkeen aloittamisen jälkeen minulla on ollut pahoinvointia joka päivä",
        "Od té doby, co beru tyhle prášky, mě pořád bolí hlava a nemůžu vůbec spát",
    ];
    for text in texts {
        assert_eq!(classifier().assess(&plain(text)).band, Band::Review, "{text}");
    }
    let read = classifier().unreadable("a sticker");
    assert_eq!(read.band, Band::Review);
    assert_eq!(read.reasons, ["Unreadable: a sticker. People look at it."]);
}

#[test]
fn the_protocols_own_reactions_count() {
    let text = "sinds de norvexa moet ik steeds sterretjes zien";
    let with = classifier().assess(&plain(text));
    assert!(with.evidence.iter().any(|evidence| evidence.why.contains("named by the protocol")), "{with:#?}");
}

#[test]
fn the_way_of_writing_does_not_change_the_band() {
    let rows = [
        "sinds ik norvexa slik heb ik hartkloppingen",
        "SINDS IK NORVEXA SLIK HEB IK HARTKLOPPINGEN",
        "Sinds  ik\tNorvexa slik\nheb ik   hartkloppingen!!!",
        "Sinds ik Nórvexa slik heb ik hártkloppingen",
        "Sinds ik Nor\u{200b}vexa slik heb ik hart\u{ad}kloppingen",
        "Sinds ik Norvexa slik heb ik hartkloppingennnn",
        "Ｓｉｎｄｓ ｉｋ Ｎｏｒｖｅｘａ slik heb ik hartkloppingen",
    ];
    for text in rows {
        let read = classifier().assess(&plain(text));
        assert_eq!((read.band, read.classes()), (Band::Alert, vec![Class::AdverseEvent]), "{text}");
    }
}

#[test]
fn the_way_of_writing_does_not_change_the_band_in_any_language() {
    let examples = [
        "since i started norvexa i have palpitations and i cant sleep",
        "sinds ik norvexa slik heb ik hartkloppingen en kan ik niet slapen",
        "seit ich norvexa nehme habe ich herzrasen und kann nicht schlafen",
        "depuis que je prends norvexa j'ai des palpitations et je ne dors plus",
        "desde que tomo norvexa tengo palpitaciones y no duermo nada",
    ];
    for text in examples {
        let before = classifier().assess(&plain(text));
        assert_eq!(before.band, Band::Alert, "{text}");
        let spaced = text.replace(' ', "  \u{200b} ");
        let accented = text.replace('a', "á").replace('e', "é");
        for written in [text.to_uppercase(), spaced, accented, format!("  {text}\n\n"), text.replace(' ', "\t")] {
            assert_eq!(classifier().assess(&plain(&written)).band, Band::Alert, "{written}");
        }
    }
}

#[test]
fn disguised_letters_are_seen_through_and_what_stays_odd_goes_to_people() {
    let rows = [
        ("n0rv3xa gives me h34daches every day", Band::Alert),
        ("Ѕinсe I stаrtеd nоrvеxа I hаvе раlрitаtiоns", Band::Alert),
        ("since I started nor\u{200d}vexa \u{202e}I have palpitations", Band::Alert),
        ("🤮🤮🤮", Band::Review),
        ("منذ أن بدأت هذا الدواء وأنا أشعر بالدوار", Band::Review),
        ("מאז שאני לוקחת את זה יש לי כאבי ראש", Band::Review),
        ("\u{202e}\u{202d}\u{2066}", Band::Review),
    ];
    for (text, least) in rows {
        let read = classifier().assess(&under_ad(text));
        assert!(read.band >= least, "{text}: {read:#?}");
    }
}

#[test]
fn a_missing_name_does_not_lower_an_alert_where_the_channel_implies_the_product() {
    for text in ["sinds ik norvexa slik heb ik jeuk", "after my norvexa I threw up"] {
        let nameless = text.replace("norvexa", "it");
        assert_eq!(classifier().assess(&plain(text)).band, Band::Alert, "{text}");
        assert_eq!(classifier().assess(&under_ad(&nameless)).band, Band::Alert, "{nameless}");
    }
}

#[test]
fn a_report_in_the_other_language_is_not_hidden_by_the_guess() {
    let rows = [
        ("geen geen hoofdpijn since I take norvexa I have hives", None),
        ("hoofdpijn geen niet since I take norvexa I have hives", None),
        ("geen last, since I take norvexa I have hives", Some("nl")),
        ("no side effects for my mother so far. Sinds ik norvexa slik heb ik jeuk", None),
        ("no side effects for my mother so far, ik heb jeuk, norvexa", Some("en")),
        ("been fine on it for years, I have hives, norvexa", None),
    ];
    for (text, lang) in rows {
        let read = classifier().assess(&Comment { lang, ..plain(text) });
        assert!(read.band >= Band::Review, "{text}: {read:#?}");
        assert!(read.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::Reaction), "{text}: {read:#?}");
    }
    for text in ["al een jaar norvexa en geen hoofdpijn, geen jeuk", "a year on norvexa and no headache, no itching at all"] {
        let read = classifier().assess(&plain(text));
        let lifted = read.reasons.iter().any(|reason| reason.contains("no word of that clause"));
        assert!(!lifted && read.assertion == Assertion::Negated, "{text}: {read:#?}");
    }
}

#[test]
fn what_is_too_long_to_be_read_to_its_end_goes_to_people() {
    let report = "since I take norvexa I have hives";
    for text in
        [format!("{}{report}", "mal ".repeat(700)), format!("{}{report}", "my ".repeat(8_100)), "a lovely day ".repeat(300)]
    {
        let read = classifier().assess(&plain(&text));
        assert!(read.band >= Band::Review, "{:?}", read.reasons);
        assert!(!read.reasons.iter().any(|reason| reason.contains("in bulk")), "{:?}", read.reasons);
    }
}

#[test]
fn very_long_texts_are_read_in_bounded_time() {
    let started = std::time::Instant::now();
    for piece in ["hoofdpijn van norvexa geen ", "norvexia ", "a", "niet niet pijn mond ", "🤢", "since my head hurts, "] {
        let text = piece.repeat(60_000 / piece.chars().count());
        let read = classifier().assess(&plain(&text));
        assert!(read.evidence.len() <= 24);
    }
    // Generous, for a slow machine without optimisation: what it must catch is quadratic work, which takes minutes.
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn evidence_says_nothing_of_the_words() {
    let read = classifier().assess(&plain("Sinds ik Norvexa slik heb ik hartkloppingen"));
    let all = read.reasons.iter().chain(read.evidence.iter().map(|evidence| &evidence.why));
    for line in all {
        assert!(!line.to_lowercase().contains("hartklopping") && !line.contains("Norvexa"), "{line}");
    }
}

/// Pieces that comments are made of, with what breaks careless readers.
fn comments() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "geen",
        "niet",
        "norvexa",
        "headache",
        "hoofdpijn",
        "?",
        "...",
        "🤢",
        "👩‍⚕️",
        "İ",
        "ß",
        "ﬃ",
        "\u{200d}",
        "e\u{301}",
        "lol",
        "ziekenhuis",
        "died",
        "als",
        "what if",
        "\n\n",
        "https://x",
        "side effects",
        "i",
        "my",
        "krant",
        "leaflet",
        "nothing to do with",
        "zzzzz",
        "1.5",
        "\u{202e}",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.join(" "))]
}

/// Reports of an event with a product, in every language that has word lists.
fn reports() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "since I take norvexa I have hives",
        "norvexa gave me a headache",
        "sinds ik norvexa slik heb ik jeuk",
        "van norvexa kreeg ik hoofdpijn",
        "seit ich norvexa nehme habe ich ausschlag",
        "von norvexa habe ich kopfschmerzen bekommen",
        "depuis que je prends norvexa j'ai des nausées",
        "desde que tomo norvexa tengo náuseas",
    ])
}

/// What a platform may say of the language, right or wrong.
fn stated() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![None, Some("en"), Some("nl"), Some("de"), Some("fr"), Some("es")])
}

proptest! {
    #[test]
    fn any_text_is_read_and_its_evidence_lies_on_its_characters(text in comments(), parent in proptest::option::of(comments())) {
        let comment = Comment { text: &text, parent: parent.as_deref(), ..Comment::default() };
        let read = classifier().assess(&comment);
        prop_assert!(read.score <= 1000);
        for evidence in &read.evidence {
            prop_assert!(text.get(evidence.start as usize..evidence.end as usize).is_some_and(|words| !words.is_empty()));
        }
        prop_assert_eq!(classifier().assess(&comment), read);
    }

    #[test]
    fn a_report_added_at_the_end_never_hides_a_comment(text in comments(), report in reports(), lang in stated()) {
        let longer = format!("{text} {report}");
        prop_assert!(classifier().assess(&Comment { lang, ..plain(&longer) }).band >= Band::Review, "{:?}: {}", lang, longer);
    }

    #[test]
    fn a_report_in_a_clause_of_its_own_reaches_people_wherever_it_stands(
        (before, after) in (comments(), comments()), report in reports(), lang in stated(),
    ) {
        let longer = format!("{before}, {report}, {after}");
        prop_assert!(classifier().assess(&Comment { lang, ..plain(&longer) }).band >= Band::Review, "{:?}: {}", lang, longer);
    }

    #[test]
    fn a_word_of_seriousness_is_never_muted(text in comments()) {
        let words = [("en", "ambulance"), ("nl", "ziekenhuis"), ("de", "Notaufnahme"), ("fr", "hospitalisée"), ("es", "hospital")];
        for (lang, word) in words {
            let grave = format!("{text} {word}");
            let read = classifier().assess(&Comment { lang: Some(lang), ..plain(&grave) });
            prop_assert!(read.band >= Band::Review, "{}: {}", lang, grave);
        }
    }
}
