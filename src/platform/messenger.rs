//! Messenger, and the same objects on Instagram: direct messages to a Page or an account.
