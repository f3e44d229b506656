//! WhatsApp.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_whatsapp_samples_are_read() {
    check(
        Platform::WhatsApp,
        r##"
"##,
    );
}
