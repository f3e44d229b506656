//! Threads.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_threads_samples_are_read() {
    check(
        Platform::Threads,
        r##"
"##,
    );
}
