//! Kind `adaptor_generated`: locking a signature to a provider's key, opening it, extracting the key.

use ballast_schnorr::{AdaptorSignature, DecryptionKey, EncryptionKey, bip340};

use crate::Context;
use crate::eots::signing_key;
use crate::reader::{Checked, Node};

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let signer = signing_key(vector, "signer_sk")?;
    vector.get("signer_pk33")?.is_hex(signer.public_key().serialize());
    let provider = signing_key(vector, "fp_sk")?;
    vector.get("fp_pk33")?.is_hex(provider.public_key().serialize());
    let lock = EncryptionKey::new(&provider.x_only());
    vector.get("enc_key33")?.is_hex(lock.point().serialize());
    let opener = DecryptionKey::new(&provider);
    vector.get("dec_key")?.is_hex(opener.secret_bytes().as_slice());
    let digest = vector.get("msg")?.bytes()?;
    let aux = vector.get("aux")?.bytes()?;

    let current = vector.get("adaptor_sig_65")?;
    let made = AdaptorSignature::sign(&signer, &lock, &digest, &aux);
    let made = current.accept("an adaptor signature", made)?;
    current.is_hex(made.to_bytes());
    vector.get("R0_parity")?.is(made.to_bytes()[0]);
    let old = vector.get("adaptor_sig_66_old")?;
    old.is_hex(made.to_old_bytes());
    let opened = vector.get("bip340_sig")?;
    let signature = opened.accept("an opened signature", made.decrypt(&opener))?;
    opened.is_hex(signature.serialize());
    opened.verify("a valid signature", bip340::verify(&signer.x_only(), &digest, &signature));

    for field in [current, old] {
        let stated = field.decode("an adaptor signature", AdaptorSignature::from_slice)?;
        field.verify("a valid adaptor signature", stated.verify(&signer.x_only(), &lock, &digest));
        let extracted = field.accept("the provider's key", stated.extract_checked(&signature, &lock))?;
        vector.get("dec_key")?.is_hex(extracted.secret_bytes().as_slice());
    }
    Ok(())
}
