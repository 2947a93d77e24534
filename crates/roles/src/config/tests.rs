use std::path::Path;

use super::*;

fn parse(text: &str) -> BitcoinConfig {
    toml::from_str(text).unwrap()
}

#[test]
fn one_login_is_needed_and_one_only() {
    let cookie = parse("url = \"http://a\"\ncookie = \"/b\"").rpc().unwrap();
    assert_eq!((cookie.url.as_str(), cookie.auth), ("http://a", Auth::Cookie(Path::new("/b").into())));
    let user = parse("url = \"http://a\"\nuser = \"c\"\npassword = \"d\"").rpc().unwrap();
    assert_eq!(user.auth, Auth::User { name: "c".into(), password: "d".into() });
    for rest in ["", "user = \"c\"", "password = \"d\"", "cookie = \"/b\"\nuser = \"c\"\npassword = \"d\""] {
        assert_eq!(parse(&format!("url = \"http://a\"\n{rest}")).rpc().unwrap_err(), LoginError);
    }
}

#[test]
fn a_password_is_not_shown() {
    let config = parse("url = \"http://a\"\nuser = \"c\"\npassword = \"secret\"");
    assert!(!format!("{config:?}").contains("secret"));
}
