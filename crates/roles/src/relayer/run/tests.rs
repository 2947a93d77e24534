use super::*;

const CONFIG: &str = r#"
rpc_url = "http://127.0.0.1:1"
data_dir = "DIR"

[bitcoin]
url = "http://127.0.0.1:1"
user = "nobody"
password = "nothing"
"#;

fn config(folder: &std::path::Path) -> RelayerConfig {
    toml::from_str(&CONFIG.replace("DIR", folder.to_str().unwrap())).unwrap()
}

#[test]
fn a_config_has_defaults_and_no_typing_errors() {
    let config = config(std::path::Path::new("/x"));
    assert_eq!((config.lookback_blocks, config.tick_ms), (1_000, 1_000));
    let error = toml::from_str::<RelayerConfig>(&format!("perod_ms = 1\n{CONFIG}")).unwrap_err().to_string();
    assert!(error.contains("perod_ms"), "{error}");
}

#[tokio::test]
async fn it_waits_for_nodes_that_are_away_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = RelayerConfig { tick_ms: 1, ..config(&folder.path().join("relayer")) };
    run(config.clone(), tokio::time::sleep(Duration::from_millis(30))).await.unwrap();
    assert!(config.data_dir.exists());
}

#[tokio::test]
async fn without_a_login_it_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.bitcoin.user = None;
    let refused = run(config, std::future::pending()).await;
    assert!(matches!(refused, Err(RelayerError::Login(_))));
}
