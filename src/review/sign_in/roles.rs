//! Who may do what: every address asks for one right, and one table says which roles have it. Pure.
//!
//! Two rights are narrower than the table can say, because they depend on the comment: webcare takes in hand what is about a person in
//! danger and nothing else, and quality what is a quality complaint and nothing else; whoever acknowledges stops the reminders to drug
//! safety. Both stand in [`may_take`]; and to close a comment as no case stays with drug safety ([`may_record`]).

use crate::model::session::Role;
use crate::model::{Class, Record, Side};
use crate::review::route::Route;
use crate::review::statements::Address;

/// What an address asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Nobody has to be signed in.
    Open,
    /// Whoever is signed in with any role: pages that hold no patient's words.
    SignedIn,
    /// What patients wrote: the queue, comments and their evidence.
    ReadWords,
    /// Periods, missed windows, statements, the sample and what the machine misses: patients' words are among them.
    ReadRecords,
    /// Who read what, who signed in, and who was refused.
    ReadAccess,
    /// Take a comment in hand.
    Acknowledge,
    /// Decide about one comment.
    Decide,
    /// Everything else about a case: several at once, day zero, why a window was missed, handing it out.
    WorkCases,
    /// Ask for an erasure and agree to one.
    Erase,
    /// Make a statement, and close its tasks.
    State,
    /// Sign a statement, for the side of one's role.
    Sign,
    /// Read in the safety database's list of cases.
    ReadCases,
    /// Start and end a fire drill.
    Drill,
}

/// Who has which right: the whole of it. [`Right::Open`] and [`Right::SignedIn`] need no entry.
pub const TABLE: [(Right, &[Role]); 11] = {
    use Role::{Administrator, Auditor, Quality, Safety, Webcare};
    [
        (Right::ReadWords, &[Safety, Quality, Webcare, Auditor]),
        (Right::ReadRecords, &[Safety, Quality, Auditor]),
        (Right::ReadAccess, &[Safety, Quality, Auditor, Administrator]),
        (Right::Acknowledge, &[Safety, Quality, Webcare]),
        (Right::Decide, &[Safety, Quality]),
        (Right::WorkCases, &[Safety]),
        (Right::Erase, &[Safety]),
        (Right::State, &[Safety, Quality]),
        (Right::Sign, &[Safety, Quality]),
        (Right::ReadCases, &[Safety]),
        (Right::Drill, &[Safety, Administrator]),
    ]
};

impl Right {
    /// What an address asks for. A new route does not compile before somebody has said who may use it.
    pub fn of(route: &Route) -> Right {
        match route {
            Route::Stylesheet | Route::ApiHealth | Route::SignIn | Route::SignInCallback | Route::SignedOut => Right::Open,
            Route::SignOut | Route::More | Route::AskName | Route::TakeName => Right::SignedIn,
            Route::Channels | Route::ApiChannels | Route::Drills | Route::ApiDrills | Route::ApiDrill(_) => Right::SignedIn,
            Route::Protocols | Route::Protocol(_) | Route::ApiProtocols => Right::SignedIn,
            Route::Queue | Route::Comment(_) | Route::Evidence(_) => Right::ReadWords,
            Route::ApiList | Route::ApiComment(_) | Route::ApiEvidence(_) => Right::ReadWords,
            Route::Period | Route::Deviations | Route::ApiPeriod | Route::ApiDeviations | Route::Erasure => Right::ReadRecords,
            Route::Accesses | Route::ApiAccesses => Right::ReadAccess,
            Route::Acknowledge(_) | Route::ApiAcknowledge(_) => Right::Acknowledge,
            Route::Decide(_) | Route::ApiDecide(_) => Right::Decide,
            Route::SetDayZero(_) | Route::ApiSetDayZero(_) | Route::DecideMany => Right::WorkCases,
            Route::Explain(_) | Route::ApiExplain(_) | Route::HandOut(_) | Route::ApiHandOut(_) => Right::WorkCases,
            Route::AskErasure | Route::AgreeErasure => Right::Erase,
            Route::ApiStartDrill | Route::ApiEndDrill(_) => Right::Drill,
            Route::Statements(address) => of_statements(address),
        }
    }

