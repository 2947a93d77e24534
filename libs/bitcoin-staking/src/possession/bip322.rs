//! BIP-322, simple form, for the two kinds of address whose key a signature shows: P2WPKH and P2TR by its key path
//! without scripts (BIP-86).
//!
//! The signature is the witness of a transaction that can never be on Bitcoin: `to_sign` spends `to_spend`, which
//! spends nothing and names the message (`docs/spec/bitcoin-formats.md` §b.7).

use ballast_schnorr::SigningKey;
use ballast_schnorr::bip340::{self, tagged_hash};
use bitcoin::absolute::LockTime;
use bitcoin::address::NetworkUnchecked;
use bitcoin::consensus::encode::{deserialize, serialize};
use bitcoin::hashes::Hash;
use bitcoin::key::{CompressedPublicKey, Keypair, TapTweak};
use bitcoin::opcodes::OP_0;
use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::script::Builder;
use bitcoin::secp256k1::{Message, SecretKey};
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::transaction::Version;
use bitcoin::{
    Address, Amount, EcdsaSighashType, Network, OutPoint, Script, ScriptBuf, Sequence, TapSighashType,
    Transaction, TxIn, TxOut, Witness, XOnlyPublicKey, ecdsa, taproot,
};
use secp256k1::SECP256K1;
use thiserror::Error;

#[cfg(test)]
mod tests;

/// An address with the witness that its owner signed a message with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimpleSignature {
    /// The address.
    pub address: Address<NetworkUnchecked>,
    /// The witness.
    pub witness: Witness,
}

/// Whom a valid signature shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The key of a P2WPKH address.
    Key(CompressedPublicKey),
    /// The output key of a P2TR address.
    Output(XOnlyPublicKey),
}

impl Signer {
    /// Whether it is the owner of `key`; a P2TR address must be that key's own, without scripts.
    pub fn is(&self, key: &XOnlyPublicKey) -> bool {
        match self {
            Self::Key(signer) => signer.0.x_only_public_key().0 == *key,
            Self::Output(output) => key.tap_tweak(SECP256K1, None).0.to_x_only_public_key() == *output,
        }
    }
}

impl SimpleSignature {
    /// Signs with the P2TR address of a key.
    pub fn sign_p2tr(key: &SigningKey, message: &[u8], network: Network, aux: &[u8; 32]) -> Self {
        let secret = secret(key);
        let keypair = Keypair::from_secret_key(SECP256K1, &secret).tap_tweak(SECP256K1, None);
        let (output_key, _) = key.x_only().tap_tweak(SECP256K1, None);
        let address = Address::p2tr_tweaked(output_key, network);
        let (tx, spent) = unsigned(message, &address.script_pubkey());
        let digest = taproot_sighash(&tx, &spent, TapSighashType::Default);
        let message = Message::from_digest(digest);
        let signature = SECP256K1.sign_schnorr_with_aux_rand(&message, &keypair.to_keypair(), aux);
        let witness = Witness::from_slice(&[signature.serialize()]);
        Self { address: address.into_unchecked(), witness }
    }

    /// Signs with the P2WPKH address of a key, by the nonce of RFC 6979.
    pub fn sign_p2wpkh(key: &SigningKey, message: &[u8], network: Network) -> Self {
        let public = CompressedPublicKey(key.public_key());
        let address = Address::p2wpkh(&public, network);
        let (tx, spent) = unsigned(message, &address.script_pubkey());
        let digest = Message::from_digest(segwit_sighash(&tx, &spent));
        let signature = ecdsa::Signature::sighash_all(SECP256K1.sign_ecdsa(&digest, &secret(key)));
        let witness = Witness::p2wpkh(&signature, &public.0);
        Self { address: address.into_unchecked(), witness }
    }

    /// Verifies the signature of `message`, and says whose it is.
    ///
    /// # Errors
    /// One variant per cause.
    pub fn verify(&self, message: &[u8], network: Network) -> Result<Signer, Bip322Error> {
        let address = self.address.clone().require_network(network);
        let script = address.map_err(|_| Bip322Error::Network { expected: network })?.script_pubkey();
        verify(message, &script, &self.witness)
    }

    /// The witness as wallets give it, before base64.
    pub fn witness_bytes(&self) -> Vec<u8> {
        serialize(&self.witness)
    }

    /// Reads what a wallet gave for an address.
    ///
    /// # Errors
    /// [`Bip322Error::Witness`].
    pub fn from_witness_bytes(address: Address<NetworkUnchecked>, bytes: &[u8]) -> Result<Self, Bip322Error> {
        let witness = deserialize(bytes).map_err(|_| Bip322Error::Witness)?;
        Ok(Self { address, witness })
    }
}

/// The transaction that names the message and pays the script.
pub fn to_spend(message: &[u8], script: &Script) -> Transaction {
    let hash = tagged_hash("BIP0322-signed-message", &[message]);
    let script_sig = Builder::new().push_opcode(OP_0).push_slice(hash).into_script();
    let output = TxOut { value: Amount::ZERO, script_pubkey: script.to_owned() };
    transaction(TxIn { script_sig, ..input(OutPoint::null()) }, output)
}

