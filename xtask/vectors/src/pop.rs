//! Kind `pop`: proofs of possession in their three forms, made anew where the secret is in the vector.

use ballast_bitcoin_staking::possession::bip322::{SimpleSignature, to_sign, to_spend};
use ballast_bitcoin_staking::possession::{Account, Possession, ecdsa};
use ballast_schnorr::{SigningKey, bip340};
use bitcoin::address::NetworkUnchecked;
use bitcoin::base64::Engine;
use bitcoin::base64::engine::general_purpose::STANDARD;
use bitcoin::consensus::encode::serialize;
use bitcoin::{Address, Network, ScriptBuf, Transaction, Witness, XOnlyPublicKey};
use secp256k1::schnorr::Signature;

use crate::eots::signing_key;
use crate::reader::{Checked, Node};
use crate::{Context, interpreter};

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let kind = vector.get("type")?;
    match kind.text()? {
        "bip340" => check_bip340(vector),
        "bip322_tx_hashes" => check_transactions(vector),
        "bip322_p2tr" => check_p2tr(vector),
        "bip322_repo" => check_foreign_bip322(vector),
        "ecdsa" => check_ecdsa(vector),
        "ecdsa_repo" => check_foreign_ecdsa(vector),
        other => kind.halt("a form of proof", other),
    }
}

/// The secret, if it is the stated key's.
fn signer(vector: &Node<'_>) -> Checked<SigningKey> {
    let key = signing_key(vector, "sk")?;
    vector.get("pk")?.is_hex(key.x_only().serialize());
    Ok(key)
}

fn account(field: &Node<'_>) -> Checked<Account> {
    field.accept("an account", Account::parse(field.text()?))
}

fn check_bip340(vector: &Node<'_>) -> Checked {
    let (key, account) = (signer(vector)?, account(&vector.get("address")?)?);
    vector.get("address_bytes")?.is_hex(account.bytes());
    vector.get("signed_hash")?.is_hex(bip340::digest(account.bytes()));
    let field = vector.get("sig_aux_zero")?;
    let stated = Possession::Bip340(field.decode("a signature", Signature::from_slice)?);
    if Possession::sign_bip340(&key, &account, &[0; 32]) != stated {
        field.fail("the signature that the key makes without auxiliary randomness", "another");
    }
    field.verify("a valid proof", stated.verify(&vector.get("pk")?.key()?, &account, Network::Bitcoin));
    let encoded = vector.get("proto_ProofOfPossessionBTC")?;
    encoded.is_hex(stated.to_bytes());
    if encoded.decode("a proof", Possession::from_bytes)? != stated {
        encoded.fail("the proof of the vector", "another");
    }
    Ok(())
}

fn check_transactions(vector: &Node<'_>) -> Checked {
    let message = vector.get("message_hex")?.hex()?;
    let spend = to_spend(&message, &vector.get("script_pubkey")?.script()?);
    let sign = to_sign(&spend);
    vector.get("to_spend_hex")?.is_hex(serialize(&spend));
    vector.get("to_sign_hex")?.is_hex(serialize(&sign));
    check_ids(vector, &spend, &sign)
}

fn check_ids(vector: &Node<'_>, spend: &Transaction, sign: &Transaction) -> Checked {
    vector.get("to_spend_txid")?.is(spend.compute_txid().to_string());
    vector.get("to_sign_txid")?.is(sign.compute_txid().to_string());
    Ok(())
}

