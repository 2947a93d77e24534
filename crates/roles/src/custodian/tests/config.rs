use std::path::Path;

use bitcoin::Amount;

use crate::custodian::{CustodianConfig, config::PolicyConfig};

const FILE: &str = r#"
member = 1
key_file = "custodian-1.key"
data_dir = "custodian-1"
rpc_url = "http://127.0.0.1:8545"
listen = "127.0.0.1:9701"

[bitcoin]
url = "http://127.0.0.1:18443"
cookie = "bitcoin/regtest/.cookie"

[peers]
2 = "http://127.0.0.1:9702"
3 = "http://127.0.0.1:9703"

[policy]
payout_sat = 5_000_000
refused_scripts = ["51024e73"]
"#;

#[test]
fn a_file_says_who_where_and_how_much() {
    let config: CustodianConfig = toml::from_str(FILE).unwrap();
    assert_eq!((config.member, config.tick_ms), (1, 1_000));
    assert_eq!(config.peers[&3], "http://127.0.0.1:9703");
    assert_eq!(config.bitcoin.cookie.as_deref(), Some(Path::new("bitcoin/regtest/.cookie")));
    let policy = config.policy.policy();
    assert_eq!(policy.payout, Amount::from_sat(5_000_000));
    assert_eq!(policy.refused.len(), 1);
    assert_eq!(config.policy.epoch_sat, PolicyConfig::default().epoch_sat);
}

#[test]
fn what_is_misspelt_is_refused() {
    for (good, bad) in
        [("payout_sat", "payuot_sat"), ("tick", "tikc"), ("cookie", "cokie"), ("member", "membr")]
    {
        let file = format!("tick_ms = 500\n{FILE}");
        toml::from_str::<CustodianConfig>(&file).unwrap();
        let error = toml::from_str::<CustodianConfig>(&file.replacen(good, bad, 1)).unwrap_err();
        assert!(error.to_string().contains("unknown field"), "{error}");
    }
}
