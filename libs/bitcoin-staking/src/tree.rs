//! The taproot outputs of a stake's life (`docs/spec/bitcoin-formats.md` §a.1, BIP-341).
//!
//! The internal key is BIP-341's point without known logarithm, so that only the leaves open an
//! output. The slashing leaf of a staking output sits at depth 1, the other two at depth 2; the two
//! leaves of an unbonding output at depth 1; the slashing change has a single leaf.

use bitcoin::key::{Parity, TweakedPublicKey};
use bitcoin::taproot::{ControlBlock, LeafVersion, TaprootBuilder, TaprootSpendInfo};
use bitcoin::{Address, KnownHrp, ScriptBuf, TapLeafHash, TapNodeHash, XOnlyPublicKey};
use secp256k1::SECP256K1;

use crate::covenant::Covenant;
use crate::scripts::{self, Consent};
use crate::terms::Terms;

#[cfg(test)]
mod tests;

/// BIP-341's nothing-up-my-sleeve point `H`: nobody knows its logarithm.
const NUMS: [u8; 32] = [
    0x50, 0x92, 0x9b, 0x74, 0xc1, 0xa0, 0x49, 0x54, 0xb7, 0x8b, 0x4b, 0x60, 0x35, 0xe9, 0x7a, 0x5e, 0x07,
    0x8a, 0x5a, 0x0f, 0x28, 0xec, 0x96, 0xd5, 0x47, 0xbf, 0xee, 0x9a, 0xce, 0x80, 0x3a, 0xc0,
];

/// The internal key of every output here: its key path cannot be spent.
pub fn internal_key() -> XOnlyPublicKey {
    XOnlyPublicKey::from_slice(&NUMS).expect("the BIP-341 point is on the curve")
}

/// A script of an output's tree with the proof that it belongs there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    script: ScriptBuf,
    control_block: ControlBlock,
}

impl Leaf {
    fn new(info: &TaprootSpendInfo, script: ScriptBuf) -> Self {
        let key = (script, LeafVersion::TapScript);
        let control_block = info.control_block(&key).expect("the tree was built with this script");
        Self { script: key.0, control_block }
    }

    /// The script.
    pub fn script(&self) -> &ScriptBuf {
        &self.script
    }

    /// The control block.
    pub fn control_block(&self) -> &ControlBlock {
        &self.control_block
    }

    /// The leaf hash, which signatures commit to.
    pub fn hash(&self) -> TapLeafHash {
        TapLeafHash::from_script(&self.script, LeafVersion::TapScript)
    }
}

/// What a taproot output commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taproot {
    merkle_root: TapNodeHash,
    output_key: TweakedPublicKey,
    parity: Parity,
}

impl Taproot {
    fn new(info: &TaprootSpendInfo) -> Self {
        Self {
            merkle_root: info.merkle_root().expect("the tree has a leaf"),
            output_key: info.output_key(),
            parity: info.output_key_parity(),
        }
    }

    /// The root of the script tree.
    pub fn merkle_root(&self) -> TapNodeHash {
        self.merkle_root
    }

    /// The output key.
    pub fn output_key(&self) -> XOnlyPublicKey {
        self.output_key.to_x_only_public_key()
    }

    /// The parity of the output key, which control blocks repeat.
    pub fn parity(&self) -> Parity {
        self.parity
    }

    /// The output script: `OP_1 <output key>`.
    pub fn script_pubkey(&self) -> ScriptBuf {
        ScriptBuf::new_p2tr_tweaked(self.output_key)
    }

    /// The bech32m address on a network.
    pub fn address(&self, network: impl Into<KnownHrp>) -> Address {
        Address::p2tr_tweaked(self.output_key, network)
    }
}

/// The output that locks a stake: timelock, unbonding and slashing leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StakingOutput {
    taproot: Taproot,
    timelock: Leaf,
    unbonding: Leaf,
    slashing: Leaf,
}

impl StakingOutput {
    pub(crate) fn new(terms: &Terms) -> Self {
        let timelock = scripts::timelock(terms.staker(), terms.staking_time());
        let (unbonding, slashing) = match terms.covenant() {
            Covenant::Committee(committee) => (Consent::Committee(committee), Consent::Committee(committee)),
            Covenant::Template(template) => (
                Consent::Template(template.unbonding_hash(terms)),
                Consent::Template(template.slashing_hash(terms)),
            ),
        };
        let unbonding = scripts::unbonding(terms.staker(), unbonding);
        let slashing = scripts::slashing(terms.staker(), terms.providers(), slashing);
        let info = build(&[(2, &timelock), (2, &unbonding), (1, &slashing)]);
        Self {
            taproot: Taproot::new(&info),
            timelock: Leaf::new(&info, timelock),
            unbonding: Leaf::new(&info, unbonding),
            slashing: Leaf::new(&info, slashing),
        }
    }

    /// Root, key and script of the output.
    pub fn taproot(&self) -> &Taproot {
        &self.taproot
    }

    /// The staker after the staking time.
    pub fn timelock(&self) -> &Leaf {
        &self.timelock
    }

    /// The staker and the covenant.
    pub fn unbonding(&self) -> &Leaf {
        &self.unbonding
    }

    /// The staker, a provider and the covenant.
    pub fn slashing(&self) -> &Leaf {
        &self.slashing
    }
}

/// The output of an unbonding transaction: timelock and slashing leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnbondingOutput {
    taproot: Taproot,
    timelock: Leaf,
    slashing: Leaf,
}

impl UnbondingOutput {
    pub(crate) fn new(terms: &Terms) -> Self {
        let timelock = scripts::timelock(terms.staker(), terms.unbonding_time());
        let consent = match terms.covenant() {
            Covenant::Committee(committee) => Consent::Committee(committee),
            Covenant::Template(template) => Consent::Template(template.unbonding_slashing_hash(terms)),
        };
        let slashing = scripts::slashing(terms.staker(), terms.providers(), consent);
        let info = build(&[(1, &timelock), (1, &slashing)]);
        Self {
            taproot: Taproot::new(&info),
            timelock: Leaf::new(&info, timelock),
            slashing: Leaf::new(&info, slashing),
        }
    }

    /// Root, key and script of the output.
    pub fn taproot(&self) -> &Taproot {
        &self.taproot
    }

    /// The staker after the unbonding time.
    pub fn timelock(&self) -> &Leaf {
        &self.timelock
    }

    /// The staker, a provider and the covenant.
    pub fn slashing(&self) -> &Leaf {
        &self.slashing
    }
}

/// The output that returns to the staker what slashing leaves: one timelock leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlashingChange {
    taproot: Taproot,
    timelock: Leaf,
}

impl SlashingChange {
    pub(crate) fn new(terms: &Terms) -> Self {
        let timelock = scripts::timelock(terms.staker(), terms.unbonding_time());
        let info = build(&[(0, &timelock)]);
        Self { taproot: Taproot::new(&info), timelock: Leaf::new(&info, timelock) }
    }

    /// Root, key and script of the output.
    pub fn taproot(&self) -> &Taproot {
        &self.taproot
    }

    /// The staker after the unbonding time.
    pub fn timelock(&self) -> &Leaf {
        &self.timelock
    }
}

/// Leaves with their depths, in depth-first order.
fn build(leaves: &[(u8, &ScriptBuf)]) -> TaprootSpendInfo {
    leaves
        .iter()
        .fold(TaprootBuilder::new(), |tree, (depth, script)| {
            tree.add_leaf(*depth, (*script).clone()).expect("the depths given here make a tree")
        })
        .finalize(SECP256K1, internal_key())
        .expect("the depths given here fill a tree")
}
