//! What people may do, and as much of its neighbours as it names: forms are not read here, and nobody signs in.

#[path = "../../../src/review/decide.rs"]
pub mod decide;
#[path = "../../../src/review/visible.rs"]
pub mod visible;

/// A form's fields.
pub mod fields {
    pub struct Fields;

    impl Fields {
        pub fn get(&self, _: &str) -> Option<&str> {
            None
        }
    }
}

/// Who is asking.
pub mod sign_in {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Person(String);

    impl Person {
        pub fn named(name: &str) -> Self {
            Self(name.to_owned())
        }

        pub fn as_str(&self) -> &str {
            &self.0
        }
    }
}
