//! What an address means. Pure; called once for each request.

use crate::http::Request;
use crate::model::CampaignId;
use crate::model::{CommentKey, Drill};

use super::problem::Problem;
use super::statements::Address;

/// Bytes of a drill's id at most; those that Dayzero makes have fewer.
const LONGEST_DRILL: usize = 64;

/// Everything that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Queue,
    /// What the head of the pages has no entry for.
    More,
    Comment(CommentKey),
    /// One case as an inspector reads it, on paper too.
    Evidence(CommentKey),
    Acknowledge(CommentKey),
    Decide(CommentKey),
    SetDayZero(CommentKey),
    /// One decision about several comments of the low band.
    DecideMany,
    /// Everything that one author wrote.
    Erasure,
    AskErasure,
    AgreeErasure,
    /// Why a window was missed.
    Explain(CommentKey),
    /// For whom the record leaves Dayzero.
    HandOut(CommentKey),
    /// A period as an inspector reads it.
    Period,
    Deviations,
    /// Who looked at what.
    Accesses,
    AskName,
    TakeName,
    Stylesheet,
    /// To the provider at which people sign in.
    SignIn,
    /// Back from there.
    SignInCallback,
    SignOut,
    /// What stands there after it.
    SignedOut,
    ApiList,
    ApiComment(CommentKey),
    ApiEvidence(CommentKey),
    ApiAcknowledge(CommentKey),
    ApiDecide(CommentKey),
    ApiSetDayZero(CommentKey),
    ApiExplain(CommentKey),
    ApiHandOut(CommentKey),
    ApiPeriod,
    ApiDeviations,
    ApiAccesses,
    ApiHealth,
    Protocols,
    Protocol(CampaignId),
    ApiProtocols,
    /// Statements, tasks, the weekly sample and recall.
    Statements(Address),
    Channels,
    ApiChannels,
    Drills,
    ApiDrills,
    ApiStartDrill,
    ApiDrill(String),
    ApiEndDrill(String),
}

impl Route {
    /// HEAD is answered as GET is, without the body.
    pub fn of(request: &Request) -> Result<Route, Problem> {
        let path: Vec<&str> = request.path.strip_prefix('/').unwrap_or(&request.path).split('/').collect();
        let (get, post) = match path.as_slice() {
            [""] => (Some(Route::Queue), None),
            ["more"] => (Some(Route::More), None),
            ["comments", key] => (Some(Route::Comment(known(key)?)), None),
            ["comments", key, "acknowledge"] => (None, Some(Route::Acknowledge(known(key)?))),
            ["comments", key, "decision"] => (None, Some(Route::Decide(known(key)?))),
            ["comments", key, "day-zero"] => (None, Some(Route::SetDayZero(known(key)?))),
            ["comments", key, "evidence"] => (Some(Route::Evidence(known(key)?)), None),
            ["comments", key, "cause"] => (None, Some(Route::Explain(known(key)?))),
            ["comments", key, "export"] => (None, Some(Route::HandOut(known(key)?))),
            ["evidence"] => (Some(Route::Period), None),
            ["deviations"] => (Some(Route::Deviations), None),
            ["access"] => (Some(Route::Accesses), None),
            ["decisions"] => (None, Some(Route::DecideMany)),
            ["erasure"] => (Some(Route::Erasure), Some(Route::AskErasure)),
            ["erasure", "agree"] => (None, Some(Route::AgreeErasure)),
            ["name"] => (Some(Route::AskName), Some(Route::TakeName)),
            ["sign-in"] => (Some(Route::SignIn), None),
            ["sign-in", "callback"] => (Some(Route::SignInCallback), None),
            ["sign-out"] => (Some(Route::SignedOut), Some(Route::SignOut)),
            ["assets", "dayzero.css"] => (Some(Route::Stylesheet), None),
            ["api", "comments"] => (Some(Route::ApiList), None),
            ["api", "comments", key] => (Some(Route::ApiComment(known(key)?)), None),
            ["api", "comments", key, "acknowledge"] => (None, Some(Route::ApiAcknowledge(known(key)?))),
            ["api", "comments", key, "decision"] => (None, Some(Route::ApiDecide(known(key)?))),
            ["api", "comments", key, "day-zero"] => (None, Some(Route::ApiSetDayZero(known(key)?))),
            ["api", "comments", key, "evidence"] => (Some(Route::ApiEvidence(known(key)?)), None),
            ["api", "comments", key, "cause"] => (None, Some(Route::ApiExplain(known(key)?))),
            ["api", "comments", key, "export"] => (None, Some(Route::ApiHandOut(known(key)?))),
            ["api", "evidence"] => (Some(Route::ApiPeriod), None),
            ["api", "deviations"] => (Some(Route::ApiDeviations), None),
            ["api", "access"] => (Some(Route::ApiAccesses), None),
            ["api", "health"] => (Some(Route::ApiHealth), None),
            ["protocols"] => (Some(Route::Protocols), None),
            ["protocols", campaign] => (Some(Route::Protocol(CampaignId::new(*campaign))), None),
            ["api", "protocols"] => (Some(Route::ApiProtocols), None),
            ["sample"] | ["api", "sample"] => (Some(Route::Statements(Address::Sample)), None),
            ["quality"] | ["api", "quality"] => (Some(Route::Statements(Address::Quality)), None),
            ["statements", rest @ ..] => statements(rest, false)?,
            ["api", "statements", rest @ ..] => statements(rest, true)?,
            ["channels"] => (Some(Route::Channels), None),
            ["api", "channels"] => (Some(Route::ApiChannels), None),
            ["drills"] => (Some(Route::Drills), None),
            ["api", "drills"] => (Some(Route::ApiDrills), Some(Route::ApiStartDrill)),
            ["api", "drills", id] => (Some(Route::ApiDrill(drill(id)?)), None),
            ["api", "drills", id, "end"] => (None, Some(Route::ApiEndDrill(drill(id)?))),
            _ => return Err(Problem::NotFound("There is nothing at this address.")),
        };
        let allow = match (&get, &post) {
            (Some(_), Some(_)) => "GET, HEAD, POST",
            (Some(_), None) => "GET, HEAD",
            (None, _) => "POST",
        };
        let asked = match request.method.as_str() {
            "GET" | "HEAD" => get,
            "POST" => post,
            _ => None,
        };
        asked.ok_or(Problem::Method { allow })
    }

