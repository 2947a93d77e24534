//! Which output scripts a payout may pay.
//!
//! Every script that Bitcoin Core relays as standard and that has an owner: P2PK, P2PKH, P2SH, bare multisig of
//! up to three keys, and witness programs of every version. Not an `OP_RETURN` (the money would be burnt), not
//! pay-to-anchor (it would be anybody's), not a version 1 program that is no curve point (it would be nobody's),
//! and not the treasury itself (a payout must not look like change).

use bitcoin::opcodes::all::{OP_CHECKMULTISIG, OP_PUSHNUM_1};
use bitcoin::script::Instruction;
use bitcoin::{Amount, PublicKey, Script, ScriptBuf, XOnlyPublicKey};
use thiserror::Error;

#[cfg(test)]
mod tests;

/// Most keys of a bare multisig that Bitcoin Core relays.
const MOST_KEYS: usize = 3;
/// Program of a pay-to-anchor output, after `OP_1` and its length.
const ANCHOR: [u8; 2] = [0x4e, 0x73];

/// Checks where a payout goes and how much it pays.
///
/// # Errors
/// When the script is none that can be paid, or the amount is below the minimum or dust.
pub fn check(script: &Script, amount: Amount, minimum: Amount, treasury: &Script) -> Result<(), PayeeError> {
    if script == treasury {
        return Err(PayeeError::Treasury);
    }
    check_script(script)?;
    if amount > Amount::MAX_MONEY {
        return Err(PayeeError::TooMuch { amount });
    }
    let minimum = minimum.max(script.minimal_non_dust());
    if amount < minimum {
        return Err(PayeeError::TooLittle { minimum, amount });
    }
    Ok(())
}

/// Checks that a script is standard and somebody's.
///
/// # Errors
/// [`PayeeError`] says what it is instead.
pub fn check_script(script: &Script) -> Result<(), PayeeError> {
    if script.is_op_return() {
        return Err(PayeeError::Burns);
    }
    if let Some(program) = witness_program(script) {
        return match (script.is_p2tr(), script.witness_version().map(|version| version.to_num())) {
            (true, _) if XOnlyPublicKey::from_slice(program).is_err() => Err(PayeeError::NoPoint),
            (false, Some(1)) if program == ANCHOR => Err(PayeeError::Anchor),
            (_, Some(0)) if !script.is_p2wpkh() && !script.is_p2wsh() => Err(not_standard(script)),
            _ => Ok(()),
        };
    }
    if script.is_p2pkh() || script.is_p2sh() || is_p2pk(script) || is_bare_multisig(script) {
        Ok(())
    } else {
        Err(not_standard(script))
    }
}

fn not_standard(script: &Script) -> PayeeError {
    PayeeError::NotStandard { script: script.to_owned() }
}

/// The program of any witness version.
fn witness_program(script: &Script) -> Option<&[u8]> {
    script.witness_version().and_then(|_| script.as_bytes().get(2..))
}

fn is_p2pk(script: &Script) -> bool {
    script.p2pk_public_key().is_some()
}

/// `<m> <key>... <n> OP_CHECKMULTISIG` with one to three keys on the curve and 1 <= m <= n.
fn is_bare_multisig(script: &Script) -> bool {
    let Ok(parts) = script.instructions_minimal().collect::<Result<Vec<_>, _>>() else { return false };
    let [Instruction::Op(threshold), keys @ .., Instruction::Op(count), Instruction::Op(check)] =
        parts.as_slice()
    else {
        return false;
    };
    let number = |code: u8| usize::from(code.wrapping_sub(OP_PUSHNUM_1.to_u8())) + 1;
    let is_key = |part: &Instruction<'_>| {
        part.push_bytes().is_some_and(|key| PublicKey::from_slice(key.as_bytes()).is_ok())
    };
    let (threshold, count) = (number(threshold.to_u8()), number(count.to_u8()));
    *check == OP_CHECKMULTISIG
        && count == keys.len()
        && (1..=MOST_KEYS).contains(&count)
        && threshold <= count
        && keys.iter().all(is_key)
}

/// Why a payout cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PayeeError {
    /// An `OP_RETURN`.
    #[error("an OP_RETURN output burns what it gets: give an address")]
    Burns,
    /// Pay-to-anchor.
    #[error("anybody can spend a pay-to-anchor output: give an address of your own")]
    Anchor,
    /// Taproot without a key.
    #[error("nobody can spend this taproot output, its key is no curve point: check the address")]
    NoPoint,
    /// Nodes would not relay it.
    #[error("nodes do not relay payments to script {script}: give an address")]
    NotStandard {
        /// The script.
        script: ScriptBuf,
    },
    /// Custody would pay itself.
    #[error("this is the treasury's own address: give an address of your own")]
    Treasury,
    /// Below the minimum or dust.
    #[error("a payout to this script is at least {minimum}, found {amount}")]
    TooLittle {
        /// The least amount.
        minimum: Amount,
        /// The amount asked for.
        amount: Amount,
    },
    /// More than can exist.
    #[error("a payout of {amount} is more than 21 million bitcoin")]
    TooMuch {
        /// The amount asked for.
        amount: Amount,
    },
}
