//! Checkpoints on Bitcoin: a chain writes the hash of an epoch's last block, signed by a quorum of its validators.
//!
//! The format is Babylon's (`docs/spec/bitcoin-formats.md` §d). A [`Checkpoint`] is too large for one relayed
//! `OP_RETURN` of old, so it goes into two transactions, each with one [`Part`]. What is read from Bitcoin shows
//! nothing by itself; [`quorum::verify`] shows that more than two thirds of the power signed it.
//!
//! 1. [`Checkpoint::parts`] and [`Part::to_script`] write; [`Part::find`] and [`Checkpoint::join`] read.
//! 2. [`bls`] has the keys and signatures, [`possession`] the proof that a registered key is its owner's.
//! 3. [`quorum`] judges a checkpoint against the validators of its epoch.
//!
//! ```
//! use ballast_bitcoin_timestamp::bls::{SecretKey, Signature};
//! use ballast_bitcoin_timestamp::{Bitmap, Checkpoint, Part, Validator, quorum};
//!
//! let secrets: Vec<_> = (1..=4).map(|seed| SecretKey::derive(&[seed; 32])).collect::<Result<_, _>>()?;
//! let validators: Vec<_> =
//!     secrets.iter().map(|secret| Validator { key: secret.public_key(), power: 1 }).collect();
//! let vote = quorum::vote(7, &[0xaa; 32]);
//! let signatures: Vec<_> = secrets[..3].iter().map(|secret| secret.sign_vote(&vote)).collect();
//! let checkpoint = Checkpoint {
//!     epoch: 7,
//!     block_hash: [0xaa; 32],
//!     signers: Bitmap::from_indices([0, 1, 2])?,
//!     submitter: [0; 20],
//!     signature: Signature::aggregate(&signatures)?.to_bytes(),
//! };
//!
//! let [first, second] = checkpoint.parts().map(|part| part.to_script(*b"bbn1"));
//! let [first, second] = [first, second].map(|script| Part::from_script(*b"bbn1", &script).unwrap());
//! let read = Checkpoint::join(&first, &second)?;
//! assert_eq!(read, checkpoint);
//! quorum::verify(&read, &validators)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bitmap;
pub mod bls;
pub mod checkpoint;
pub mod possession;
pub mod quorum;

pub use bitmap::{Bitmap, BitmapError};
pub use checkpoint::{Checkpoint, JoinError, Part};
pub use possession::Possession;
pub use quorum::{QuorumError, Validator};
