//! The parameter sets that vectors name.
//!
//! `cov_3of5` is a committee of five test keys with a quorum of three. If these are `covenant/0` to
//! `covenant/4` in order, the name ends there; if they are listed backwards, `_reversed` follows. The test
//! committees of one file have the same limits. `mainnet_v3_real_keys` and `testnet_v5_real_keys` are
//! versions of Babylon's own parameters.

use ballast_bitcoin_staking::{Params, babylon};
use serde_json::Value;

use crate::Context;
use crate::reader::{Checked, Log, Node};
use crate::test_keys::KeyRing;
use crate::transactions::fields::read_rule;

/// The fields with the least and the largest value in sats, and the shortest and the longest time.
pub(crate) const LIMITS: [&str; 4] =
    ["minStakingAmountSat", "maxStakingAmountSat", "minStakingTimeBlocks", "maxStakingTimeBlocks"];

/// A named set.
pub(crate) struct ParamSet<'a> {
    field: Node<'a>,
    members: Members<'a>,
}

enum Members<'a> {
    /// A test committee, and what its name says behind its size.
    Test { quorum: u64, size: usize, order: &'a str },
    /// A version of a network.
    Real(Box<Params>),
}

impl<'a> ParamSet<'a> {
    /// The set that a field names.
    pub(crate) fn read(field: &Node<'a>) -> Checked<Self> {
        let name = field.text()?;
        match test_set(name).or_else(|| real_set(name)) {
            Some(members) => Ok(Self { field: field.clone(), members }),
            None => field.halt("a parameter set like cov_3of5 or mainnet_v3_real_keys", name),
        }
    }

    /// Whether the covenant's keys are test keys, so that whoever makes a vector can sign for them.
    pub(crate) fn is_of_test_keys(&self) -> bool {
        matches!(self.members, Members::Test { .. })
    }

    /// Compares covenant keys and quorum with the set's.
    pub(crate) fn check_committee(
        &self,
        keys: &Node<'_>,
        quorum: &Node<'_>,
        context: &Context<'_>,
    ) -> Checked {
        match &self.members {
            Members::Test { quorum: named, size, order } => {
                quorum.is(*named);
                keys.is_equal("the number of keys", keys.items()?.len(), *size);
                context.keys.map_or(Ok(()), |ring| self.check_test_keys(keys, order, ring))
            }
            Members::Real(params) => {
                let committee = params.committee();
                quorum.is(committee.quorum());
                let mut stated = keys.keys()?;
                stated.sort_by_key(|key| key.serialize());
                if stated != committee.keys() {
                    keys.fail("the covenant keys of the named network and version", "other keys");
                }
                Ok(())
            }
        }
    }

    fn check_test_keys(&self, keys: &Node<'_>, order: &str, ring: &KeyRing) -> Checked {
        let stated = keys.keys()?;
        if stated.iter().any(|key| ring.secret_of(key).is_none()) {
            keys.fail("test keys", "others");
        }
        let numbered = (0..stated.len()).map(|number| ring.labelled(&format!("covenant/{number}")));
        let numbered: Vec<_> = numbered.map(|key| key.map(|key| key.x_only())).collect();
        let expected = if stated.iter().copied().map(Some).eq(numbered.iter().copied()) {
            ""
        } else if stated.iter().copied().map(Some).eq(numbered.iter().rev().copied()) {
            "_reversed"
        } else {
            order
        };
        self.field.is_equal("keys in the order", order, expected);
        Ok(())
    }

    /// Compares the unbonding fee in the same way, for kinds in which nobody unbonds.
    pub(crate) fn check_unbonding_fee(&self, params: &Node<'_>, context: &Context<'_>) -> Checked {
        let fee = match &self.members {
            Members::Test { .. } => common_limit("unbondingFeeSat", context),
            Members::Real(params) => Some(params.unbonding_fee().to_sat().into()),
        };
        if let Some(fee) = fee {
            params.get("unbondingFeeSat")?.is(fee);
        }
        Ok(())
    }

    /// Compares what slashing takes with the network's, or with that of the file's other test committees, as
    /// [`Self::check_limits`] does. For kinds in which nothing is slashed.
    pub(crate) fn check_slashing(&self, params: &Node<'_>, context: &Context<'_>) -> Checked {
        let stated = params.get("slashing")?;
        let rule = read_rule(&stated)?;
        let known = match &self.members {
            Members::Real(params) => Some(params.slashing().clone()),
            Members::Test { .. } => common_limit("slashing", context).and_then(|common| {
                let log = Log::default();
                read_rule(&Node::root(&common, &log)).ok()
            }),
        };
        let Some(known) = known else { return Ok(()) };
        let rate = stated.get("slashingRate")?;
        rate.is_equal("the rate", rule.rate, known.rate);
        stated.get("slashingPkScriptHex")?.is_hex(&known.script);
        stated.get("minSlashingTxFeeSat")?.is(known.min_fee.to_sat());
        Ok(())
    }

    /// Compares the limits with those of the network, or of the file's other test committees where these
    /// agree on them.
    pub(crate) fn check_limits(&self, params: &Node<'_>, context: &Context<'_>) -> Checked {
        let limits: [Option<Value>; 4] = match &self.members {
            Members::Test { .. } => LIMITS.map(|name| common_limit(name, context)),
            Members::Real(params) => [
                params.min_staking_value().to_sat(),
                params.max_staking_value().to_sat(),
                params.min_staking_time().blocks().into(),
                params.max_staking_time().blocks().into(),
            ]
            .map(|limit| Some(limit.into())),
        };
        for (name, limit) in LIMITS.into_iter().zip(limits) {
            if let Some(limit) = limit {
                params.get(name)?.is(limit);
            }
        }
        Ok(())
    }
}

/// The limit that two or more other test committees have in common.
fn common_limit(name: &str, context: &Context<'_>) -> Option<Value> {
    let mut limits = context.others().flat_map(test_params).filter_map(|params| params.get(name));
    let (first, second) = (limits.next()?, limits.next()?);
    (first == second && limits.all(|limit| limit == first)).then(|| first.clone())
}

/// The parameters in a row whose set is one of test keys.
fn test_params(row: &Value) -> Vec<&Value> {
    let places = ["", "previous_", "new_"].into_iter();
    let is_test = |place: &&str| {
        let set = row.get(format!("{place}param_set")).and_then(Value::as_str);
        set.is_some_and(|set| test_set(set).is_some())
    };
    places.filter(is_test).filter_map(|place| row.get(format!("{place}params"))).collect()
}

fn test_set(name: &str) -> Option<Members<'_>> {
    let (quorum, rest) = name.strip_prefix("cov_")?.split_once("of")?;
    let (size, order) = rest.split_at(rest.find('_').unwrap_or(rest.len()));
    Some(Members::Test { quorum: quorum.parse().ok()?, size: size.parse().ok()?, order })
}

fn real_set(name: &str) -> Option<Members<'_>> {
    let (network, version) = name.strip_suffix("_real_keys")?.split_once("_v")?;
    let set = match network {
        "mainnet" => babylon::mainnet(),
        "testnet" => babylon::testnet(),
        _ => return None,
    };
    Some(Members::Real(Box::new(set.version(version.parse().ok()?).ok()?.clone())))
}
