//! Sealing bytes under a key, and opening them: AES-256-GCM with a random nonce, bound to the place where they lie. Pure but for the
//! random numbers; nothing here knows where a key is kept.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// The first byte of everything sealed: another way to seal would have another one.
const FORMAT: u8 = 1;

/// A key. It has no `Debug`, and nothing writes it anywhere unwrapped.
#[derive(Clone)]
pub struct Key([u8; KEY_BYTES]);

/// Why bytes do not open: another key, another place, or a changed byte. Which of them, the cipher does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was sealed under another key or for another place, or was changed since")]
pub struct NotOpened;

/// The machine gave no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the machine gave no random numbers")]
pub struct NoRandomness;

impl Key {
    /// A new key that nobody can guess.
    pub fn random() -> Result<Key, NoRandomness> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Key(bytes))
    }

    /// The key that these bytes are; `None` if there are more or fewer than a key has.
    pub fn of_bytes(bytes: &[u8]) -> Option<Key> {
        bytes.try_into().ok().map(Key)
    }

    /// The key's bytes: to be wrapped, or written into the file of a master key.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Seals bytes for one place: they open there and nowhere else.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, NoRandomness> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| NoRandomness)?;
        let mut sealed = plain.to_vec();
        let cipher = self.cipher();
        let tag = cipher.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut sealed);
        let tag = tag.expect("the cipher refuses nothing shorter than 64 gigabytes, and no item is");
        Ok([&[FORMAT], nonce.as_slice(), &sealed, tag.as_ref()].concat())
    }

    /// Opens what was sealed under this key for this place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let rest = sealed.strip_prefix(&[FORMAT]).ok_or(NotOpened)?;
        let (nonce, rest) = rest.split_at_checked(NONCE_LEN).ok_or(NotOpened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotOpened)?;
        let mut bytes = rest.to_vec();
        let length = self.cipher().open_in_place(nonce, Aad::from(place), &mut bytes).map_err(|_| NotOpened)?.len();
        bytes.truncate(length);
        Ok(bytes)
    }

    /// A digest that nobody can make, or try values against, without the key.
    pub fn digest(&self, text: &str) -> String {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &self.0);
        hex::encode(ring::hmac::sign(&key, text.as_bytes()))
    }

    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM, &self.0);
        LessSafeKey::new(key.expect("a key has as many bytes as AES-256 takes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_in_its_place_under_its_key_and_unchanged_only() {
        let (key, other) = (Key::random().unwrap(), Key::random().unwrap());
        let sealed = key.seal("comment#a event#000001", b"ik ben misselijk").unwrap();
        assert_eq!(key.open("comment#a event#000001", &sealed).unwrap(), b"ik ben misselijk");
        assert_eq!(key.open("comment#b event#000001", &sealed), Err(NotOpened));
        assert_eq!(other.open("comment#a event#000001", &sealed), Err(NotOpened));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open("comment#a event#000001", &changed), Err(NotOpened), "byte {at}");
            assert_eq!(key.open("comment#a event#000001", &sealed[..at]), Err(NotOpened), "cut at {at}");
        }
        assert_ne!(key.seal("x", b"same").unwrap(), key.seal("x", b"same").unwrap(), "a nonce is used once");
    }
}
