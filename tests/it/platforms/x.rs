//! X.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_x_samples_are_read() {
    check(
        Platform::X,
        r##"
"##,
    );
}