    /// Whether a role has it.
    pub fn is_of(self, role: Role) -> bool {
        let listed = || TABLE.iter().any(|(right, roles)| *right == self && roles.contains(&role));
        matches!(self, Right::Open | Right::SignedIn) || listed()
    }
}

fn of_statements(address: &Address) -> Right {
    match address {
        Address::Overview | Address::Statement(..) | Address::Csv(..) | Address::Sample | Address::Quality => Right::ReadRecords,
        Address::Make(_) | Address::CloseTask(..) => Right::State,
        Address::Sign(..) => Right::Sign,
        Address::Cases(_) => Right::ReadCases,
    }
}

/// For which side a role signs: drug safety for its own, and quality, which keeps the agreement with the channels' owner, for theirs.
pub fn signs_for(role: Role, side: Side) -> bool {
    matches!((role, side), (Role::Safety, Side::DrugSafety) | (Role::Quality, Side::ChannelOwner))
}

/// Whether a role may take this record in hand, and decide about it where it decides at all: drug safety any; the others only what was
/// alerted as their own matter and as nothing else.
pub fn may_take(role: Role, record: &Record) -> bool {
    let only = |class: Class| !record.alerts.is_empty() && record.alerts.iter().all(|alert| alert.class == class);
    match role {
        Role::Safety => true,
        Role::Quality => only(Class::QualityComplaint),
        Role::Webcare => only(Class::Distress),
        Role::Auditor | Role::Administrator => false,
    }
}

