//! Telegram.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_telegram_samples_are_read() {
    check(
        Platform::Telegram,
        r##"
"##,
    );
}
