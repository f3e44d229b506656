//! Threads: replies and mentions, in an envelope of their own.
