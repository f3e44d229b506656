//! Channels as they are heard: when an account's platform last told us anything, what is usual for it, and when its silence is too long.
//!
//! A platform that stops telling looks like a quiet day, so zero comments have to be shown to be zero. `assess` writes down what it
//! hears, `watch` raises and clears the alarm, `review` shows both. Pure: the time is an argument.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::door::Platform;
use super::ids::{CampaignId, ChannelId, DoorId};

/// Days whose numbers are kept: today and the seven before it.
const DAYS: usize = 8;
/// Gaps after which the usual one is no longer a first guess and moves in small steps.
const FIRST_GAPS: u32 = 8;
/// A gap longer than so many usual ones is unusual.
const UNUSUAL_GAPS: i64 = 3;
/// What is shorter is unusual nowhere.
const UNUSUAL_AT_LEAST: SignedDuration = SignedDuration::from_hours(2);

/// An account on a platform, whether or not a protocol lists it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account {
    pub platform: Platform,
    pub account: String,
}

impl Account {
    /// Reads an account back, as `Display` wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        let (platform, account) = text.split_once('#')?;
        Some(Self { platform: Platform::from_name(platform)?, account: account.to_owned() })
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.platform.as_str(), self.account)
    }
}

/// What one or several deliveries let us hear of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hearing {
    pub door: DoorId,
    pub campaign: Option<CampaignId>,
    /// `None` for an account that no protocol lists.
    pub channel: Option<ChannelId>,
    /// When we kept the last of the deliveries.
    pub at: Timestamp,
    /// The newest time that the platform tells in them.
    pub told_at: Option<Timestamp>,
    pub number: u32,
}

impl Hearing {
    /// Two hearings as one.
    pub fn and(self, other: Hearing) -> Hearing {
        let (at, told_at) = (self.at.max(other.at), self.told_at.max(other.told_at));
        Hearing { at, told_at, number: self.number.saturating_add(other.number), ..other }
    }
}

/// All that was ever heard of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub door: DoorId,
    pub campaign: Option<CampaignId>,
    pub channel: Option<ChannelId>,
    pub first_at: Timestamp,
    /// By our clock; it never goes back.
    pub last_at: Timestamp,
    /// By the platform's, where it tells one.
    pub told_at: Option<Timestamp>,
    pub number: u64,
    /// Seconds between two deliveries, as they usually are.
    pub usual_gap: Option<i64>,
    /// How many gaps the usual one was made of.
    pub gaps: u32,
    /// Deliveries of each day in UTC, oldest first.
    pub days: Vec<(Date, u32)>,
}

impl Heard {
    /// What is known after a hearing. A delivery that was worked off late adds to the numbers and takes no time back.
    pub fn after(before: Option<&Heard>, hearing: &Hearing) -> Heard {
        let Hearing { door, campaign, channel, at, told_at, number } = hearing.clone();
        let first = Heard {
            door: door.clone(),
            campaign: campaign.clone(),
            channel: channel.clone(),
            first_at: at,
            last_at: at,
            told_at,
            number: 0,
            usual_gap: None,
            gaps: 0,
            days: Vec::new(),
        };
        let mut heard = before.cloned().unwrap_or(first);
        let gap = at.duration_since(heard.last_at).as_secs() / i64::from(number.max(1));
        if gap > 0 {
            heard.learn(gap);
        }
        heard.count(at.to_zoned(TimeZone::UTC).date(), number);
        let (first_at, last_at, told_at) = (heard.first_at.min(at), heard.last_at.max(at), heard.told_at.max(told_at));
        let number = heard.number.saturating_add(u64::from(number));
        Heard { door, campaign, channel, first_at, last_at, told_at, number, ..heard }
    }

    /// Moves the usual gap a step towards a new one, by a share of itself and never by more: it settles where as many gaps are longer as
    /// are shorter, and one silent week does not make silence usual.
    fn learn(&mut self, gap: i64) {
        let usual = self.usual_gap.unwrap_or(gap);
        let step = (usual / if self.gaps < FIRST_GAPS { 2 } else { 16 }).max(1);
        self.usual_gap = Some(if gap > usual { usual.saturating_add(step).min(gap) } else { (usual - step).max(gap) });
        self.gaps = self.gaps.saturating_add(1);
    }

    fn count(&mut self, day: Date, number: u32) {
        match self.days.iter_mut().find(|(known, _)| *known == day) {
            Some((_, count)) => *count = count.saturating_add(number),
            None => self.days.push((day, number)),
        }
        self.days.sort_unstable();
        let old = self.days.len().saturating_sub(DAYS);
        self.days.drain(..old);
    }

