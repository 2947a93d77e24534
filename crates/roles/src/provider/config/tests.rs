use super::*;

#[test]
fn a_file_says_where_node_key_and_store_are() {
    let text = "rpc_url = 'http://127.0.0.1:8545'\nkey_file = 'provider.key'\ndata_dir = 'provider'\n";
    let config: ProviderConfig = toml::from_str(text).unwrap();
    assert_eq!((config.commit_blocks, config.resume_above), (20_000, None));
    assert_eq!(config.key_file, PathBuf::from("provider.key"));
    let config: ProviderConfig = toml::from_str(&format!("{text}resume_above = 500\n")).unwrap();
    assert_eq!(config.resume_above, Some(500));
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    let error = |text| toml::from_str::<ProviderConfig>(text).unwrap_err().to_string();
    assert!(error("rpc_url = ''\nkey_file = ''").contains("data_dir"));
    assert!(error("rpc_url = ''\nkey_file = ''\ndata_dir = ''\nresume_below = 1").contains("resume_below"));
}
