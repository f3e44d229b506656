//! The shapes in which AWS hands a request to a function: the bare JSON, and the request that stands in it.
//!
//! `gateway.rs` calls [`Event::open`]. HTTP APIs (payload format 2.0) and Function URLs have one shape; REST APIs (format 1.0, which
//! an HTTP API can be set to as well) and load balancers have another, and differ in how the query is written. Repeated headers
//! stay repeated wherever the shape shows them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::form::{decode, form};

/// In which shape a request came, and so in which its answer must go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// An HTTP API with payload format 2.0, or a Function URL.
    HttpApi,
    /// A REST API, or whatever else has payload format 1.0.
    Rest,
    /// An application load balancer. With `multi_value` its target group takes lists of headers, and nothing else.
    LoadBalancer { multi_value: bool },
}

/// Names and values, one element an occurrence.
pub(super) type Pairs = Vec<(String, String)>;

/// What a shape says of the request, its body still as it was written.
pub(super) struct Opened {
    pub envelope: Envelope,
    pub method: String,
    pub path: String,
    pub query: Pairs,
    pub headers: Pairs,
    pub body: Option<String>,
    pub is_base64: bool,
    /// When the gateway took the request, in milliseconds since 1970, by its own clock; a load balancer does not say.
    pub gateway_ms: Option<i64>,
}

/// Every member of every shape; which of them are there tells the shapes apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    request_context: Context,
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    cookies: Option<Vec<String>>,
    http_method: Option<String>,
    path: Option<String>,
    headers: Option<Object<String>>,
    multi_value_headers: Option<Object<Vec<String>>>,
    query_string_parameters: Option<Object<String>>,
    multi_value_query_string_parameters: Option<Object<Vec<String>>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    http: Option<Http>,
    elb: Option<IgnoredAny>,
    /// In a JSON value: no delivery is refused because a gateway writes its clock in another way.
    time_epoch: Option<serde_json::Value>,
    request_time_epoch: Option<serde_json::Value>,
}

impl Context {
    fn gateway_ms(&self) -> Option<i64> {
        self.time_epoch.as_ref().or(self.request_time_epoch.as_ref())?.as_i64()
    }
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl Event {
    /// Finds the request; `None` if the event has none of the shapes.
    pub fn open(self) -> Option<Opened> {
        match (self.request_context.http.is_some(), self.request_context.elb.is_some()) {
            (true, _) => self.open_http_api(),
            (false, true) => self.open_load_balancer(),
            (false, false) => self.open_rest(),
        }
    }

    /// Format 2.0 joins the values of a repeated header with commas, so that a repetition is visible only in the value; no
    /// signature header of any platform allows a comma there. Cookies have a list of their own.
    fn open_http_api(self) -> Option<Opened> {
        let mut headers = self.headers.map(|object| object.0).unwrap_or_default();
        if let Some(cookies) = self.cookies.filter(|cookies| !cookies.is_empty()) {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("cookie"));
            headers.push(("cookie".to_owned(), cookies.join("; ")));
        }
        let gateway_ms = self.request_context.gateway_ms();
        Some(Opened {
            envelope: Envelope::HttpApi,
            method: self.request_context.http?.method,
            path: self.raw_path?,
            query: form(self.raw_query_string.unwrap_or_default().as_bytes()),
            headers,
            body: self.body,
            is_base64: self.is_base64_encoded.unwrap_or_default(),
            gateway_ms,
        })
    }

    /// The query comes decoded; decoding it again would turn `%2B` into a blank.
    fn open_rest(self) -> Option<Opened> {
        let gateway_ms = self.request_context.gateway_ms();
        Some(Opened {
            envelope: Envelope::Rest,
            method: self.http_method?,
            path: self.path?,
            query: every(self.multi_value_query_string_parameters, self.query_string_parameters).0,
            headers: every(self.multi_value_headers, self.headers).0,
            body: self.body,
            is_base64: self.is_base64_encoded.unwrap_or_default(),
            gateway_ms,
        })
    }

    /// The query comes as the caller wrote it, percent signs and all.
    fn open_load_balancer(self) -> Option<Opened> {
        let (headers, multi_value) = every(self.multi_value_headers, self.headers);
        let (query, _) = every(self.multi_value_query_string_parameters, self.query_string_parameters);
        Some(Opened {
            envelope: Envelope::LoadBalancer { multi_value },
            method: self.http_method?,
            path: self.path?,
            query: query.into_iter().map(|(name, value)| (decode(name.as_bytes()), decode(value.as_bytes()))).collect(),
            headers,
            body: self.body,
            is_base64: self.is_base64_encoded.unwrap_or_default(),
            gateway_ms: None,
        })
    }
}

/// Every occurrence, out of the lists if there are any, and whether there are. The other object holds of each name the last value
/// alone; the two are never merged, or everything would look repeated.
fn every(lists: Option<Object<Vec<String>>>, values: Option<Object<String>>) -> (Pairs, bool) {
    match lists {
        Some(lists) if values.is_none() || !lists.0.is_empty() => {
            let pairs = lists.0.into_iter().flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
            (pairs.collect(), true)
        }
        _ => (values.map(|object| object.0).unwrap_or_default(), false),
    }
}

/// A JSON object in the order of its writing, every member kept: a map would let a header that came twice look as if it came once.
struct Object<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object<T>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = members.next_entry()? {
            pairs.push(pair);
        }
        Ok(Object(pairs))
    }
}