    /// Deliveries of today and of the seven days before, in UTC.
    pub fn lately(&self, now: Timestamp) -> u64 {
        let today = now.to_zoned(TimeZone::UTC).date();
        let since = today.checked_sub(SignedDuration::from_hours(24 * 7)).unwrap_or(today);
        self.days.iter().filter(|(day, _)| *day >= since).map(|(_, number)| u64::from(*number)).sum()
    }
}

/// What the protocol expects of a listed channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// From when on somebody listens: the channel was listed, and its campaign had begun.
    pub since: Timestamp,
    pub silent_after: SignedDuration,
    /// Whether the campaign's channels are watched now.
    pub watched: bool,
}

/// How a listed channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    Heard,
    /// Quieter than it usually is: shown, and no alarm.
    Quiet,
    /// Never heard yet, for less time than would be an alarm.
    Awaited,
    /// Nothing was heard after `since` for longer than the protocol allows.
    Silent {
        since: Timestamp,
    },
    /// Outside the time in which its campaign is watched.
    Unwatched,
}

impl Sound {
    /// The word for it in what programs are told.
    pub fn as_str(self) -> &'static str {
        match self {
            Sound::Heard => "heard",
            Sound::Quiet => "unusually_quiet",
            Sound::Awaited => "awaited",
            Sound::Silent { .. } => "silent",
            Sound::Unwatched => "not_watched",
        }
    }
}

/// How a channel of which this was heard stands at `now`. A clock that goes back makes nothing silent.
pub fn sound(expected: &Expected, heard: Option<&Heard>, now: Timestamp) -> Sound {
    if !expected.watched {
        return Sound::Unwatched;
    }
    // What was heard before anybody had to listen neither helps nor hurts.
    let since = heard.map_or(expected.since, |heard| heard.last_at.max(expected.since));
    let quiet_for = now.duration_since(since);
    if quiet_for > expected.silent_after {
        return Sound::Silent { since };
    }
    let usual = heard.and_then(|heard| heard.usual_gap).map(|gap| SignedDuration::from_secs(gap.saturating_mul(UNUSUAL_GAPS)));
    match heard {
        None => Sound::Awaited,
        Some(_) if usual.is_some_and(|usual| quiet_for > usual.max(UNUSUAL_AT_LEAST)) => Sound::Quiet,
        Some(_) => Sound::Heard,
    }
}

/// What `watch` keeps of a listed channel beside what was heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vigil {
    /// When a protocol first listed the channel; a later version does not start the wait anew.
    pub listed_since: Timestamp,
    /// The last alarm, also after it has ended.
    pub alarm: Option<Alarm>,
}

/// An alarm about a silence: raised once, and ended by the next thing that is heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// From when on nothing was heard.
    pub since: Timestamp,
    pub raised_at: Timestamp,
    pub heard_again: Option<Timestamp>,
}

impl Vigil {
    /// The alarm that nothing has ended yet.
    pub fn alarm(&self) -> Option<&Alarm> {
        self.alarm.as_ref().filter(|alarm| alarm.heard_again.is_none())
    }
}

/// What has to be done about a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Raise { since: Timestamp },
    End { heard_at: Timestamp },
}

/// What a channel's state asks for now; asked again once that was done, nothing.
pub fn change(vigil: &Vigil, heard: Option<&Heard>, sound: Sound) -> Option<Change> {
    match (vigil.alarm(), sound) {
        (Some(alarm), _) => {
            let heard_at = heard.map(|heard| heard.last_at).filter(|at| *at > alarm.since)?;
            Some(Change::End { heard_at })
        }
        (None, Sound::Silent { since }) => {
            // A silence that had its alarm is over: another one begins with something heard.
            let had_one = vigil.alarm.as_ref().is_some_and(|alarm| alarm.since == since);
            (!had_one).then_some(Change::Raise { since })
        }
        (None, Sound::Heard | Sound::Quiet | Sound::Awaited | Sound::Unwatched) => None,
    }
}

/// A silence of a channel, as its campaign's journal tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceNote {
    pub account: Account,
    pub channel: ChannelId,
    pub since: Timestamp,
    /// `None` when it was raised.
    pub heard_again: Option<Timestamp>,
}

#[cfg(test)]
#[path = "channel_tests.rs"]
mod tests;
