//! TikTok.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_tiktok_samples_are_read() {
    check(
        Platform::TikTok,
        r##"
"##,
    );
}
