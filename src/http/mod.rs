//! The HTTP edge: one request and one response, whoever carried them. API Gateway, Function URLs and load balancers
//! (`from_gateway`, `to_gateway`) and the local door (`local/door.rs`) make these; the `receive` and `review` stages only know these.

mod envelope;
mod form;
mod gateway;

use std::collections::BTreeMap;

pub use envelope::Envelope;
pub use form::form;
pub use gateway::{Call, EnvelopeFault, GATEWAY_TIME, MAX_BODY_BYTES, from_gateway, to_gateway};

/// A request as it arrived: the body decoded from its transport and otherwise untouched.
#[derive(Clone)]
pub struct Request {
    /// Upper case: `GET`, `POST`.
    pub method: String,
    /// Percent-decoding has not happened; `/webhooks/meta`.
    pub path: String,
    /// Decoded pairs in the order of the address.
    pub query: Vec<(String, String)>,
    /// Names in lower case; every occurrence of a repeated header is one element.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header that must not be repeated: `None` if it is missing, or if it came twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// The first value of a query parameter of this name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({} {}, {} headers, {} bytes)", self.method, self.path, self.headers.len(), self.body.len())
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Values of `set-cookie`, the only header that may come several times.
    pub cookies: Vec<String>,
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with one header, its content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = BTreeMap::from([("content-type".to_owned(), content_type.to_owned())]);
        Self { status, headers, cookies: Vec::new(), body: body.into() }
    }

    /// A sentence in plain text.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body.into())
    }

    /// Sets a header, in place of one of the same name.
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a cookie, beside those that are set already.
    pub fn with_cookie(mut self, cookie: impl Into<String>) -> Self {
        self.cookies.push(cookie.into());
        self
    }
}
