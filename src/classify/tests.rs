//! The classifier as a whole: rows of comments with what they must come to, and properties that hold for any text.
