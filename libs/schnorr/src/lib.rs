//! BIP-340 arithmetic, once: plain signatures, extractable one-time signatures and adaptor signatures.
//!
//! Three signature schemes share one key, one challenge hash and one verification equation, `R = s*G - e*P`:
//!
//! | module | what one signature shows | what two of them show |
//! |---|---|---|
//! | [`bip340`] | the signer signed a 32-byte digest | nothing |
//! | [`eots`] | the signer voted with a nonce it committed to before | with one nonce over two messages: the secret key |
//! | [`adaptor`] | a signature exists, locked to somebody's key | it and the opened signature: that key |
//!
//! [`nonce`] derives the one-time nonces, [`commitment`] commits to them in a Merkle tree, and [`message`] lists
//! the byte strings that Ballast signs; [`signing_context`] has what older chains of Babylon put before theirs.
//! Bytes follow Babylon's format (`docs/spec/bitcoin-formats.md` §b, §c); Ballast's own messages follow
//! `docs/spec/ballast-wire.md`.
//!
//! Nothing here reads a clock, a file or a random source: auxiliary randomness is an argument. Points and secret
//! scalars are handled by libsecp256k1. `k256` only supplies what that library lacks: inverting a public scalar,
//! and reducing a hash.
//!
//! # A double sign gives the key away
//! ```
//! use ballast_schnorr::{SigningKey, eots, nonce};
//!
//! let key = SigningKey::from_bytes(&[7; 32])?;
//! let [first, again] = [(); 2].map(|()| nonce::derive(&key, b"ballast-840099", 1));
//! let public = first.public();
//!
//! let one = eots::sign(&key, first, b"one block")?;
//! let other = eots::sign(&key, again, b"another block")?;
//! eots::verify(&key.x_only(), &public, b"one block", &one)?;
//!
//! let leaked = eots::extract(&key.x_only(), &public, b"one block", &one, b"another block", &other)?;
//! assert_eq!(leaked.x_only(), key.x_only());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod adaptor;
pub mod bip340;
pub mod commitment;
pub mod eots;
pub mod key;
pub mod message;
pub mod nonce;
pub mod signing_context;

pub use adaptor::{AdaptorError, AdaptorSignature, DecryptionKey, EncryptionKey};
pub use bip340::Bip340Error;
pub use commitment::{Commitment, CommitmentError, Proof, Tree};
pub use eots::EotsError;
pub use key::{KeyError, SigningKey};
pub use nonce::{Nonce, PublicRandomness};
pub use signing_context::{Purpose, SigningContext, SigningContextError};
