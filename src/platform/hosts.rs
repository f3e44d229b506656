//! The servers that addresses name, for platforms of which there are many: each server is an account of its own.
//!
//! `mastodon.rs` and `discourse.rs` ask; nothing here looks a name up.

/// The longest name of a server, in bytes, as the domain name system has it.
const MAX_HOST_BYTES: usize = 253;

/// The server of an address, in lower case and with its port if it has one.
pub(super) fn of_address(address: &str) -> Option<String> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    of_name(rest.split(['/', '?', '#']).next()?)
}

/// A text that is the name of a server, in lower case.
pub(super) fn of_name(name: &str) -> Option<String> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
    (plain && (1..=MAX_HOST_BYTES).contains(&name.len())).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_out_of_an_address_and_nothing_else_is() {
        let rows = [
            ("https://social.example/users/anna/statuses/1", Some("social.example")),
            ("https://Social.Example", Some("social.example")),
            ("http://localhost:3000/x", Some("localhost:3000")),
            ("https://social.example?x", Some("social.example")),
            ("https://anna@social.example/", None),
            ("https://sociál.example/", None),
            ("https://", None),
            ("social.example", None),
            ("tag:social.example,2026-03-02:objectId=1", None),
        ];
        for (address, expected) in rows {
            assert_eq!(of_address(address).as_deref(), expected, "{address}");
        }
        assert_eq!(of_address(&format!("https://{}", "a".repeat(254))), None);
    }
}
