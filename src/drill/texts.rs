//! What the comments of drills say: invented, about the campaign's own product, and read by the machine as the class that is drilled.

use crate::model::Class;

/// Languages in which drills can be written: those that the classifier reads.
pub const LANGUAGES: [&str; 2] = ["nl", "en"];

/// The text of a drill; `None` for a language in which there is none.
pub fn text(class: Class, language: &str, product: &str) -> Option<String> {
    let text = match (language, class) {
        ("nl", Class::Distress) => "Ik zie het niet meer zitten en wil er een eind aan maken.".to_owned(),
        ("nl", Class::Serious) => format!("Sinds ik {product} slik heb ik hartkloppingen en ik ben opgenomen in het ziekenhuis."),
        ("nl", Class::AdverseEvent) => format!("Sinds ik {product} slik heb ik hartkloppingen en ben ik duizelig."),
        ("nl", Class::SpecialSituation) => format!("Ik ben zwanger en ik slik {product}."),
        ("nl", Class::QualityComplaint) => {
            format!("Sinds ik {product} slik was de verpakking al twee keer open en de tabletten waren verkruimeld.")
        }
        ("en", Class::Distress) => "I want to end it all, goodbye everyone.".to_owned(),
        ("en", Class::Serious) => format!("Since I started {product} I have palpitations and I was hospitalised."),
        ("en", Class::AdverseEvent) => format!("Since I started {product} I have palpitations and I feel dizzy."),
        ("en", Class::SpecialSituation) => format!("I am pregnant and I take {product}."),
        ("en", Class::QualityComplaint) => {
            format!("I took {product} today and the tablets were crumbled and the seal was broken.")
        }
        _ => return None,
    };
    let mark = if language == "nl" { "[Dayzero, oefening]" } else { "[Dayzero, exercise]" };
    Some(format!("{mark} {text}"))
}
