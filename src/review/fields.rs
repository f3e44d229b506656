//! Named values out of a body: a form that a page sent, or a JSON object that a program sent. Both become the same list, so that there is
//! one reading of a decision (`decide::Asked`) and not two.

use serde_json::Value;

use super::percent;
use super::problem::Problem;

/// Names and values in the order in which they came. No `Debug`: a reason may hold a patient's words.
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn form(body: &[u8]) -> Result<Fields, Problem> {
        let unusable = || Problem::Unusable("The form could not be read as UTF-8 text.".to_owned());
        let text = std::str::from_utf8(body).map_err(|_| unusable())?;
        let mut fields = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let read = |part: &str| percent::decode(&part.replace('+', " ")).ok_or_else(unusable);
            // Browsers send the lines of a text area with CR LF.
            fields.push((read(name)?, read(value)?.replace("\r\n", "\n")));
        }
        Ok(Fields(fields))
    }

    /// Reads a JSON object whose values are strings, whole numbers or null, and whose names are all among `known`.
    pub fn json(body: &[u8], known: &[&str]) -> Result<Fields, Problem> {
        let names = known.join(", ");
        let unusable = |what: String| Err(Problem::Unusable(what));
        let object = match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return unusable(format!("The body must be a JSON object with: {names}.")),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                return unusable(format!("The body is not JSON: it cannot be read at line {line}, column {column}."));
            }
        };
        let mut fields = Vec::new();
        for (name, value) in object {
            let Some(&name) = known.iter().find(|known| **known == name) else {
                return unusable(format!("The body holds a field that is not known here; expected: {names}."));
            };
            match value {
                Value::Null => {}
                Value::String(text) => fields.push((name.to_owned(), text)),
                Value::Number(number) if number.is_u64() => fields.push((name.to_owned(), number.to_string())),
                _ => return unusable(format!("`{name}` must be a string or a whole number.")),
            }
        }
        Ok(Fields(fields))
    }

    /// The first value of this name, without the space around it; `None` if that leaves nothing.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of this name that says anything.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.0.iter().filter(move |(known, _)| known == name);
        values.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let fields = Fields::form(b"reason=not+ours%3A%20a%26b%0D%0Aline&pick=1&pick=2&empty=&flag").unwrap();
        assert_eq!(fields.get("reason"), Some("not ours: a&b\nline"));
        assert_eq!(fields.all("pick").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.get("empty"), None);
        assert_eq!(fields.get("flag"), None);
        for bad in [&b"reason=%FF"[..], b"reason=%2", b"\xff=1"] {
            assert_eq!(Fields::form(bad).map(|_| ()).unwrap_err().status(), 422);
        }
    }

    #[test]
    fn json_is_read_strictly_and_never_quoted_back() {
        let known = ["decision", "revision"];
        let fields = Fields::json(br#"{"decision":"case","revision":7}"#, &known).unwrap();
        assert_eq!((fields.get("decision"), fields.get("revision")), (Some("case"), Some("7")));
        assert_eq!(Fields::json(br#"{"decision":null}"#, &known).unwrap().get("decision"), None);
        let rows = [
            ("", "The body is not JSON: it cannot be read at line 1, column 0."),
            ("[]", "The body must be a JSON object with: decision, revision."),
            (r#"{"secret":1}"#, "The body holds a field that is not known here; expected: decision, revision."),
            (r#"{"decision":["x"]}"#, "`decision` must be a string or a whole number."),
            (r#"{"revision":-1}"#, "`revision` must be a string or a whole number."),
        ];
        for (body, expected) in rows {
            let problem = Fields::json(body.as_bytes(), &known).map(|_| ()).unwrap_err();
            assert_eq!(problem.to_string(), expected, "{body}");
        }
    }
}