/// The unsigned transaction that spends it.
pub fn to_sign(to_spend: &Transaction) -> Transaction {
    let script_pubkey = Builder::new().push_opcode(OP_RETURN).into_script();
    let outpoint = OutPoint::new(to_spend.compute_txid(), 0);
    transaction(input(outpoint), TxOut { value: Amount::ZERO, script_pubkey })
}

fn verify(message: &[u8], script: &Script, witness: &Witness) -> Result<Signer, Bip322Error> {
    let (tx, spent) = unsigned(message, script);
    if script.is_p2wpkh() {
        return verify_p2wpkh(&tx, &spent, witness);
    }
    if script.is_p2tr() {
        return verify_p2tr(&tx, &spent, witness);
    }
    Err(Bip322Error::Address)
}

fn verify_p2wpkh(tx: &Transaction, spent: &TxOut, witness: &Witness) -> Result<Signer, Bip322Error> {
    let [signature, key] = &witness.to_vec()[..] else { return Err(Bip322Error::Witness) };
    let signature = ecdsa::Signature::from_slice(signature).map_err(|_| Bip322Error::Witness)?;
    let key = CompressedPublicKey::from_slice(key).map_err(|_| Bip322Error::Witness)?;
    if signature.sighash_type != EcdsaSighashType::All {
        return Err(Bip322Error::SighashType);
    }
    if ScriptBuf::new_p2wpkh(&key.wpubkey_hash()) != spent.script_pubkey {
        return Err(Bip322Error::Invalid);
    }
    let digest = Message::from_digest(segwit_sighash(tx, spent));
    let verified = SECP256K1.verify_ecdsa(&digest, &signature.signature, &key.0);
    verified.map(|()| Signer::Key(key)).map_err(|_| Bip322Error::Invalid)
}

fn verify_p2tr(tx: &Transaction, spent: &TxOut, witness: &Witness) -> Result<Signer, Bip322Error> {
    let [signature] = &witness.to_vec()[..] else { return Err(Bip322Error::Witness) };
    let length = signature.len();
    let signature = taproot::Signature::from_slice(signature).map_err(|_| Bip322Error::Witness)?;
    // BIP-341 has the default type only in the form without its byte.
    let sighash_type = match (signature.sighash_type, length) {
        (kind @ TapSighashType::Default, 64) | (kind @ TapSighashType::All, _) => kind,
        _ => return Err(Bip322Error::SighashType),
    };
    let output = XOnlyPublicKey::from_slice(&spent.script_pubkey.as_bytes()[2..]);
    let output = output.map_err(|_| Bip322Error::Address)?;
    let digest = taproot_sighash(tx, spent, sighash_type);
    bip340::verify(&output, &digest, &signature.signature).map_err(|_| Bip322Error::Invalid)?;
    Ok(Signer::Output(output))
}

/// The transaction to sign, and the output that it spends.
fn unsigned(message: &[u8], script: &Script) -> (Transaction, TxOut) {
    let to_spend = to_spend(message, script);
    (to_sign(&to_spend), to_spend.output[0].clone())
}

fn segwit_sighash(tx: &Transaction, spent: &TxOut) -> [u8; 32] {
    SighashCache::new(tx)
        .p2wpkh_signature_hash(0, &spent.script_pubkey, spent.value, EcdsaSighashType::All)
        .expect("the transaction has one input, which spends P2WPKH")
        .to_byte_array()
}

fn taproot_sighash(tx: &Transaction, spent: &TxOut, kind: TapSighashType) -> [u8; 32] {
    SighashCache::new(tx)
        .taproot_key_spend_signature_hash(0, &Prevouts::All(&[spent]), kind)
        .expect("a transaction with one input and its one prevout has a sighash")
        .to_byte_array()
}

fn secret(key: &SigningKey) -> SecretKey {
    SecretKey::from_slice(key.secret_bytes().as_slice()).expect("a signing key is in range")
}

fn transaction(input: TxIn, output: TxOut) -> Transaction {
    Transaction { version: Version(0), lock_time: LockTime::ZERO, input: vec![input], output: vec![output] }
}

fn input(previous_output: OutPoint) -> TxIn {
    TxIn { previous_output, script_sig: ScriptBuf::new(), sequence: Sequence::ZERO, witness: Witness::new() }
}

/// Why a signature is none of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Bip322Error {
    /// An address of another kind.
    #[error("the address is neither P2WPKH nor P2TR: sign with a native segwit or taproot address")]
    Address,
    /// The signature does not verify.
    #[error("the signature does not verify: sign this message with this address")]
    Invalid,
    /// An address of another network.
    #[error("the address is not of {expected}")]
    Network {
        /// The network it should be of.
        expected: Network,
    },
    /// It does not cover the whole transaction.
    #[error("the signature does not cover the whole transaction: sign with SIGHASH_ALL")]
    SighashType,
    /// Not a witness of that kind of address.
    #[error("the witness is not one signature, for P2WPKH with its key: export the simple form")]
    Witness,
}
