//! Shares encrypted to their recipients.
//!
//! An ephemeral key of the sender meets the recipient's key of this ceremony (ECDH on secp256k1, x and parity
//! hashed); HKDF-SHA256 makes a key from the secret, the ceremony, both custodians' numbers and both points; and
//! ChaCha20-Poly1305 encrypts 32 bytes with it. A key encrypts once, so its nonce is zero. Anything that differs,
//! be it the ceremony, the sender, the recipient or one bit, does not open.

use bitcoin::secp256k1::{PublicKey, SecretKey, ecdh::SharedSecret};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce, aead::Aead};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::CeremonyId;
use crate::message::SCALAR;
use crate::roster::Member;

/// Bytes of an encrypted share: the share and a tag.
pub(super) const SEALED: usize = SCALAR + 16;

/// What an encrypted share is bound to.
pub(super) struct Context {
    pub(super) ceremony: CeremonyId,
    pub(super) sender: Member,
    pub(super) recipient: Member,
    pub(super) ephemeral: PublicKey,
    pub(super) recipient_key: PublicKey,
}

impl Context {
    fn cipher(&self, point: &PublicKey, secret: &SecretKey) -> ChaCha20Poly1305 {
        let mut shared = SharedSecret::new(point, secret);
        let info = [
            b"ballast/share/1",
            &self.ceremony.0[..],
            &self.sender.get().to_be_bytes(),
            &self.recipient.get().to_be_bytes(),
            &self.ephemeral.serialize(),
            &self.recipient_key.serialize(),
        ]
        .concat();
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, shared.as_ref())
            .expand(&info, key.as_mut_slice())
            .expect("32 bytes are one block of HKDF");
        shared.non_secure_erase();
        ChaCha20Poly1305::new(key.as_slice().try_into().expect("a key has 32 bytes"))
    }

    /// Encrypts with the ephemeral secret.
    pub(super) fn seal(&self, ephemeral: &SecretKey, share: &[u8; SCALAR]) -> [u8; SEALED] {
        self.cipher(&self.recipient_key, ephemeral)
            .encrypt(&Nonce::default(), share.as_slice())
            .ok()
            .and_then(|sealed| sealed.try_into().ok())
            .expect("32 bytes are far below the cipher's limit")
    }

    /// Decrypts with the recipient's secret; `None` if anything is not as it was when encrypted.
    pub(super) fn open(&self, recipient: &SecretKey, sealed: &[u8; SEALED]) -> Option<Zeroizing<Vec<u8>>> {
        let opened = self.cipher(&self.ephemeral, recipient).decrypt(&Nonce::default(), sealed.as_slice());
        opened.ok().map(Zeroizing::new)
    }
}
