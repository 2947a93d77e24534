use super::*;
use crate::cargo::packages;

#[test]
fn the_checker_gets_the_arguments_in_the_folder_of_the_caller() {
    let vectors = Vectors { arguments: vec!["eots.json".into(), "--json".into()] };
    let checker = vectors.checker().unwrap();
    let arguments: Vec<_> = checker.get_args().collect();
    assert_eq!(arguments[arguments.len() - 5..], ["--package", "vectors", "--", "eots.json", "--json"]);
    assert_eq!(checker.get_current_dir(), std::env::current_dir().ok().as_deref());
    assert!(packages(root(), &["--no-deps"]).unwrap().iter().any(|package| package.name == "vectors"));
}
