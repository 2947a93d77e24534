//! EIP-2612: an approval that its owner signs instead of sending it.
//!
//! The signature is over the owner's present nonce and a domain that is read anew each time: it is good once, on one
//! chain, for one token. s must be in the lower half (EIP-2), v is 27 or 28: one permit, one signature.

use std::borrow::Cow;

use alloy_primitives::{Address, B256, U256, keccak256, uint};
use alloy_sol_types::{Eip712Domain, SolStruct, sol};
use ballast_types::interfaces::IToken::permitCall;
use bitcoin::secp256k1::{
    Message, SECP256K1,
    ecdsa::{RecoverableSignature, RecoveryId},
};

use super::{Token, TokenError};
use crate::storage::{Storage, StorageError};

/// Version of the signing domain.
pub(super) const VERSION: &str = "1";
/// Gas for recovering a signer, the price of ECRECOVER.
const RECOVER_GAS: u64 = 3_000;
/// Gas for the hashes of a domain or a message: eleven words.
const HASH_GAS: u64 = 300;
/// Half of the curve's order; SEC 2, 2.4.1.
const HALF_ORDER: U256 = uint!(0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_U256);

sol! {
    /// What is signed.
    struct Permit {
        address owner;
        address spender;
        uint256 value;
        uint256 nonce;
        uint256 deadline;
    }
}

impl Token {
    /// Approves what the owner signed.
    ///
    /// # Errors
    /// [`TokenError::Expired`], [`TokenError::Signer`].
    pub(super) fn permit(&self, storage: &mut dyn Storage, call: permitCall) -> Result<(), TokenError> {
        let permitCall { owner, spender, value, deadline, v, r, s } = call;
        if U256::from(storage.block().timestamp) > deadline {
            return Err(TokenError::Expired { deadline });
        }
        storage.charge(RECOVER_GAS)?;
        let nonce_slot = self.nonces().at(&owner);
        let nonce = nonce_slot.load(storage)?;
        let domain = self.domain(storage)?;
        let digest = Permit { owner, spender, value, nonce, deadline }.eip712_signing_hash(&domain);
        let signer = recover(digest, v, r, s).unwrap_or_default();
        if signer.is_zero() || signer != owner {
            return Err(TokenError::Signer { signer, owner });
        }
        nonce_slot.store(storage, &nonce.wrapping_add(U256::ONE))?;
        self.approve(storage, owner, spender, value)
    }

    /// The domain under which permits of this token are signed on this chain.
    pub(super) fn domain(&self, storage: &mut dyn Storage) -> Result<Eip712Domain, StorageError> {
        storage.charge(HASH_GAS)?;
        Ok(Eip712Domain::new(
            Some(Cow::Borrowed(self.name)),
            Some(Cow::Borrowed(VERSION)),
            Some(U256::from(storage.block().chain_id)),
            Some(self.contract),
            None,
        ))
    }
}

/// Who signed a digest, as ECRECOVER says; none for a signature that is not the one canonical form.
fn recover(digest: B256, v: u8, r: B256, s: B256) -> Option<Address> {
    if U256::from_be_bytes(s.0) > HALF_ORDER {
        return None;
    }
    let id = RecoveryId::from_i32(i32::from(v.checked_sub(27).filter(|id| *id < 2)?)).ok()?;
    let mut compact = [0; 64];
    compact[..32].copy_from_slice(r.as_slice());
    compact[32..].copy_from_slice(s.as_slice());
    let signature = RecoverableSignature::from_compact(&compact, id).ok()?;
    let key = SECP256K1.recover_ecdsa(&Message::from_digest(digest.0), &signature).ok()?;
    Some(Address::from_slice(&keccak256(&key.serialize_uncompressed()[1..])[12..]))
}
