//! Chains for the tests of `review`: built entry by entry with `model::chain::seal`, as the stages would write them. All fictional.
