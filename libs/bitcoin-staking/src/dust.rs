//! Which outputs are too small to relay, at 1,000 sat/kvB (`docs/spec/bitcoin-formats.md` §a.4).
//!
//! An output is dust when it is worth less than three times the size of itself and of the input that
//! spends it. Outputs that begin with `OP_RETURN` are never dust. Pay-to-anchor is a witness program
//! of two bytes, so its threshold is 240 sats.

use bitcoin::consensus::encode::VarInt;
use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::{Amount, Script, TxOut};

#[cfg(test)]
mod tests;

/// Sats per byte below which an output is not worth its own spending.
const SATS_PER_BYTE: u64 = 3;
/// Bytes of an input without what proves the right to spend.
const INPUT: u64 = 41;
/// Virtual bytes of a witness that spends a key, as relay policy assumes.
const WITNESS: u64 = 26;
/// Bytes of a scriptSig that spends a key, as relay policy assumes.
const SCRIPT_SIG: u64 = 107;

/// The least value in sats that a taproot output needs in order not to be dust; its script has 34 bytes.
pub const TAPROOT: Amount = Amount::from_sat(SATS_PER_BYTE * (8 + 1 + 34 + INPUT + WITNESS));

/// The least value in sats that an output with this script needs in order not to be dust.
pub fn threshold(script: &Script) -> Amount {
    if starts_with_op_return(script) {
        return Amount::ZERO;
    }
    let length = script.len() as u64;
    let output = 8 + VarInt(length).size() as u64 + length;
    let proof = if script.is_witness_program() { WITNESS } else { SCRIPT_SIG };
    Amount::from_sat(SATS_PER_BYTE * (output + INPUT + proof))
}

/// Whether relay policy would refuse a transaction for this output.
pub fn is_dust(output: &TxOut) -> bool {
    output.value < threshold(&output.script_pubkey)
}

fn starts_with_op_return(script: &Script) -> bool {
    script.as_bytes().first() == Some(&OP_RETURN.to_u8())
}