    /// Whether it may change something of a case. That somebody read is noted whatever they ask for.
    pub fn changes(&self) -> bool {
        match self {
            Route::Acknowledge(_) | Route::Decide(_) | Route::DecideMany | Route::TakeName | Route::SignOut => true,
            Route::ApiAcknowledge(_) | Route::ApiDecide(_) | Route::AskErasure | Route::AgreeErasure => true,
            Route::SetDayZero(_) | Route::ApiSetDayZero(_) => true,
            Route::ApiStartDrill | Route::ApiEndDrill(_) => true,
            Route::Channels | Route::ApiChannels | Route::Drills | Route::ApiDrills | Route::ApiDrill(_) => false,
            Route::Queue | Route::More | Route::Comment(_) | Route::AskName | Route::Stylesheet => false,
            Route::ApiList | Route::ApiComment(_) | Route::ApiHealth | Route::Erasure => false,
            Route::SignIn | Route::SignInCallback | Route::SignedOut => false,
            Route::Protocols | Route::Protocol(_) | Route::ApiProtocols => false,
            Route::Statements(address) => address.changes(),
            Route::Explain(_) | Route::HandOut(_) | Route::ApiExplain(_) | Route::ApiHandOut(_) => true,
            Route::Evidence(_) | Route::Period | Route::Deviations | Route::Accesses => false,
            Route::ApiEvidence(_) | Route::ApiPeriod | Route::ApiDeviations | Route::ApiAccesses => false,
        }
    }

    /// Whether a program asks, which gets JSON and needs no form token.
    pub fn is_api(request: &Request) -> bool {
        request.path == "/api" || request.path.starts_with("/api/")
    }
}

fn statements(path: &[&str], api: bool) -> Result<(Option<Route>, Option<Route>), Problem> {
    let (get, post) = Address::of(path, api)?;
    Ok((get.map(Route::Statements), post.map(Route::Statements)))
}

fn known(key: &str) -> Result<CommentKey, Problem> {
    CommentKey::parse(key).ok_or(Problem::NotFound("No comment has this key."))
}

