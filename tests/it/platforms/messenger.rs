//! Messenger.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_messenger_samples_are_read() {
    check(
        Platform::Messenger,
        r##"
"##,
    );
}
