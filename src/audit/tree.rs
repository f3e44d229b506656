//! A Merkle tree as RFC 6962, section 2.1, has it, built from left to right in the space of its height. The verifier's own: the program
//! that writes roots has another one.

use sha2::{Digest, Sha256};

/// A digest.
pub type Hash = [u8; 32];

/// The complete subtrees so far, the largest first, each with its height.
#[derive(Default)]
pub struct Tree(Vec<(u32, Hash)>);

impl Tree {
    /// Adds the leaf of one entry.
    pub fn push(&mut self, key: &str, seq: u32, hash: &str) {
        let leaf = format!("{key} {seq} {hash}");
        let mut node = Sha256::new_with_prefix([0]).chain_update(leaf).finalize().into();
        let mut height = 0;
        while let Some((_, left)) = self.0.pop_if(|(known, _)| *known == height) {
            node = join(&left, &node);
            height += 1;
        }
        self.0.push((height, node));
    }

    /// The root over all leaves, in hexadecimal.
    pub fn root(&self) -> String {
        let subtrees = self.0.iter().rev().map(|(_, hash)| *hash);
        hex::encode(subtrees.reduce(|right, left| join(&left, &right)).unwrap_or_else(|| Sha256::digest([]).into()))
    }
}

fn join(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}
