//! Every way in which a signature can be wrong, for both schemes, and the ways in which it is right.
