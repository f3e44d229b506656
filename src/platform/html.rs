//! HTML as the text that a person wrote.
