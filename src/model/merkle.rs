//! A Merkle tree over the newest entries of chains: one digest that binds them all. Leaves and nodes are hashed as RFC 6962, section 2.1,
//! has it, so that anybody's implementation finds the same root.

use sha2::{Digest, Sha256};

use super::roots::Leaf;

/// In front of what a leaf's hash is of; a node's hash can then never pass for a leaf's.
const LEAF: u8 = 0;
/// In front of what a node's hash is of.
const NODE: u8 = 1;

type Hash = [u8; 32];

/// A tree that grows to the right. It holds the roots of its complete subtrees only, the largest first: 64 of them at most.
#[derive(Clone, Debug, Default)]
pub struct Merkle {
    subtrees: Vec<Hash>,
    leaves: u64,
}

impl Merkle {
    /// Adds a leaf at the right end.
    pub fn push(&mut self, leaf: &Leaf) {
        let mut node = hash(LEAF, &[leaf.to_string().as_bytes()]);
        // As many subtrees are completed as the count so far ends in ones, written in binary.
        for _ in 0..self.leaves.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                node = hash(NODE, &[&left, &node]);
            }
        }
        self.subtrees.push(node);
        self.leaves += 1;
    }

    /// The root, in hexadecimal; of no leaves it is the digest of nothing.
    pub fn root(&self) -> String {
        let mut subtrees = self.subtrees.iter().rev();
        let Some(last) = subtrees.next() else { return hex::encode(Sha256::digest([])) };
        hex::encode(subtrees.fold(*last, |right, left| hash(NODE, &[left, &right])))
    }
}

/// The root over these leaves, in their order.
pub fn root<'a>(leaves: impl IntoIterator<Item = &'a Leaf>) -> String {
    let mut tree = Merkle::default();
    leaves.into_iter().for_each(|leaf| tree.push(leaf));
    tree.root()
}

fn hash(prefix: u8, parts: &[&[u8]]) -> Hash {
    let mut hash = Sha256::new_with_prefix([prefix]);
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChainKey, CommentId, Platform, Revision};

    fn leaf(number: u32) -> Leaf {
        let key = CommentId::new(Platform::Forum, "forum.example", number.to_string()).key();
        Leaf { key: ChainKey::Comment(key), seq: Revision(number), hash: "ab".repeat(32) }
    }

    /// The definition itself: split at the largest power of two below the number of leaves.
    fn defined(leaves: &[Leaf]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [only] => hash(LEAF, &[only.to_string().as_bytes()]),
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                hash(NODE, &[&defined(&leaves[..split]), &defined(&leaves[split..])])
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_definition() {
        for count in (0..70).chain([127, 128, 129, 1_000]) {
            let leaves: Vec<Leaf> = (1..=count).map(leaf).collect();
            assert_eq!(root(&leaves), hex::encode(defined(&leaves)), "{count} leaves");
        }
        assert_eq!(root(&[]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "FIPS 180: of nothing");
    }

    #[test]
    fn another_leaf_another_order_or_one_less_is_another_root() {
        let leaves: Vec<Leaf> = (1..=5).map(leaf).collect();
        let mut swapped = leaves.clone();
        swapped.swap(1, 2);
        let mut other = leaves.clone();
        other[4].seq = Revision(6);
        for changed in [&swapped[..], &other, &leaves[..4]] {
            assert_ne!(root(changed), root(&leaves));
        }
    }
}
