//! TLS 1.3 with a certificate that the near end knows beforehand, by its SHA-256: no authority vouches
//! for it, and no name is checked.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The name in certificates; nobody checks it.
const NAME: &str = "kvbench";

/// The SHA-256 of a certificate (DER): 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    /// With or without colons between bytes, as other tools print it.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
        let byte = |pair: &[u8]| {
            let is_byte = pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
            let pair = std::str::from_utf8(pair).ok().filter(|_| is_byte)?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| {
            format!("{text:?} is no SHA-256: give the 64 hexadecimal digits that the agent printed")
        })
    }
}

/// A certificate with its key.
#[derive(Debug)]
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Reads it from a file, which is made, for its owner's eyes only, where there is none.
    ///
    /// # Errors
    /// The file cannot be read or made, or holds something else.
    pub fn read_or_make(path: &Path) -> Result<Self> {
        match std::fs::read(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::make(path),
            Err(source) => Err(Error::Input { path: path.to_owned(), source }),
        }
    }

    fn make(path: &Path) -> Result<Self> {
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()]);
        let made = made.map_err(|error| Error::Usage(format!("no certificate: {error}")))?;
        let text = made.signing_key.serialize_pem() + &made.cert.pem();
        let write = || {
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        let failed = |source| Error::File { what: "write", path: path.to_owned(), source };
        write().map_err(failed)?;
        Self::parse(path, text.as_bytes())
    }

    fn parse(path: &Path, text: &[u8]) -> Result<Self> {
        let found = (CertificateDer::from_pem_slice(text), PrivateKeyDer::from_pem_slice(text));
        let (Ok(certificate), Ok(key)) = found else {
            return Err(Error::Usage(format!(
                "{} does not hold a certificate and its key (PEM); name a file that does not exist, \
                 and they are made",
                path.display()
            )));
        };
        Ok(Self { certificate, key })
    }

    /// By what the near end knows the certificate.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }

    /// What the end that listens needs.
    ///
    /// # Errors
    /// The key is not the certificate's.
    pub(crate) fn server(&self) -> Result<Arc<ServerConfig>> {
        let refused = |error| Error::Usage(format!("the certificate cannot be used: {error}"));
        let builder = ServerConfig::builder_with_provider(provider());
        let builder = builder.with_protocol_versions(&[&TLS13]).map_err(refused)?;
        let chain = vec![self.certificate.clone()];
        let config = builder.with_no_client_auth().with_single_cert(chain, self.key.clone_key());
        let mut config = config.map_err(refused)?;
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

/// What the end that connects needs.
pub(super) fn client(pinned: &Fingerprint) -> std::result::Result<Arc<ClientConfig>, String> {
    let builder = ClientConfig::builder_with_provider(provider());
    let builder = builder.with_protocol_versions(&[&TLS13]).map_err(|error| error.to_string())?;
    let pin = Pin { pinned: *pinned, provider: provider() };
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(pin));
    Ok(Arc::new(builder.with_no_client_auth()))
}

/// The name that the near end asks for.
pub(super) fn server_name() -> ServerName<'static> {
    ServerName::try_from(NAME).expect("it is a name")
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Trusts one certificate.
#[derive(Debug)]
struct Pin {
    pinned: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let found = Fingerprint::of(end_entity);
        if found == self.pinned {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General(format!(
            "the certificate there is {found}, and not the one given"
        )))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_printed() {
        let print = Fingerprint(std::array::from_fn(|index| index as u8));
        let text = print.to_string();
        assert_eq!(text.parse(), Ok(print));
        let with_colons: Vec<_> = text.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
        assert_eq!(with_colons.join(":").to_uppercase().parse(), Ok(print));
        for text in ["", "00", &text[1..], &format!("{text}00"), &text.replace('0', "+")] {
            text.parse::<Fingerprint>().unwrap_err();
        }
    }

    #[test]
    fn an_identity_is_made_once_and_kept_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("identity.pem");
        let made = Identity::read_or_make(&file).unwrap();
        assert_eq!(Identity::read_or_make(&file).unwrap().fingerprint(), made.fingerprint());
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, "nothing of the kind").unwrap();
        let refused = Identity::read_or_make(&file).unwrap_err();
        assert!(refused.to_string().contains("identity.pem does not hold"), "{refused}");
    }
}