fn check_p2tr(vector: &Node<'_>) -> Checked {
    let (key, account) = (signer(vector)?, account(&vector.get("message")?)?);
    let message = account.text().as_bytes();
    let made = SimpleSignature::sign_p2tr(&key, message, Network::Bitcoin, &[0; 32]);
    let field = vector.get("btc_address")?;
    field.is(made.address.clone().assume_checked().to_string());
    let address: Address<NetworkUnchecked> = field.parse("a bitcoin address", str::parse)?;
    let script = address.clone().assume_checked().script_pubkey();
    let spend = to_spend(message, &script);
    check_ids(vector, &spend, &to_sign(&spend))?;

    let field = vector.get("simple_sig_hex")?;
    field.is_hex(made.witness_bytes());
    let stated = SimpleSignature::from_witness_bytes(address, &field.hex()?);
    let stated = field.accept("a BIP-322 signature", stated)?;
    check_witness(&field, message, &script, &stated.witness);
    let proof = Possession::Bip322(stated);
    field.verify("a valid proof", proof.verify(&vector.get("pk")?.key()?, &account, Network::Bitcoin));
    check_wrapped(&vector.get("proto_BIP322Sig")?, &proof)
}

/// The field is the signature inside the message of a proof: it ends that message, behind form, key and length.
fn check_wrapped(field: &Node<'_>, proof: &Possession) -> Checked {
    let (stated, whole) = (field.hex()?, proof.to_bytes());
    let inside = whole.len().checked_sub(stated.len()).map(|start| &whole[start..]);
    field.is_hex(inside.unwrap_or(&whole));
    let header = whole.len().saturating_sub(stated.len());
    // A signature of this size has a length of two bytes.
    field.is_equal("bytes in front", header, 5);
    Ok(())
}

/// Bitcoin Core takes the witness for a spend of the address.
fn check_witness(field: &Node<'_>, message: &[u8], script: &ScriptBuf, witness: &Witness) {
    let spend = to_spend(message, script);
    let mut sign = to_sign(&spend);
    sign.input[0].witness = witness.clone();
    interpreter::accepts(field, &sign, &spend.output[0]);
}

fn check_foreign_bip322(vector: &Node<'_>) -> Checked {
    vector.get("network")?.is("testnet/signet");
    let field = vector.get("address")?;
    let address: Address<NetworkUnchecked> = field.parse("a bitcoin address", str::parse)?;
    let script = address.clone().assume_checked().script_pubkey();
    let message = vector.get("message_base64")?.base64()?;
    let field = vector.get("sig_base64")?;
    let stated = SimpleSignature::from_witness_bytes(address, &field.base64()?);
    let stated = field.accept("a BIP-322 signature", stated)?;
    field.is(STANDARD.encode(stated.witness_bytes()));
    check_witness(&field, &message, &script, &stated.witness);
    // The key is in the witness alone, and the signer must be its owner.
    let key = stated.witness.last().and_then(|key| XOnlyPublicKey::from_slice(key.get(1..)?).ok());
    let signer = stated.verify(&message, Network::Testnet);
    let is_valid = signer.is_ok_and(|signer| key.is_some_and(|key| signer.is(&key)));
    vector.get("valid")?.is(is_valid);
    Ok(())
}

fn check_ecdsa(vector: &Node<'_>) -> Checked {
    let (key, account) = (signer(vector)?, account(&vector.get("message")?)?);
    vector.get("message_hash")?.is_hex(ecdsa::digest(account.text()));
    let field = vector.get("sig65")?;
    let proof = Possession::Ecdsa(field.decode("a message signature", ecdsa::from_bytes)?);
    field.verify("a valid proof", proof.verify(&key.x_only(), &account, Network::Bitcoin));
    Ok(())
}

fn check_foreign_ecdsa(vector: &Node<'_>) -> Checked {
    let (key, message) = (signing_key(vector, "sk")?, vector.get("message")?.text()?);
    let field = vector.get("sig_base64")?;
    let stated = field.base64()?;
    let made = ecdsa::sign(&key, message);
    field.is(STANDARD.encode(made.serialize()));
    let stated = field.accept("a message signature", ecdsa::from_bytes(&stated))?;
    if field.accept("a recoverable key", ecdsa::signer(message, &stated))? != key.x_only() {
        field.fail(format_args!("a signature by {}", key.x_only()), "another's");
    }
    Ok(())
}
