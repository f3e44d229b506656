//! Mastodon.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_mastodon_samples_are_read() {
    check(
        Platform::Mastodon,
        r##"
"##,
    );
}
