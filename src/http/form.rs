//! Decoding `application/x-www-form-urlencoded`: query strings and posted forms. Total: whatever cannot be decoded stays as it is.
//!
//! The gateway, the local door and the pages use it.

/// Names and values in the order of their writing. A name without `=` has an empty value.
pub fn form(encoded: &[u8]) -> Vec<(String, String)> {
    let pairs = encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = halves.next().unwrap_or_default();
            (decode(name), decode(halves.next().unwrap_or_default()))
        })
        .collect()
}

/// `+` is a blank, `%` and two digits a byte; a stray `%` is itself, and bytes that are no text become U+FFFD.
pub(super) fn decode(part: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(byte),
            },
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned())
}

fn digit(byte: u8) -> Option<u8> {
    // A hexadecimal digit is below sixteen.
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded_and_never_refused() {
        let rows: [(&str, &[(&str, &str)]); 9] = [
            ("", &[]),
            ("a=1&b=2", &[("a", "1"), ("b", "2")]),
            ("a=1&a=2", &[("a", "1"), ("a", "2")]),
            ("hub.mode=subscribe&hub.challenge=1158201444", &[("hub.mode", "subscribe"), ("hub.challenge", "1158201444")]),
            ("reden=g%C3%A9%C3%A9n+bijwerking%21", &[("reden", "géén bijwerking!")]),
            ("a=b=c&&d", &[("a", "b=c"), ("d", "")]),
            ("a=100%&b=%zz&c=%4", &[("a", "100%"), ("b", "%zz"), ("c", "%4")]),
            ("a=%ff%41", &[("a", "\u{fffd}A")]),
            ("a=%2B%26%3D%25", &[("a", "+&=%")]),
        ];
        for (encoded, expected) in rows {
            let decoded = form(encoded.as_bytes());
            let decoded: Vec<(&str, &str)> = decoded.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(decoded, expected, "{encoded}");
        }
    }
}
