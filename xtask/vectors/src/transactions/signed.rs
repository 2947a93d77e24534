//! The signed transactions: sighashes, signatures, adaptor signatures, witnesses, and what the
//! interpreter of Bitcoin Core says to them.

use ballast_bitcoin_staking::witness::{CovenantSignatures, first_quorum};
use ballast_bitcoin_staking::{Committee, SlashingTx, Spend, Terms, WithdrawalTx};
use ballast_schnorr::{AdaptorSignature, DecryptionKey, SigningKey, bip340};
use bitcoin::Transaction;
use bitcoin::consensus::encode::serialize;
use bitcoin::hashes::Hash;
use secp256k1::XOnlyPublicKey;
use secp256k1::schnorr::Signature;

use super::Life;
use super::invalid::{self, Miscount};
use crate::eots::signing_key;
use crate::reader::{Checked, Node};
use crate::{Context, interpreter};

pub(super) fn check(signed: &Node<'_>, life: &Life, context: &Context<'_>) -> Checked {
    check_unbonding(&signed.get("unbonding")?, life, context)?;
    check_slashing(&signed.get("slashing")?, &life.slashing, context)?;
    check_slashing(&signed.get("unbonding_slashing")?, &life.unbonding_slashing, context)?;
    for (name, withdrawal) in &life.withdrawals {
        check_withdrawal(&signed.get(name)?, withdrawal, life, context)?;
    }
    Ok(())
}

/// A digest with the keys that may be known to have signed it.
pub(crate) struct Signed<'a> {
    pub(crate) digest: [u8; 32],
    pub(crate) context: &'a Context<'a>,
}

impl Signed<'_> {
    /// The signature as stated: valid, and the one that the signer makes without auxiliary randomness
    /// where its secret is known.
    pub(crate) fn check(&self, field: &Node<'_>, key: &XOnlyPublicKey) -> Checked<Signature> {
        let stated = field.decode("a signature", Signature::from_slice)?;
        if let Some(made) = self.made_by(key) {
            field.is_hex(made.serialize());
        }
        field.verify("a valid signature", bip340::verify(key, &self.digest, &stated));
        Ok(stated)
    }

    /// Whether the bytes are the signature of `key`.
    pub(super) fn is_by(&self, key: &XOnlyPublicKey, signature: &[u8]) -> bool {
        let Ok(stated) = Signature::from_slice(signature) else { return false };
        match self.made_by(key) {
            Some(made) => made == stated,
            None => bip340::verify(key, &self.digest, &stated).is_ok(),
        }
    }

    fn made_by(&self, key: &XOnlyPublicKey) -> Option<Signature> {
        let secret = self.secret_of(key)?;
        Some(bip340::sign(secret, &self.digest, &[0; 32]))
    }

    fn secret_of(&self, key: &XOnlyPublicKey) -> Option<&SigningKey> {
        self.context.keys?.secret_of(key)
    }
}

fn committee(terms: &Terms) -> &Committee {
    terms.covenant().committee().expect("the terms of these files have a committee")
}

fn check_unbonding(section: &Node<'_>, life: &Life, context: &Context<'_>) -> Checked {
    let tx = &life.unbonding;
    let signed = Signed { digest: tx.sighash().to_byte_array(), context };
    section.get("sighash")?.is_hex(signed.digest);
    let staker = signed.check(&section.get("staker_sig")?, &tx.terms().staker())?;
    let committee = committee(tx.terms());
    let mut all = CovenantSignatures::new();
    let signatures = section.get("covenant_sigs")?;
    for (key, field) in signatures.entries()? {
        let key = field.accept("a covenant key", key.parse::<XOnlyPublicKey>())?;
        all.insert(key, signed.check(&field, &key)?);
    }
    if !all.keys().eq(committee.keys()) {
        signatures.fail("a signature of each covenant member", format_args!("{} signatures", all.len()));
    }
    let chosen = first_quorum(committee, &all);
    let signers = section.get("covenant_signers_in_witness")?;
    let made: Vec<_> = committee.keys().iter().rev().filter(|key| chosen.contains_key(key)).collect();
    let stated = signers.items()?;
    signers.is_equal("the number of signers", stated.len(), made.len());
    for (stated, made) in stated.iter().zip(made) {
        stated.is_hex(made.serialize());
    }

    let field = section.get("tx_hex")?;
    let valid = field.accept("a signed transaction", tx.signed(&staker, &chosen))?;
    check_valid(&field, &valid, tx.spend())?;
    let miscount =
        |field, signatures| Miscount { field, signatures, start: 0, keys: committee.keys(), stated: &all };
    let quorum = committee.quorum();
    let over = miscount("invalid_over_quorum_tx_hex", quorum + 1);
    let under = miscount("invalid_under_quorum_tx_hex", quorum - 1);
    // A covenant in which all must sign has no one more to sign.
    let miscounts = if quorum < committee.keys().len() { vec![over, under] } else { Vec::new() };
    invalid::check(section, (&valid, tx.spend()), &signed, &miscounts)
}

