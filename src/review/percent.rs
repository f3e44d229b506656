//! Percent-encoding, for the cookie that holds a name, for links, and for the fields of a form. Pure.

/// Percent-encodes everything but letters, digits and four marks, for a cookie or an address.
pub fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Undoes percent-encoding; `None` if what comes out is no text.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        let rows = [("a-b_c.d~9", "a-b_c.d~9"), ("Zoë & co", "Zo%C3%AB%20%26%20co"), ("(none)", "%28none%29"), ("", "")];
        for (text, encoded) in rows {
            assert_eq!(encode(text), encoded);
            assert_eq!(decode(encoded).as_deref(), Some(text));
        }
        for bad in ["%", "%2", "%zz", "%+1", "%FF", "a%C3"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
