//! The checker on the project's own vectors: it passes them all, and it bites.

use std::fs;
use std::path::PathBuf;

use ballast_schnorr::{SigningKey, bip340, eots, nonce};
use serde_json::{Value, json};

use super::file::judge;
use super::report::{Foreign, Report};
use super::{KINDS, json};

mod bite;

/// Every file, with the number of its vectors.
const FILES: [(&str, usize); 18] = [
    ("bitcoin-light/testvectors/btc_headers.json", 9),
    ("bitcoin-staking/testvectors/observable_staking.json", 5),
    ("bitcoin-staking/testvectors/params.json", 11),
    ("bitcoin-staking/testvectors/pop.json", 16),
    ("bitcoin-staking/testvectors/real_testnet_delegation.json", 1),
    ("bitcoin-staking/testvectors/repo_btcstaking.json", 5),
    ("bitcoin-staking/testvectors/slashing_amounts.json", 190),
    ("bitcoin-staking/testvectors/stake_expansion.json", 4),
    ("bitcoin-staking/testvectors/staking_scripts.json", 65),
    ("bitcoin-staking/testvectors/test_keys.json", 27),
    ("bitcoin-staking/testvectors/transactions.json", 48),
    ("bitcoin-timestamp/testvectors/bls.json", 5),
    ("bitcoin-timestamp/testvectors/checkpoint_format.json", 4),
    ("schnorr/testvectors/adaptor_generated.json", 18),
    ("schnorr/testvectors/adaptor_repo_csv.json", 24),
    ("schnorr/testvectors/eots.json", 40),
    ("schnorr/testvectors/pub_rand_commit.json", 9),
    ("schnorr/testvectors/signing_contexts.json", 5),
];

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../libs").join(file)
}

/// Judges `text` as a file of the given name in a folder of its own.
fn judge_text(name: &str, text: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    judge(&path)
}

fn refusal(name: &str, text: &str) -> String {
    let report = judge_text(name, text);
    assert!(!report.is_clean());
    report.error.unwrap_or_default()
}

#[test]
fn the_own_vectors_pass() {
    for (file, count) in FILES {
        let report = judge(&path(file));
        assert!(report.is_clean(), "{report}");
        assert_eq!(report.passed, count, "{file}");
    }
    assert_eq!(FILES.len(), KINDS.len());
}

#[test]
fn without_the_test_keys_signatures_are_still_verified() {
    let text = fs::read_to_string(path("bitcoin-staking/testvectors/transactions.json")).unwrap();
    let report = judge_text("transactions.json", &text);
    assert!(report.is_clean(), "{report}");
    assert!(report.foreign.iter().any(|foreign| foreign.field == "/staker_sk_label"));
    let report = judge_text(
        "transactions.json",
        &text.replace("\"staker_sig\": \"c024f1", "\"staker_sig\": \"c024f0"),
    );
    assert_eq!(report.failed, 1, "{report}");
}