/// Which outcomes a role records on what is its own matter, by their names in forms.
pub fn may_record(role: Role, outcome: &str) -> bool {
    match role {
        Role::Safety => true,
        Role::Quality => matches!(outcome, "quality_complaint" | "needs_more"),
        Role::Webcare | Role::Auditor | Role::Administrator => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Request;
    use crate::model::Band;
    use crate::review::fixture::Story;

    const KEY: &str = "forum-0123456789abcdef0123456789abcdef";

    /// Every address of the console with the initials of the roles that may use it; `*` for everybody, `+` for whoever is signed in.
    const ADDRESSES: [(&str, &str, &str); 57] = [
        ("GET", "/", "SQWA"),
        ("GET", "/more", "+"),
        ("GET", "/comments/KEY", "SQWA"),
        ("POST", "/comments/KEY/acknowledge", "SQW"),
        ("POST", "/comments/KEY/decision", "SQ"),
        ("POST", "/comments/KEY/day-zero", "S"),
        ("GET", "/comments/KEY/evidence", "SQWA"),
        ("POST", "/comments/KEY/cause", "S"),
        ("POST", "/comments/KEY/export", "S"),
        ("POST", "/decisions", "S"),
        ("GET", "/erasure", "SQA"),
        ("POST", "/erasure", "S"),
        ("POST", "/erasure/agree", "S"),
        ("GET", "/evidence", "SQA"),
        ("GET", "/deviations", "SQA"),
        ("GET", "/access", "SQAM"),
        ("GET", "/name", "+"),
        ("POST", "/name", "+"),
        ("GET", "/assets/dayzero.css", "*"),
        ("GET", "/sign-in", "*"),
        ("GET", "/sign-in/callback", "*"),
        ("GET", "/sign-out", "*"),
        ("POST", "/sign-out", "+"),
        ("GET", "/api/comments", "SQWA"),
        ("GET", "/api/comments/KEY", "SQWA"),
        ("GET", "/api/comments/KEY/evidence", "SQWA"),
        ("POST", "/api/comments/KEY/acknowledge", "SQW"),
        ("POST", "/api/comments/KEY/decision", "SQ"),
        ("POST", "/api/comments/KEY/day-zero", "S"),
        ("POST", "/api/comments/KEY/cause", "S"),
        ("POST", "/api/comments/KEY/export", "S"),
        ("GET", "/api/evidence", "SQA"),
        ("GET", "/api/deviations", "SQA"),
        ("GET", "/api/access", "SQAM"),
        ("GET", "/api/health", "*"),
        ("GET", "/protocols", "+"),
        ("GET", "/protocols/m", "+"),
        ("GET", "/api/protocols", "+"),
        ("GET", "/statements", "SQA"),
        ("POST", "/statements/m", "SQ"),
        ("GET", "/statements/m/2026-03", "SQA"),
        ("POST", "/statements/m/2026-03/signatures", "SQ"),
        ("POST", "/statements/m/tasks/0123", "SQ"),
        ("POST", "/statements/m/cases", "S"),
        ("GET", "/api/statements/m/2026-03.csv", "SQA"),
        ("POST", "/api/statements/m/cases", "S"),
        ("GET", "/sample", "SQA"),
        ("GET", "/api/sample", "SQA"),
        ("GET", "/quality", "SQA"),
        ("GET", "/api/quality", "SQA"),
        ("GET", "/channels", "+"),
        ("GET", "/api/channels", "+"),
        ("GET", "/drills", "+"),
        ("GET", "/api/drills", "+"),
        ("POST", "/api/drills", "SM"),
        ("GET", "/api/drills/dayzero-drill-1", "+"),
        ("POST", "/api/drills/dayzero-drill-1/end", "SM"),
    ];

    fn initial(role: Role) -> char {
        match role {
            Role::Safety => 'S',
            Role::Quality => 'Q',
            Role::Webcare => 'W',
            Role::Auditor => 'A',
            Role::Administrator => 'M',
        }
    }

    #[test]
    fn every_address_is_open_to_these_roles_and_no_others() {
        for (method, address, expected) in ADDRESSES {
            let path = address.replace("KEY", KEY);
            let request = Request { method: method.into(), path, query: Vec::new(), headers: Vec::new(), body: Vec::new() };
            let right = Right::of(&Route::of(&request).unwrap());
            for role in Role::ALL {
                let all = matches!(expected, "*" | "+");
                assert_eq!(right.is_of(role), all || expected.contains(initial(role)), "{method} {address} {role}");
            }
            assert_eq!(right == Right::Open, expected == "*", "{method} {address}");
            assert_eq!(right == Right::SignedIn, expected == "+", "{method} {address}");
        }
    }

    #[test]
    fn an_auditor_changes_nothing_and_an_administrator_reads_no_words() {
        for (method, address, _) in ADDRESSES {
            let path = address.replace("KEY", KEY);
            let request = Request { method: method.into(), path, query: Vec::new(), headers: Vec::new(), body: Vec::new() };
            let route = Route::of(&request).unwrap();
            let right = Right::of(&route);
            let harmless = matches!(route, Route::SignOut | Route::TakeName);
            assert!(!route.changes() || harmless || !right.is_of(Role::Auditor), "{method} {address}");
            assert!(!matches!(right, Right::ReadWords | Right::ReadRecords) || !right.is_of(Role::Administrator), "{address}");
        }
    }

    #[test]
    fn a_role_takes_what_is_its_own_matter_and_nothing_else() {
        let of = |class: Class| Story::about("1").written("x").read(Band::Alert, &[]).alerted(class).matter().record;
        let both = Story::about("1")
            .written("x")
            .read(Band::Alert, &[])
            .alerted(Class::QualityComplaint)
            .alerted(Class::Serious)
            .matter()
            .record;
        let none = Story::about("1").written("x").matter().record;
        let rows = [
            (Role::Safety, &none, true),
            (Role::Safety, &both, true),
            (Role::Quality, &none, false),
            (Role::Quality, &of(Class::QualityComplaint), true),
            (Role::Quality, &both, false),
            (Role::Quality, &of(Class::Distress), false),
            (Role::Webcare, &of(Class::Distress), true),
            (Role::Webcare, &of(Class::AdverseEvent), false),
            (Role::Auditor, &of(Class::Distress), false),
            (Role::Administrator, &of(Class::Distress), false),
        ];
        for (role, record, expected) in rows {
            assert_eq!(may_take(role, record), expected, "{role}");
        }
    }
}
