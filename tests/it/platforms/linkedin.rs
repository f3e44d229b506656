//! LinkedIn.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_linkedin_samples_are_read() {
    check(
        Platform::LinkedIn,
        r##"
"##,
    );
}
