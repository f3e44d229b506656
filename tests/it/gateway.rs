//! The gateway's recorded events, from the envelope to the verified delivery.
