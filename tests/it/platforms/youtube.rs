//! YouTube.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_youtube_samples_are_read() {
    check(
        Platform::YouTube,
        r##"
"##,
    );
}
