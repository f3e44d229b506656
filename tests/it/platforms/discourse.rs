//! Discourse.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_discourse_samples_are_read() {
    check(
        Platform::Discourse,
        r##"
"##,
    );
}
