//! Transactions that must be refused: the valid one with too many or too few signatures.

use ballast_bitcoin_staking::Spend;
use ballast_bitcoin_staking::witness::CovenantSignatures;
use bitcoin::Transaction;
use secp256k1::XOnlyPublicKey;

use super::signed::Signed;
use crate::interpreter;
use crate::reader::{Checked, Node};

/// A change to a valid witness: another number of signatures in one group of keys.
pub(super) struct Miscount<'a> {
    /// The field that holds the transaction.
    pub(super) field: &'static str,
    /// Signatures in the group.
    pub(super) signatures: usize,
    /// The place of the group's first element.
    pub(super) start: usize,
    /// The group's keys, ascending; the witness has them descending.
    pub(super) keys: &'a [XOnlyPublicKey],
    /// Signatures that the vector states elsewhere.
    pub(super) stated: &'a CovenantSignatures,
}

/// Bitcoin Core refuses every transaction of the section whose name begins with `invalid_`, for what it does with
/// the output that the valid one spends. All `miscounts` are there and differ from the valid one as their name says.
pub(super) fn check(
    section: &Node<'_>,
    (valid, spend): (&Transaction, &Spend),
    signed: &Signed<'_>,
    miscounts: &[Miscount<'_>],
) -> Checked {
    for miscount in miscounts {
        section.get(miscount.field)?;
    }
    for (name, field) in section.entries()? {
        if !name.starts_with("invalid_") {
            continue;
        }
        let stated = field.transaction()?;
        check_outpoint(&field, &stated, valid)?;
        interpreter::refuses(&field, &stated, spend.output());
        if let Some(miscount) = miscounts.iter().find(|miscount| miscount.field == name) {
            miscount.check(&field, &stated, valid, signed)?;
        }
    }
    Ok(())
}

fn check_outpoint(field: &Node<'_>, stated: &Transaction, valid: &Transaction) -> Checked {
    let [input] = &stated.input[..] else {
        return field.halt("a transaction with one input", format_args!("{} inputs", stated.input.len()));
    };
    let (spent, found) = (valid.input[0].previous_output, input.previous_output);
    if found != spent {
        field.fail(format_args!("a spend of {spent}"), found);
    }
    Ok(())
}

impl Miscount<'_> {
    fn check(
        &self,
        field: &Node<'_>,
        stated: &Transaction,
        valid: &Transaction,
        signed: &Signed<'_>,
    ) -> Checked {
        if stated.compute_txid() != valid.compute_txid() {
            return field.halt(valid.compute_txid(), stated.compute_txid());
        }
        let (stated, valid) = (stated.input[0].witness.to_vec(), valid.input[0].witness.to_vec());
        if stated.len() != valid.len() {
            return field.halt(format_args!("{} witness elements", valid.len()), stated.len());
        }
        let mut signatures = 0;
        for (place, (stated, valid)) in stated.iter().zip(&valid).enumerate() {
            let is_right = match self.key_at(place) {
                Some(_) if stated.is_empty() => true,
                Some(key) => {
                    signatures += 1;
                    self.is_signature(key, stated, signed)
                }
                None => stated == valid,
            };
            if !is_right {
                field.fail(format_args!("witness element {place} as in the valid one"), hex::encode(stated));
            }
        }
        field.is_equal("signatures:", self.signatures, signatures);
        Ok(())
    }

    fn key_at(&self, place: usize) -> Option<&XOnlyPublicKey> {
        self.keys.iter().rev().nth(place.checked_sub(self.start)?)
    }

    fn is_signature(&self, key: &XOnlyPublicKey, element: &[u8], signed: &Signed<'_>) -> bool {
        match self.stated.get(key) {
            Some(stated) => stated.serialize() == element,
            None => signed.is_by(key, element),
        }
    }
}
