//! Slack.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_slack_samples_are_read() {
    check(
        Platform::Slack,
        r##"
"##,
    );
}
