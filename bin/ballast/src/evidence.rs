//! Evidence that a provider signed twice: two EOTS signatures with one nonce over different messages.
//!
//! The secret key follows from the two signatures and nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use ballast_schnorr::{PublicRandomness, SigningKey, eots};
use bitcoin::XOnlyPublicKey;
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// An evidence file. Bytes are hex.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Evidence {
    /// The provider's x-only key.
    provider: XOnlyPublicKey,
    /// The public randomness of the height, 32 bytes.
    public_randomness: String,
    /// Two signed messages.
    signatures: [Signed; 2],
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    /// The message, before it is hashed.
    message: String,
    /// The 32-byte signature s.
    signature: String,
}

impl Evidence {
    /// Reads an evidence file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the evidence file {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not an evidence file", path.display()))
    }

    /// The provider's secret key.
    ///
    /// # Errors
    /// When a signature is not the provider's, or both sign the same message.
    pub(crate) fn extract(&self) -> Result<SigningKey> {
        let randomness = PublicRandomness(bytes("public randomness", &self.public_randomness)?);
        let [first, second] = &self.signatures;
        let [(message_1, signature_1), (message_2, signature_2)] =
            [first.parse(&self.provider, &randomness)?, second.parse(&self.provider, &randomness)?];
        eots::extract(&self.provider, &randomness, &message_1, &signature_1, &message_2, &signature_2)
            .context("the two signatures are no evidence")
    }
}

impl Signed {
    fn parse(
        &self,
        provider: &XOnlyPublicKey,
        randomness: &PublicRandomness,
    ) -> Result<(Vec<u8>, eots::Signature)> {
        let message = hex::decode(&self.message).context("a message is not hex")?;
        let signature = eots::Signature::from_bytes(bytes("signature", &self.signature)?)?;
        eots::verify(provider, randomness, &message, &signature)
            .with_context(|| format!("a signature is not by {provider}"))?;
        Ok((message, signature))
    }
}

fn bytes(what: &str, text: &str) -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).with_context(|| format!("the {what} is not 32 bytes of hex"))?;
    Ok(bytes)
}
