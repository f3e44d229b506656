//! What is counted in a comment, and what each count is worth: the whole of the score, in one table that people can read.
//!
//! Points are thousandths and are added up; a sum is the same on every machine. They started from a logistic fit on the project's
//! own comments in English and Dutch and were then set by hand, so they are judgement as much as measurement.

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

/// A sign, how often it counts at most, its points each, and what people are told.
pub(crate) struct Row {
    pub(crate) sign: Sign,
    pub(crate) cap: i32,
    pub(crate) points: i32,
    pub(crate) why: &'static str,
}

const fn row(sign: Sign, cap: i32, points: i32, why: &'static str) -> Row {
    Row { sign, cap, points, why }
}

/// Thousandths that every comment starts with.
pub(crate) const BASE: i32 = 120;

pub(crate) const TABLE: [Row; 32] = [
    row(Sign::Reaction, 2, 210, "tells of a reaction"),
    row(Sign::WeakReaction, 2, 30, "has a word that may mean a reaction"),
    row(Sign::Combination, 2, 80, "names a part of the body with a word of trouble"),
    row(Sign::GatedReaction, 2, 60, "names a complaint that it does not report"),
    row(Sign::ProductNamed, 1, 120, "names a product of the campaign"),
    row(Sign::ProductImplied, 1, 30, "stands where the channel implies a product"),
    row(Sign::Medicine, 1, 40, "speaks of a medicine"),
    row(Sign::Cause, 2, 110, "ties what happened to the medicine"),
    row(Sign::WeakCause, 2, 50, "names a time or a cause"),
    row(Sign::Oneself, 1, 40, "is told in the first person"),
    row(Sign::Other, 1, 50, "is told of somebody near"),
    row(Sign::Body, 2, 60, "names a part of the body"),
    row(Sign::Trouble, 2, 40, "has words of trouble"),
    row(Sign::Serious, 1, 170, "has a word of seriousness"),
    row(Sign::Question, 1, -150, "asks, and reports nothing"),
    row(Sign::ReportQuestion, 1, 120, "asks whether others have it too"),
    row(Sign::Hypothetical, 2, -80, "speaks of what has not happened"),
    row(Sign::DeniesAll, 1, -220, "says that nothing happened"),
    row(Sign::Denied, 1, -110, "denies a complaint"),
    row(Sign::Media, 2, -110, "repeats what others told, or the leaflet"),
    row(Sign::OtherCause, 2, -120, "names another cause"),
    row(Sign::Joke, 2, -120, "uses a figure of speech"),
    row(Sign::Laughter, 1, -20, "laughs"),
    row(Sign::Treated, 2, -70, "speaks of the complaint that is treated"),
    row(Sign::MeToo, 1, 450, "agrees with a reaction that the comment above reports"),
    row(Sign::Explicit, 1, 40, "names side effects"),
    row(Sign::Special, 1, -20, "tells of a special situation"),
    row(Sign::Quality, 1, -60, "complains of the product's quality"),
    row(Sign::ReactionWithCause, 1, 60, "tells of a reaction and ties it to the medicine"),
    row(Sign::ReactionWithMedicine, 1, 130, "tells of a reaction and speaks of a medicine"),
    row(Sign::VeryShort, 1, -40, "is very short"),
    row(Sign::Asks, 1, -50, "asks something"),
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

    /// What each row of the table gives, zero included.
    pub(crate) fn points(&self) -> impl Iterator<Item = (&'static Row, i32)> + '_ {
        TABLE.iter().map(|row| (row, row.points * self.0[row.sign as usize].min(row.cap)))
    }

    /// The sum, in thousandths.
    pub(crate) fn score(&self) -> u16 {
        let sum: i32 = BASE + self.points().map(|(_, points)| points).sum::<i32>();
        u16::try_from(sum.clamp(0, 1000)).unwrap_or(0)
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