fn check_slashing(section: &Node<'_>, tx: &SlashingTx, context: &Context<'_>) -> Checked {
    let signed = Signed { digest: tx.sighash().to_byte_array(), context };
    section.get("sighash")?.is_hex(signed.digest);
    let staker = signed.check(&section.get("staker_sig")?, &tx.terms().staker())?;
    let secret = signing_key(section, "fp_sk_even")?;
    let opener = DecryptionKey::new(&secret);
    section.get("fp_sk_even")?.is_hex(opener.secret_bytes().as_slice());
    let provider = secret.x_only();
    section.get("fp_pk")?.is_hex(provider.serialize());
    let field = section.get("fp_sig")?;
    field.is_hex(bip340::sign(&secret, &signed.digest, &[0; 32]).serialize());
    let provider_signature = signed.check(&field, &provider)?;
    let mut covenant = CovenantSignatures::new();
    for (key, entry) in section.get("covenant")?.entries()? {
        let key = entry.accept("a covenant key", key.parse::<XOnlyPublicKey>())?;
        covenant.insert(key, check_adaptor(&entry, &key, &signed, &opener)?);
    }

    let field = section.get("tx_hex")?;
    let valid = tx.signed(&staker, (provider, &provider_signature), &covenant);
    let valid = field.accept("a signed transaction", valid)?;
    check_valid(&field, &valid, tx.spend())?;
    let two = Miscount {
        field: "invalid_two_fp_sigs_tx_hex",
        signatures: 2,
        start: committee(tx.terms()).keys().len(),
        keys: tx.terms().providers(),
        stated: &CovenantSignatures::from([(provider, provider_signature)]),
    };
    let miscounts = if tx.terms().providers().len() > 1 { vec![two] } else { Vec::new() };
    invalid::check(section, (&valid, tx.spend()), &signed, &miscounts)
}

/// The adaptor signature of one covenant member, opened with the provider's secret.
fn check_adaptor(
    entry: &Node<'_>,
    key: &XOnlyPublicKey,
    signed: &Signed<'_>,
    opener: &DecryptionKey,
) -> Checked<Signature> {
    let lock = opener.encryption_key();
    let aux = entry.get("aux")?.bytes()?;
    let field = entry.get("adaptor_sig")?;
    if let Some(secret) = signed.secret_of(key) {
        let made = AdaptorSignature::sign(secret, &lock, &signed.digest, &aux);
        field.is_hex(field.accept("an adaptor signature", made)?.to_bytes());
    }
    let stated = field.decode("an adaptor signature", AdaptorSignature::from_slice)?;
    field.verify("a valid adaptor signature", stated.verify(key, &lock, &signed.digest));
    let opened = entry.get("decrypted_sig")?;
    let made = opened.accept("an opened signature", stated.decrypt_checked(opener, key, &signed.digest))?;
    opened.is_hex(made.serialize());
    field.verify("the provider's key", stated.extract_checked(&made, &lock));
    Ok(made)
}

fn check_withdrawal(section: &Node<'_>, tx: &WithdrawalTx, life: &Life, context: &Context<'_>) -> Checked {
    let signed = Signed { digest: tx.sighash().to_byte_array(), context };
    section.get("sighash")?.is_hex(signed.digest);
    let staker = signed.check(&section.get("staker_sig")?, &life.stake().terms().staker())?;
    let field = section.get("tx_hex")?;
    let valid = field.accept("a signed transaction", tx.signed(&staker))?;
    check_valid(&field, &valid, tx.spend())?;
    invalid::check(section, (&valid, tx.spend()), &signed, &[])
}

/// Compares a signed transaction and runs the stated one.
fn check_valid(field: &Node<'_>, valid: &Transaction, spend: &Spend) -> Checked {
    field.is_hex(serialize(valid));
    interpreter::accepts(field, &field.transaction()?, spend.output());
    Ok(())
}
