//! What opens the wrapping keys: KMS on AWS, a file of 32 bytes on a laptop. The rest of the vault does not know which.

use aws_sdk_kms::Client;
use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;

use super::seal::Key;
use super::{Cause, VaultError};

/// The encryption context of every wrapping key: KMS opens one only for whoever says the same, and logs it.
const CONTEXT: &str = "dayzero:wrapping";

/// The key above the wrapping keys.
#[derive(Clone)]
pub enum Wrapping {
    /// A master key in a file beside the keys.
    File(Key),
    /// A key that never leaves KMS.
    Kms { client: Client, key: String },
}

impl Wrapping {
    /// A new wrapping key, and what is kept of it.
    pub(super) async fn make(&self, id: &str) -> Result<(Key, Vec<u8>), VaultError> {
        const DOING: &str = "making a wrapping key";
        match self {
            Wrapping::File(master) => {
                let key = Key::random().map_err(|error| VaultError::unavailable(DOING, error))?;
                let kept = master.seal(id, key.bytes()).map_err(|error| VaultError::unavailable(DOING, error))?;
                Ok((key, kept))
            }
            Wrapping::Kms { client, key } => {
                let ask = client.generate_data_key().key_id(key).key_spec(DataKeySpec::Aes256).encryption_context(CONTEXT, id);
                let made = ask.send().await.map_err(|error| VaultError::unavailable(DOING, refused(error.code())))?;
                let plain = made.plaintext().and_then(|plain| Key::of_bytes(plain.as_ref()));
                let kept = made.ciphertext_blob().map(|blob| blob.as_ref().to_vec());
                plain.zip(kept).ok_or_else(|| VaultError::unavailable(DOING, "KMS answered without a key"))
            }
        }
    }

    /// Opens what is kept of a wrapping key.
    pub(super) async fn open(&self, id: &str, kept: &[u8]) -> Result<Key, VaultError> {
        const DOING: &str = "opening a wrapping key";
        let strange = |why: Cause| VaultError::Corrupt { what: format!("the wrapping key {id}"), source: why };
        let plain = match self {
            Wrapping::File(master) => master
                .open(id, kept)
                .map_err(|_| strange("the master key does not open it: it is another one than when it was made".into()))?,
            Wrapping::Kms { client, key } => {
                let ask = client.decrypt().key_id(key).encryption_context(CONTEXT, id).ciphertext_blob(Blob::new(kept));
                let opened = ask.send().await;
                // KMS's own "no": trying again cannot help. Everything else may pass.
                let opened = opened.map_err(|error| match error.code() {
                    Some(code @ ("InvalidCiphertextException" | "IncorrectKeyException")) => {
                        strange(format!("KMS answered {code}").into())
                    }
                    code => VaultError::unavailable(DOING, refused(code)),
                })?;
                opened.plaintext().map(|plain| plain.as_ref().to_vec()).unwrap_or_default()
            }
        };
        Key::of_bytes(&plain).ok_or_else(|| strange("it is no key of 32 bytes".into()))
    }
}

fn refused(code: Option<&str>) -> String {
    code.map_or_else(|| "KMS did not answer".to_owned(), |code| format!("KMS answered {code}"))
}