#[test]
fn a_file_of_no_known_kind_is_refused() {
    assert!(refusal("recipes.json", r#"{"vectors": [{}]}"#).contains("unknown kind 'recipes'"));
}

#[test]
fn a_file_without_vectors_is_refused() {
    assert!(refusal("eots.json", r#"{"source": "", "vectors": []}"#).contains("empty"));
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let report = judge(&PathBuf::from("no/such/folder/eots.json"));
    assert!(report.error.is_some_and(|error| error.contains("cannot be read")));
}

#[test]
fn a_file_of_the_wrong_shape_is_refused() {
    for text in ["", "[]", "7", "{", "{}", r#"{"vectors": {}}"#, r#"{"vectors": [{}], "vectors": [{}]}"#] {
        assert!(!refusal("eots.json", text).is_empty(), "{text}");
    }
}

#[test]
fn a_stray_field_beside_the_vectors_is_refused() {
    let error = refusal("eots.json", r#"{"source": "s", "hidden": 7, "vectors": [{}]}"#);
    assert!(error.contains("/hidden"), "{error}");
}

#[test]
fn vectors_of_the_wrong_shape_fail_one_by_one() {
    for kind in &KINDS {
        let report = judge_text(&format!("{}.json", kind.name), r#"{"vectors": [{}, 7, null, [], "x"]}"#);
        assert_eq!((report.passed, report.failed), (0, 5), "{report}");
    }
}

#[test]
fn a_field_that_no_check_reads_fails_its_vector() {
    for (file, count) in FILES {
        let text = fs::read_to_string(path(file)).unwrap();
        let mut content = json::parse(&text).unwrap();
        content["vectors"][0]["stray"] = json!({"deep": [1]});
        let report = judge_beside(file, &content.to_string());
        assert_eq!((report.passed, report.failed), (count - 1, 1), "{file}");
        assert_eq!(report.failures[0].mismatches[0].field, "/stray/deep/0");
    }
}

#[test]
fn a_report_names_file_index_field_expected_and_found() {
    let mut content =
        json::parse(&fs::read_to_string(path("schnorr/testvectors/eots.json")).unwrap()).unwrap();
    content["vectors"][3]["height"] = json!(7);
    let text = judge_text("eots.json", &content.to_string()).to_string();
    let line = text.lines().find(|line| line.contains("/hmac_message")).unwrap();
    assert!(line.contains("eots.json: vector 3: /hmac_message: expected "), "{line}");
    assert!(line.contains(", found 0000000000000007"), "{line}");
    assert!(text.ends_with("eots.json: 39 passed, 1 failed"), "{text}");
}

#[test]
fn a_row_with_the_opposite_result_fails() {
    let file = "schnorr/testvectors/adaptor_repo_csv.json";
    let mut content = json::parse(&fs::read_to_string(path(file)).unwrap()).unwrap();
    for row in content["vectors"].as_array_mut().unwrap() {
        let opposite = if row["result"] == "TRUE" { "FALSE" } else { "TRUE" };
        row["result"] = opposite.into();
    }
    let report = judge_beside(file, &content.to_string());
    assert_eq!((report.passed, report.failed), (0, 24), "{report}");
}

#[test]
fn the_interpreter_must_refuse_what_is_called_invalid() {
    let file = "bitcoin-staking/testvectors/transactions.json";
    let mut content = json::parse(&fs::read_to_string(path(file)).unwrap()).unwrap();
    let section = content.pointer_mut("/vectors/2/signed/unbonding").unwrap();
    section["invalid_for_another_reason_tx_hex"] = section["invalid_over_quorum_tx_hex"].clone();
    assert!(judge_beside(file, &content.to_string()).is_clean());

    let section = content.pointer_mut("/vectors/2/signed/unbonding").unwrap();
    section["invalid_for_another_reason_tx_hex"] = section["tx_hex"].clone();
    let report = judge_beside(file, &content.to_string());
    let [mismatch] = &report.failures[0].mismatches[..] else { panic!("{report}") };
    assert_eq!(mismatch.field, "/signed/unbonding/invalid_for_another_reason_tx_hex");
    assert_eq!(mismatch.expected, "a witness that Bitcoin Core refuses");
}

#[test]
fn what_is_called_invalid_must_spend_the_same_output() {
    let file = "bitcoin-staking/testvectors/transactions.json";
    let mut content = json::parse(&fs::read_to_string(path(file)).unwrap()).unwrap();
    let section = content.pointer_mut("/vectors/2/signed/unbonding").unwrap();
    let valid = section["tx_hex"].as_str().unwrap();
    // The index of the spent output stands behind version, marker, flag, count and transaction id.
    let of_another_output = format!("{}01{}", &valid[..78], &valid[80..]);
    section["invalid_for_another_reason_tx_hex"] = of_another_output.into();
    let report = judge_beside(file, &content.to_string());
    let [mismatch] = &report.failures[0].mismatches[..] else { panic!("{report}") };
    assert_eq!(mismatch.field, "/signed/unbonding/invalid_for_another_reason_tx_hex");
    assert!(mismatch.expected.starts_with("a spend of "), "{mismatch:?}");
}

#[test]
fn only_a_real_covenant_may_leave_its_transactions_unsigned() {
    let file = "bitcoin-staking/testvectors/transactions.json";
    let mut content = json::parse(&fs::read_to_string(path(file)).unwrap()).unwrap();
    for row in content["vectors"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("signed");
    }
    let report = judge_beside(file, &content.to_string());
    assert_eq!((report.passed, report.failed), (3, 45), "{report}");
}

#[test]
fn keys_follow_from_their_labels_where_the_source_says_so() {
    let file = "bitcoin-staking/testvectors/test_keys.json";
    let text = fs::read_to_string(path(file)).unwrap().replace("\"staker/0\"", "\"staker/zero\"");
    assert_eq!(judge_beside(file, &text).failed, 1);
    let elsewhere = text.replace("sk = SHA256", "from elsewhere");
    assert!(judge_beside(file, &elsewhere).is_clean());
    let same = elsewhere.replace("\"staker/1\"", "\"staker/zero\"");
    assert_eq!(judge_beside(file, &same).failed, 2, "two keys of one label");
}

#[test]
fn votes_on_messages_of_any_length_are_checked() {
    let mut content =
        json::parse(&fs::read_to_string(path("schnorr/testvectors/eots.json")).unwrap()).unwrap();
    let row = &mut content["vectors"][0];
    let bytes = |row: &Value, name: &str| hex::decode(row[name].as_str().unwrap()).unwrap();
    let key = SigningKey::from_bytes(&bytes(row, "sk").try_into().unwrap()).unwrap();
    for message in ["", "6869", &"ab".repeat(100)] {
        let digest = bip340::digest(&hex::decode(message).unwrap());
        let (chain, height) = (row["chain_id"].as_str().unwrap(), row["height"].as_u64().unwrap());
        let nonce = nonce::derive(&key, chain.as_bytes(), height);
        let signature = eots::sign(&key, nonce, &hex::decode(message).unwrap()).unwrap();
        row["msg1"] = message.into();
        row["msg1_sha256"] = hex::encode(digest).into();
        row["sig1"] = hex::encode(signature.to_bytes()).into();
        let file = json!({"vectors": [row.clone()]});
        let report = judge_text("eots.json", &file.to_string());
        assert!(report.is_clean(), "{report}");
    }
}

#[test]
fn proofs_are_in_the_order_of_their_leaves() {
    let file = "schnorr/testvectors/pub_rand_commit.json";
    let mut content = json::parse(&fs::read_to_string(path(file)).unwrap()).unwrap();
    content["vectors"][2]["proofs"].as_array_mut().unwrap().swap(0, 1);
    let report = judge_beside(file, &content.to_string());
    let [mismatch] = &report.failures[0].mismatches[..] else { panic!("{report}") };
    assert_eq!((mismatch.field.as_str(), mismatch.found.as_str()), ("/proofs", "[1, 0, 2]"));
}

#[test]
fn the_interpreter_must_accept_what_is_signed() {
    let file = "bitcoin-staking/testvectors/transactions.json";
    let mut content = json::parse(&fs::read_to_string(path(file)).unwrap()).unwrap();
    let section = content.pointer_mut("/vectors/2/signed/unbonding").unwrap();
    section["tx_hex"] = section["invalid_under_quorum_tx_hex"].clone();
    let report = judge_beside(file, &content.to_string());
    let mismatches = &report.failures[0].mismatches;
    assert!(mismatches.iter().any(|mismatch| mismatch.expected == "a witness that Bitcoin Core accepts"));
}

#[test]
fn a_key_that_is_there_twice_is_refused() {
    assert!(json::parse(r#"{"a": {"b": 1, "c": [2.5, null, true, -1, "x"]}}"#).is_ok());
    assert!(json::parse(r#"{"a": {"b": 1, "b": 1}}"#).unwrap_err().contains("'b' is there twice"));
}

#[test]
fn a_foreign_field_covers_its_own_pointer_only() {
    let field = Foreign { field: "/versions/*/gas", reason: "" };
    assert!(field.covers("/versions/0/gas"));
    for other in ["/versions/0", "/versions/0/gas/1", "/versions/gas", "/version/0/gas", ""] {
        assert!(!field.covers(other), "{other}");
    }
}

/// Judges `text` in place of a file of ours, with our test keys beside it.
fn judge_beside(file: &str, text: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let keys = path("bitcoin-staking/testvectors/test_keys.json");
    fs::copy(keys, folder.path().join("test_keys.json")).unwrap();
    let copy = folder.path().join(path(file).file_name().unwrap());
    fs::write(&copy, text).unwrap();
    judge(&copy)
}
