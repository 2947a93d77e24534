//! Kind `adaptor_repo_csv`: the adaptor rows that Babylon publishes, most of which must be refused.
//!
//! A refusal alone would bind nothing, since almost any change to a refused row leaves it refused. The
//! comments of these rows say what is wrong, so a row with a comment known to [`Defect`] is held to it:
//! with that one defect mended, and nothing else touched, it must hold.

mod defect;

use ballast_schnorr::adaptor::NonceInput;
use ballast_schnorr::{AdaptorSignature, DecryptionKey, EncryptionKey, bip340};
use secp256k1::schnorr::Signature;
use secp256k1::{PublicKey, SecretKey, XOnlyPublicKey};

use self::defect::Defect;
use crate::Context;
use crate::eots::signing_key;
use crate::reader::{Checked, Node};

pub(crate) fn check(vector: &Node<'_>, context: &Context<'_>) -> Checked {
    let result = vector.get("result")?;
    let is_true = match result.text()? {
        "TRUE" => true,
        "FALSE" => false,
        other => return result.halt("TRUE or FALSE", other),
    };
    let kind = vector.get("kind")?;
    let row = match kind.text()? {
        "presig" => Row::Verify(Verify::read(vector)?),
        "adapt" => Row::Adapt(Adapt::read(vector)?),
        "secadaptor" => Row::Extract(Extract::read(vector)?),
        other => return kind.halt("presig, adapt or secadaptor", other),
    };
    if row.holds() != is_true {
        result.is(if is_true { "FALSE" } else { "TRUE" });
    }
    if let Row::Verify(row) = &row {
        check_signing(vector, row, is_true)?;
    }
    if let Row::Adapt(row) = &row {
        // Opening is arithmetic that also works on what does not verify.
        vector.get("BIP340 signature")?.is_hex(row.opened().unwrap_or([0; 64]));
    }
    if !is_true {
        let comment = vector.value().get("comment").and_then(|comment| comment.as_str());
        if let Some(defect) = comment.and_then(Defect::named) {
            defect.check(vector, &row, context.rows);
        }
    }
    Ok(())
}

/// What a row claims.
enum Row {
    Verify(Verify),
    Adapt(Adapt),
    Extract(Extract),
}

impl Row {
    fn holds(&self) -> bool {
        match self {
            Self::Verify(row) => row.holds(),
            Self::Adapt(row) => row.holds(),
            Self::Extract(row) => row.holds(),
        }
    }
}

/// `presignature` on `message` by `key` is locked to `lock`.
#[derive(Clone)]
struct Verify {
    key: [u8; 32],
    message: [u8; 32],
    lock: [u8; 33],
    presignature: [u8; 65],
}

impl Verify {
    fn read(vector: &Node<'_>) -> Checked<Self> {
        Ok(Self {
            key: vector.get("public key")?.bytes()?,
            message: vector.get("message")?.bytes()?,
            lock: vector.get("adaptor")?.bytes()?,
            presignature: vector.get("pre-signature")?.bytes()?,
        })
    }

    fn holds(&self) -> bool {
        let key = XOnlyPublicKey::from_slice(&self.key);
        let lock = PublicKey::from_slice(&self.lock).map(EncryptionKey::from_point);
        let presignature = AdaptorSignature::from_bytes(&self.presignature);
        let (Ok(key), Ok(lock), Ok(presignature)) = (key, lock, presignature) else { return false };
        presignature.verify(&key, &lock, &self.message).is_ok()
    }
}

/// `presignature` opened with `opener` is `signature` on `message` by `key`.
#[derive(Clone)]
struct Adapt {
    key: [u8; 32],
    message: [u8; 32],
    opener: [u8; 32],
    presignature: [u8; 65],
    signature: [u8; 64],
}

impl Adapt {
    fn read(vector: &Node<'_>) -> Checked<Self> {
        Ok(Self {
            key: vector.get("pubkey")?.bytes()?,
            message: vector.get("message")?.bytes()?,
            opener: vector.get("secadaptor")?.bytes()?,
            presignature: vector.get("pre-signature")?.bytes()?,
            signature: vector.get("BIP340 signature")?.bytes()?,
        })
    }

    fn holds(&self) -> bool {
        let Some(opened) = self.opened().filter(|opened| *opened == self.signature) else { return false };
        let (key, signature) = (XOnlyPublicKey::from_slice(&self.key), Signature::from_slice(&opened));
        let (Ok(key), Ok(signature)) = (key, signature) else { return false };
        bip340::verify(&key, &self.message, &signature).is_ok()
    }

    fn opened(&self) -> Option<[u8; 64]> {
        open(&self.presignature, &self.opener)
    }
}

/// `presignature` and its opened form `signature` give away `opener`.
#[derive(Clone)]
struct Extract {
    opener: [u8; 32],
    presignature: [u8; 65],
    signature: [u8; 64],
}

impl Extract {
    fn read(vector: &Node<'_>) -> Checked<Self> {
        Ok(Self {
            opener: vector.get("secadaptor")?.bytes()?,
            presignature: vector.get("pre-signature")?.bytes()?,
            signature: vector.get("BIP340 signature")?.bytes()?,
        })
    }

    fn holds(&self) -> bool {
        let presignature = AdaptorSignature::from_bytes(&self.presignature);
        let (Ok(presignature), Ok(signature)) = (presignature, Signature::from_slice(&self.signature)) else {
            return false;
        };
        presignature.extract(&signature).is_ok_and(|found| *found.secret_bytes() == self.opener)
    }
}

/// What `opener` makes of an adaptor signature, if the bytes are in range.
fn open(presignature: &[u8; 65], opener: &[u8; 32]) -> Option<[u8; 64]> {
    let presignature = AdaptorSignature::from_bytes(presignature).ok()?;
    let opener = DecryptionKey::from_scalar(SecretKey::from_slice(opener).ok()?);
    presignature.decrypt(&opener).ok().map(|signature| signature.serialize())
}

/// Signs anew where the row has the secret: as the CSV files do, and as Babylon's signers do.
fn check_signing(vector: &Node<'_>, row: &Verify, is_true: bool) -> Checked {
    let (secret, aux) = (vector.get("secret key")?, vector.get("aux_rand")?);
    if secret.text()?.is_empty() && aux.text()?.is_empty() {
        return Ok(());
    }
    let key = signing_key(vector, "secret key")?;
    vector.get("public key")?.is_hex(key.x_only().serialize());
    let aux = aux.bytes()?;
    if !is_true {
        return Ok(());
    }
    let field = vector.get("pre-signature")?;
    let point = field.accept("an adaptor point", PublicKey::from_slice(&row.lock))?;
    let lock = EncryptionKey::from_point(point);
    let made = AdaptorSignature::sign_with(NonceInput::XOnly, &key, &lock, &row.message, &aux);
    field.is_hex(field.accept("an adaptor signature", made)?.to_bytes());

    let field = vector.get("babylon_go_presig_with_33_byte_P_and_even_T")?;
    let lock = EncryptionKey::new(&point.x_only_public_key().0);
    let made = AdaptorSignature::sign(&key, &lock, &row.message, &aux);
    field.is_hex(field.accept("an adaptor signature", made)?.to_bytes());
    let stated = field.decode("an adaptor signature", AdaptorSignature::from_slice)?;
    field.verify("a valid adaptor signature", stated.verify(&key.x_only(), &lock, &row.message));
    Ok(())
}