/// The id of a fire drill, as the register may hold it.
fn drill(id: &str) -> Result<String, Problem> {
    let plain =
        id.starts_with(Drill::PREFIX) && id.len() <= LONGEST_DRILL && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then(|| id.to_owned()).ok_or(Problem::NotFound("No fire drill has this id."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "forum-0123456789abcdef0123456789abcdef";

    fn request(method: &str, path: &str) -> Request {
        Request { method: method.into(), path: path.into(), query: Vec::new(), headers: Vec::new(), body: Vec::new() }
    }

    #[test]
    fn every_address_has_its_methods_and_no_others() {
        let rows = [
            ("/", "GET, HEAD"),
            ("/more", "GET, HEAD"),
            ("/comments/KEY", "GET, HEAD"),
            ("/comments/KEY/acknowledge", "POST"),
            ("/comments/KEY/decision", "POST"),
            ("/comments/KEY/day-zero", "POST"),
            ("/comments/KEY/evidence", "GET, HEAD"),
            ("/comments/KEY/cause", "POST"),
            ("/comments/KEY/export", "POST"),
            ("/evidence", "GET, HEAD"),
            ("/deviations", "GET, HEAD"),
            ("/access", "GET, HEAD"),
            ("/decisions", "POST"),
            ("/erasure", "GET, HEAD, POST"),
            ("/erasure/agree", "POST"),
            ("/name", "GET, HEAD, POST"),
            ("/sign-in", "GET, HEAD"),
            ("/sign-in/callback", "GET, HEAD"),
            ("/sign-out", "GET, HEAD, POST"),
            ("/assets/dayzero.css", "GET, HEAD"),
            ("/api/comments", "GET, HEAD"),
            ("/api/comments/KEY", "GET, HEAD"),
            ("/api/comments/KEY/acknowledge", "POST"),
            ("/api/comments/KEY/decision", "POST"),
            ("/api/comments/KEY/day-zero", "POST"),
            ("/api/comments/KEY/evidence", "GET, HEAD"),
            ("/api/comments/KEY/cause", "POST"),
            ("/api/comments/KEY/export", "POST"),
            ("/api/evidence", "GET, HEAD"),
            ("/api/deviations", "GET, HEAD"),
            ("/api/access", "GET, HEAD"),
            ("/api/health", "GET, HEAD"),
            ("/protocols", "GET, HEAD"),
            ("/protocols/migraine-nl", "GET, HEAD"),
            ("/api/protocols", "GET, HEAD"),
            ("/statements", "GET, HEAD"),
            ("/statements/migraine-nl", "POST"),
            ("/statements/migraine-nl/2026-W11", "GET, HEAD"),
            ("/statements/migraine-nl/2026-03/signatures", "POST"),
            ("/statements/migraine-nl/tasks/0123", "POST"),
            ("/statements/migraine-nl/cases", "POST"),
            ("/sample", "GET, HEAD"),
            ("/quality", "GET, HEAD"),
            ("/api/statements/migraine-nl/2026-03-11.csv", "GET, HEAD"),
            ("/api/statements/migraine-nl/cases", "POST"),
            ("/channels", "GET, HEAD"),
            ("/api/channels", "GET, HEAD"),
            ("/drills", "GET, HEAD"),
            ("/api/drills", "GET, HEAD, POST"),
            ("/api/drills/dayzero-drill-1", "GET, HEAD"),
            ("/api/drills/dayzero-drill-1/end", "POST"),
        ];
        for (path, allowed) in rows {
            let path = path.replace("KEY", KEY);
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE"] {
                match Route::of(&request(method, &path)) {
                    Ok(route) => {
                        assert!(allowed.contains(method), "{method} {path}");
                        assert_eq!(route.changes(), method == "POST", "{method} {path}");
                    }
                    Err(Problem::Method { allow }) => {
                        assert_eq!(allow, allowed, "{method} {path}");
                        assert!(!allowed.contains(method), "{method} {path}");
                    }
                    Err(other) => panic!("{method} {path}: {other}"),
                }
            }
        }
    }

    #[test]
    fn an_unknown_address_and_a_malformed_key_are_not_found() {
        for path in [
            "/nothing",
            "/api/drills/x",
            "/comments",
            "/comments/../name",
            "/comments/forum-1",
            "/api",
            "/api/",
            "//",
            "//api/comments",
            "/comments/KEY/",
            "/statements/a b",
            "/statements/m/2026-13",
            "/statements/m/2026-03-11.csv",
        ] {
            let problem = Route::of(&request("GET", &path.replace("KEY", KEY))).unwrap_err();
            assert_eq!(problem.status(), 404, "{path}");
        }
    }
}
