//! What is counted in a comment beside its words, and what people are told of each count. How much a sign is worth, alone and beside
//! others, the model has learnt; see `features`.

/// Something that raises or lowers the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Reaction,
    WeakReaction,
    Combination,
    GatedReaction,
    ProductNamed,
    ProductImplied,
    Medicine,
    Cause,
    WeakCause,
    Oneself,
    Other,
    Body,
    Trouble,
    Serious,
    Question,
    ReportQuestion,
    Hypothetical,
    DeniesAll,
    Denied,
    Media,
    OtherCause,
    Joke,
    Laughter,
    Treated,
    MeToo,
    Explicit,
    Special,
    Quality,
    ReactionWithCause,
    ReactionWithMedicine,
    VeryShort,
    Asks,
}

/// A sign and what people are told.
pub(crate) struct Row {
    pub(crate) sign: Sign,
    pub(crate) why: &'static str,
}

const fn row(sign: Sign, why: &'static str) -> Row {
    Row { sign, why }
}

pub(crate) const TABLE: [Row; 32] = [
    row(Sign::Reaction, "tells of a reaction"),
    row(Sign::WeakReaction, "has a word that may mean a reaction"),
    row(Sign::Combination, "names a part of the body with a word of trouble"),
    row(Sign::GatedReaction, "names a complaint that it does not report"),
    row(Sign::ProductNamed, "names a product of the campaign"),
    row(Sign::ProductImplied, "stands where the channel implies a product"),
    row(Sign::Medicine, "speaks of a medicine"),
    row(Sign::Cause, "ties what happened to the medicine"),
    row(Sign::WeakCause, "names a time or a cause"),
    row(Sign::Oneself, "is told in the first person"),
    row(Sign::Other, "is told of somebody near"),
    row(Sign::Body, "names a part of the body"),
    row(Sign::Trouble, "has words of trouble"),
    row(Sign::Serious, "has a word of seriousness"),
    row(Sign::Question, "asks, and reports nothing"),
    row(Sign::ReportQuestion, "asks whether others have it too"),
    row(Sign::Hypothetical, "speaks of what has not happened"),
    row(Sign::DeniesAll, "says that nothing happened"),
    row(Sign::Denied, "denies a complaint"),
    row(Sign::Media, "repeats what others told, or the leaflet"),
    row(Sign::OtherCause, "names another cause"),
    row(Sign::Joke, "uses a figure of speech"),
    row(Sign::Laughter, "laughs"),
    row(Sign::Treated, "speaks of the complaint that is treated"),
    row(Sign::MeToo, "agrees with a reaction that the comment above reports"),
    row(Sign::Explicit, "names side effects"),
    row(Sign::Special, "tells of a special situation"),
    row(Sign::Quality, "complains of the product's quality"),
    row(Sign::ReactionWithCause, "tells of a reaction and ties it to the medicine"),
    row(Sign::ReactionWithMedicine, "tells of a reaction and speaks of a medicine"),
    row(Sign::VeryShort, "is very short"),
    row(Sign::Asks, "asks something"),
];

/// How often each sign stands in a comment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts([i32; TABLE.len()]);

impl Counts {
    pub(crate) fn add(&mut self, sign: Sign) {
        self.0[sign as usize] += 1;
    }

    pub(crate) fn has(&self, sign: Sign) -> bool {
        self.0[sign as usize] > 0
    }

    pub(crate) fn of(&self, sign: Sign) -> i32 {
        self.0[sign as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_signs() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.sign as usize, index, "{:?}", row.sign);
        }
    }
}
