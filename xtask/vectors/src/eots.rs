//! Kind `eots`: a key, a height's nonce, two votes with it, and the key extracted from them.

use ballast_schnorr::{Nonce, SigningKey, bip340, eots, nonce};
use secp256k1::{Parity, SECP256K1, SecretKey};

use crate::Context;
use crate::reader::{Checked, Node};

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let voter = Voter {
        key: signing_key(vector, "sk")?,
        chain: vector.get("chain_id")?.text()?.as_bytes(),
        height: vector.get("height")?.number()?,
    };
    let (public, x_only) = (voter.key.public_key(), voter.key.x_only());
    vector.get("pk33")?.is_hex(public.serialize());
    vector.get("pk_xonly")?.is_hex(x_only.serialize());
    voter.check_derivation(vector)?;
    let (first, one) = voter.check_vote(vector, "msg1", "sig1")?;
    let (second, other) = voter.check_vote(vector, "msg2", "sig2")?;
    vector.get("msg1_sha256")?.is_hex(bip340::digest(&first));

    let r = voter.nonce().public();
    vector.get("public_rand")?.is_hex(r.as_bytes());
    let field = vector.get("extracted_sk_for_xonly_pk")?;
    let extracted = eots::extract(&x_only, &r, &first, &one, &second, &other);
    field.is_hex(field.accept("an extracted key", extracted)?.secret_bytes().as_slice());
    let field = vector.get("extracted_sk_for_pk33")?;
    let extracted = eots::extract_with_parity(&public, &r, &first, &one, &second, &other);
    field.is_hex(field.accept("an extracted key", extracted)?.secret_bytes().as_slice());
    Ok(())
}

/// The signing key in a field of 32 bytes.
pub(crate) fn signing_key(vector: &Node<'_>, field: &str) -> Checked<SigningKey> {
    let field = vector.get(field)?;
    field.accept("a secret key", SigningKey::from_bytes(&field.bytes()?))
}

/// A provider at one height of one chain.
struct Voter<'a> {
    key: SigningKey,
    chain: &'a [u8],
    height: u64,
}

impl Voter<'_> {
    fn nonce(&self) -> Nonce {
        nonce::derive(&self.key, self.chain, self.height)
    }

    fn check_derivation(&self, vector: &Node<'_>) -> Checked {
        let derived = nonce::derivation(&self.key, self.chain, self.height);
        vector.get("iteration")?.is(derived.iteration);
        let message = nonce::hmac_message(self.height, self.chain, derived.iteration);
        vector.get("hmac_message")?.is_hex(message);
        let field = vector.get("private_rand")?;
        field.is_hex(derived.scalar.as_slice());
        let secret = field.accept("a nonce", SecretKey::from_slice(derived.scalar.as_slice()))?;
        let is_odd = secret.x_only_public_key(SECP256K1).1 == Parity::Odd;
        vector.get("private_rand_R_odd")?.is(u8::from(is_odd));
        Ok(())
    }

    /// Signs the message anew and verifies what is stated; returns the message and that signature.
    fn check_vote(
        &self,
        vector: &Node<'_>,
        message: &str,
        signature: &str,
    ) -> Checked<(Vec<u8>, eots::Signature)> {
        let (message, signature) = (vector.get(message)?, vector.get(signature)?);
        let bytes = message.hex()?;
        let nonce = self.nonce();
        let r = nonce.public();
        let made = signature.accept("a signature", eots::sign(&self.key, nonce, &bytes))?;
        signature.is_hex(made.to_bytes());
        let stated = signature.accept("a signature", eots::Signature::from_bytes(signature.bytes()?))?;
        signature.verify("a valid signature", eots::verify(&self.key.x_only(), &r, &bytes, &stated));
        Ok((bytes, stated))
    }
}
